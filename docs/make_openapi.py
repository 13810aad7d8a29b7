"""Writes docs/openapi.json from the types in the code: `python docs/make_openapi.py`."""

import json
from pathlib import Path

from signaling.openapi import document

PAGE = Path(__file__).with_name("openapi.json")


def text() -> str:
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PAGE.write_text(text())
