class Pages:
    """Zeroed memory in whole pages that costs nothing before it is written to; for the engine, and for tests."""

    def take(self, size: int) -> int:
        """The address of a block of at least `size` octets; `ValueError` above 4 MiB."""
    def give_back(self, address: int) -> None:
        """Its pages go back to the system; `KeyError` where it is not out."""
