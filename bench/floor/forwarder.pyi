"""The forwarder that does nothing."""

def forward(fd: int, gso: bool = False) -> None:
    """Forward on this UDP socket until the process is ended."""
