"""Which Chromium the tests drive, and what all of its windows are started with."""

import os
import shutil
from typing import Final

EXECUTABLE: Final = (
    os.environ.get("TREBLE_CHROMIUM")
    or shutil.which("chromium")
    or shutil.which("chromium-browser")
    or "/usr/bin/chromium"
)
# Alone with the test: nothing is drawn on a screen, fetched or asked.
QUIET: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
)
FAKE_DEVICES: Final = "--use-fake-device-for-media-stream"
