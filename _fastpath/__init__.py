"""The engine: a packet's path from socket to socket, in Cython without the GIL. Read `pipeline.pyx` first."""
