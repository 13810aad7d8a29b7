"""`python -m bench.floor HOST PORT [gso]`: forward until ended (bench/floor/forwarder.pyx)."""

import socket
import sys

from bench.floor.forwarder import forward


def main() -> None:
    host, port, *rest = sys.argv[1:]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
        sock.bind((host, int(port)))
        print(f"ready {host}:{port}", flush=True)
        forward(sock.fileno(), "gso" in rest)


if __name__ == "__main__":
    main()
