"""What a Room is made with is told of when somebody can listen."""

from tests.web.conftest import OpenPage

CONNECT = """async () => {
  const { Room } = await import("/sdk/room.js");
  const [microphone] = (await navigator.mediaDevices.getUserMedia({ audio: true })).getAudioTracks();
  const room = new Room({ microphone });
  const told = [];
  room.on("connected", () => told.push("connected"));
  room.on("localTrackPublished", ({ source, isMuted }, own) => told.push(`${source} ${isMuted} ${own.id !== ""}`));
  await room.connect(location.origin, "token");
  room.disconnect();
  return told;
}"""


def test_tracks_of_the_start_are_told_right_after_connected(open_page: OpenPage) -> None:
    page = open_page("/", people=2)
    assert page.evaluate(CONNECT) == ["connected", "microphone false true"]
