"""Measures the server as a whole and its stages; `python -m bench` is what `make bench` calls (README.md
beside this)."""
