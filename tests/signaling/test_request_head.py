import pytest
from hypothesis import given, strategies as st

from signaling.request_head import BadHead, is_http2_preface, parse_head_untrusted

GOOD = b"GET /ws?x=1 HTTP/1.1\r\nHost: a:8443\r\nUpgrade: h2, WebSocket \r\n\r\n"


def test_a_websocket_is_known_by_its_upgrade_among_others():
    head = parse_head_untrusted(b"GET /ws?x=1 HTTP/1.1\r\nHOST: a:8443\r\nUpgrade: foo, WebSocket \r\n\r\n")
    assert (head.method, head.path, head.get(b"host"), head.is_websocket) == (b"GET", b"/ws", "a:8443", True)


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"PRI * HTTP/2.0\r\n\r\n", "http2"),
        (b"GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n", "http2"),
        (b"GET / HTTP/1.1\r\nUpgrade: websocket, H2C\r\n\r\n", "http2"),
        (GOOD, "http2"),
        (b"GET / HTTP/3.0\r\n\r\n", "http2"),
        (b"GET /\r\n\r\n", "request line"),
        (b"G\xc3\x8bT / HTTP/1.1\r\n\r\n", "request line"),
        (b"GET  / HTTP/1.1\r\n\r\n", "request line"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "header twice"),
        (b"GET / HTTP/1.1\r\nOrigin: https://a\r\nORIGIN: https://b\r\n\r\n", "header twice"),
        (b"GET / HTTP/1.1\r\nX: a\r\n folded\r\n\r\n", "header"),
        (b"GET / HTTP/1.1\r\nOrigin : https://a\r\n\r\n", "header"),
        (b"GET / HTTP/1.1\r\n: nameless\r\n\r\n", "header"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", "header"),
        (b"GET / HTTP/1.1\r\nX: a\nOrigin: https://b\r\n\r\n", "line"),
        (b"GET / HTTP/1.1\r\nX: \0\r\n\r\n", "line"),
    ],
)
def test_what_is_refused(head, reason):
    with pytest.raises(BadHead) as caught:
        parse_head_untrusted(head)
    assert caught.value.reason == reason


@given(st.binary(max_size=200))
def test_nothing_else_is_raised(noise):
    try:
        parse_head_untrusted(noise + b"\r\n\r\n")
    except BadHead:
        pass


@pytest.mark.parametrize("received", [b"PRI ", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0"])
def test_the_http2_preface_is_known_early(received):
    assert is_http2_preface(received)


@pytest.mark.parametrize("received", [b"", b"PR", b"PRINT / HTTP/1.1", b"GET / HTTP/1.1"])
def test_other_beginnings_are_no_preface(received):
    assert not is_http2_preface(received)
