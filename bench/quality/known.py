"""Which figures stay short of their bars, and why: for the page, and for the tests, which hold all others."""

SHORT: dict[tuple[str, str], str] = {
    ("downlink-drop", "freezes"): (
        "two of 0.2 s, each just over the definition's 183 ms: what was sent in the 150 ms before feedback could "
        "tell comes out of the full queue one large frame at a time"
    ),
}
"""(case, figure): the cause."""
