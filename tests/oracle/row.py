"""What a Row sends, said slowly: number every packet that has come, leave the padding out."""


def forwarded(arrivals: list[tuple[int, bytes]]) -> dict[int, bytes]:
    """Media number -> payload, for arrivals (unwrapped sequence, payload) of one source.

    Padding-only packets (empty payload) that are the newest when they come take no number; late ones
    keep the hole they left. Packets from before the first one forwarded do not belong to the Row.
    """
    seen: set[int] = set()
    padding: list[int] = []
    out: dict[int, bytes] = {}
    highest = None
    first = None
    for sequence, payload in arrivals:
        if sequence in seen or (highest is not None and sequence < min(seen)):
            continue
        newest = highest is None or sequence > highest
        seen.add(sequence)
        highest = sequence if newest else highest
        if newest and not payload:
            padding.append(sequence)
            continue
        if first is None:
            first = sequence
        if sequence >= first:
            out[sequence - sum(1 for gap in padding if gap < sequence)] = payload
    return out


def missing(arrivals: list[int]) -> list[int]:
    """Sequence numbers between the first and the newest arrival that have not come."""
    return sorted(set(range(arrivals[0], max(arrivals) + 1)) - set(arrivals)) if arrivals else []
