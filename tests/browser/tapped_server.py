"""`treble` with a tap, as a program: announces another media port (a relay's) and gives every receiver one dose of FEC.

    python -m tests.browser.tapped_server RELAY_PORT DOSE FORM dev --host ...

FORM: the protection that is offered is kept (`any`), or all but `ulpfec` is left out of the answers.
"""

import sys

import sfu.server
from sfu.media import codecs, negotiation
from sfu.peer import Peer
from sfu.wire.candidates import candidate_lines
from treble.cli import main


def tap(relay_port: int, dose: int, form: str) -> None:
    sfu.server.candidate_lines = lambda addresses, _port, **_: candidate_lines(
        addresses, relay_port, with_tcp=False
    )
    negotiate = Peer.negotiate

    def negotiate_and_dose(self: Peer, *arguments: object) -> str:
        answer = negotiate(self, *arguments)  # type: ignore[arg-type]
        self._engine.set_protection(self.endpoint.id, fec=dose, red=0)
        return answer

    Peer.negotiate = negotiate_and_dose  # type: ignore[method-assign]
    if form == "ulpfec":
        choose = codecs.choose_formats
        negotiation.choose_formats = lambda section: tuple(  # type: ignore[attr-defined]
            each for each in choose(section) if each.name != "flexfec-03"
        )


if __name__ == "__main__":
    tap(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
    sys.exit(main(sys.argv[4:]))
