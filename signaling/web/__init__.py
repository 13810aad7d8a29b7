"""The web client as it is served: hashed addresses, one page per way in, compressed once."""
