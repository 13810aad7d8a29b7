"""A network emulator in user space: `model.py` decides when a packet arrives, `relay.py` does it to real datagrams."""
