import runpy
from pathlib import Path

SCRIPT = Path(__file__).parent.parent / "docs" / "make_protocol.py"


def test_the_page_says_what_the_messages_are() -> None:
    made = runpy.run_path(str(SCRIPT))
    assert made["PAGE"].read_text() == made["page"](), "run .venv/bin/python docs/make_protocol.py"
