"""The load generator: many peers over real sockets, one thread without the GIL."""
