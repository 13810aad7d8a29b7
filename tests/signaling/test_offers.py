import pytest

from signaling.messages import Offer
from signaling.offers import certificate_of, check_offer, sends_media
from treble.api import ApiError, PublishedTrack, Role, Source

AUDIO, VIDEO, DATA = "m=audio 9 X 111\r\n", "m=video 9 X 96\r\n", "m=application 9 X webrtc-datachannel\r\n"


@pytest.mark.parametrize(
    ("sdp", "expected"),
    [
        ("", False),
        ("v=0\r\n", False),
        (f"v=0\r\n{AUDIO}a=recvonly\r\n", False),
        (f"v=0\r\n{AUDIO}a=inactive\r\n{DATA}", False),
        (f"v=0\r\n{AUDIO}", True),
        (f"v=0\r\na=recvonly\r\n{AUDIO}", True),  # on the safe side
        (f"v=0\r\n{AUDIO}a=recvonly\r\n{VIDEO}a=sendonly\r\n", True),
        (f"v=0\r\n{AUDIO}a=sendrecv\r\na=recvonly\r\n", True),
        (f"v=0\r\n{AUDIO} a=recvonly\r\n{VIDEO}a=SENDONLY\r\n", True),
        ("m=video 0 X 96\na=sendonly", True),
    ],
)
def test_whether_an_offer_sends(sdp: str, expected: bool) -> None:
    assert sends_media(sdp) is expected


@pytest.mark.parametrize("source", Source)
def test_what_a_viewer_names_as_a_track_is_refused(source: Source) -> None:
    offer = Offer(id=1, sdp=f"v=0\r\n{VIDEO}a=recvonly\r\n", tracks=[PublishedTrack(mid="0", source=source)])
    with pytest.raises(ApiError, match="forbidden"):
        check_offer(Role.VIEWER, offer)
    check_offer(Role.SPEAKER, offer)


def test_the_certificate_of_an_offer() -> None:
    assert (
        certificate_of("v=0\r\na=fingerprint:sha-256 AB:CD\r\nm=audio\r\na=fingerprint:x y\r\n")
        == "sha-256 ab:cd"
    )
    assert certificate_of("v=0\r\n") == ""
