"""Puts a browser behind an emulated link (`bench/link`), and no other: only its page learns of the link's port.

The server announces its own port to everybody. In this page the answer's UDP candidate gets the link's port instead,
and the TCP one, which the link does not carry, is left out.
"""

from tests.browser.window import Window

REWRITE = r"""((port) => {
  const set = RTCPeerConnection.prototype.setRemoteDescription;
  const moved = (line) => line.replace(/^(a=candidate:\S+ 1 udp \d+ \S+) \d+ /i, `$1 ${port} `);
  RTCPeerConnection.prototype.setRemoteDescription = function (description) {
    const lines = description.sdp.split("\r\n").filter((line) => !/^a=candidate:\S+ 1 tcp /i.test(line));
    return set.call(this, { type: description.type, sdp: lines.map(moved).join("\r\n") });
  };
  return true;
})"""


async def put_behind(window: Window, port: int) -> None:
    """Call it when the page is loaded and before it joins."""
    await window.evaluate(f"{REWRITE}({port})")
