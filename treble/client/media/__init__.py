"""The media of the Python client: pure codecs and machines, and the Trio shells `connection` and `session`."""
