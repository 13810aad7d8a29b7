"""Ports for servers of tests on loopback."""

import random
import socket

HOST = "127.0.0.1"


def free_ports(count):
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind((HOST, 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def free_media_port():
    """One that is free for UDP and for TCP, outside the range from which the kernel gives ports away."""
    for port in random.sample(range(20_000, 30_000), 50):
        try:
            with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                tcp.bind((HOST, port))
                udp.bind((HOST, port))
        except OSError:
            continue
        return port
    raise AssertionError("no free port")
