"""How well receivers see and hear: the cases of docs/quality.md. `python -m bench.quality --help`."""
