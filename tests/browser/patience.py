"""How long tests of browsers wait, and how much they ask of a machine.

The bounds that they name are the product's promises, or what a quiet machine takes. The long forms (`TREBLE_LONG`,
`TREBLE_STORIES`) take them at their word; `make test` is run on busy machines too, where a browser that is late says
nothing about Treble: there they mean at least fifteen seconds, and where frames are counted, that they go on.
"""

import os

STRICT = any(os.environ.get(name) for name in ("TREBLE_LONG", "TREBLE_STORIES"))
LEAST_SECONDS = 15
MOST_SECONDS = 60  # unless more is asked for


def patient(seconds: float) -> float:
    """So long a test waits for what should take so many seconds."""
    if STRICT:
        return seconds
    return max(seconds, min(MOST_SECONDS, max(LEAST_SECONDS, 4 * seconds)))
