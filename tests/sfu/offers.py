"""Real offers and what is easily asked of an answer."""

import re
from pathlib import Path

FIXTURES = Path(__file__).parent / "fixtures"
NAMES = sorted(path.stem for path in FIXTURES.glob("*.sdp"))


def offer(name: str) -> str:
    return (FIXTURES / f"{name}.sdp").read_bytes().decode()


def with_pairs(text: str, pairs: int) -> str:
    """The offer with its last Slot pair repeated until there are `pairs`, as Chromium writes them."""
    head, *bodies = text.rstrip("\r\n").split("\r\nm=")
    senders, last = bodies[:2], bodies[-2:]
    sections = senders + [last[index % 2] for index in range(2 * pairs)]
    numbered = [re.sub(r"a=mid:\S+", f"a=mid:{mid}", body) for mid, body in enumerate(sections)]
    group = "a=group:BUNDLE " + " ".join(str(mid) for mid in range(len(sections)))
    head = re.sub(r"a=group:BUNDLE.*", group, head)
    return "\r\nm=".join([head, *numbered]) + "\r\n"


class Answer:
    """An answer taken apart line by line, with none of our own parser's code."""

    def __init__(self, text: str) -> None:
        assert text.endswith("\r\n")
        self.text = text
        head, *bodies = text[:-2].split("\r\nm=")
        self.session = head.split("\r\n")
        self.sections = [["m=" + body.split("\r\n")[0], *body.split("\r\n")[1:]] for body in bodies]

    def values(self, section: int, name: str) -> list[str]:
        prefix = f"a={name}:"
        return [line[len(prefix) :] for line in self.sections[section] if line.startswith(prefix)]

    def port(self, section: int) -> int:
        return int(self.sections[section][0].split()[1])

    def payload_types(self, section: int) -> list[int]:
        return [int(number) for number in self.sections[section][0].split()[3:]]

    def codecs(self, section: int) -> list[str]:
        return [value.split(" ")[1] for value in self.values(section, "rtpmap")]

    def direction(self, section: int) -> str:
        [found] = [
            line[2:]
            for line in self.sections[section]
            if line in ("a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive")
        ]
        return found
