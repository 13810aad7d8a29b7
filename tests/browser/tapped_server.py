"""`treble` with a tap, as a program: announces another media port (a relay's) and gives every receiver one dose of FEC,
and its tiles one bandwidth, so that a busy machine shows the same pictures as an idle one.

    python -m tests.browser.tapped_server RELAY_PORT DOSE FORM dev --host ...

FORM: the protection that is offered is kept (`any`), or all but `ulpfec` is left out of the answers.
"""

import sys
from dataclasses import replace

import sfu.server
import sfu.sharing
from sfu.media import codecs, negotiation
from sfu.wire.candidates import candidate_lines
from treble.cli import main

BANDWIDTH_BPS = 600_000


def tap(relay_port: int, dose: int, form: str) -> None:
    sfu.server.candidate_lines = lambda addresses, _port, **_: candidate_lines(
        addresses, relay_port, with_tcp=False
    )
    choose_dose = sfu.sharing.choose_dose
    sfu.sharing.choose_dose = lambda *arguments: replace(choose_dose(*arguments), fec=dose)
    handle_estimate = sfu.sharing.Sharing.handle_estimate
    sfu.sharing.Sharing.handle_estimate = lambda self, peer, _bps, now_ns: handle_estimate(  # type: ignore[method-assign]
        self, peer, BANDWIDTH_BPS, now_ns
    )
    if form == "ulpfec":
        choose = codecs.choose_formats
        negotiation.choose_formats = lambda section: tuple(  # type: ignore[attr-defined]
            each for each in choose(section) if each.name != "flexfec-03"
        )


if __name__ == "__main__":
    tap(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
    sys.exit(main(sys.argv[4:]))
