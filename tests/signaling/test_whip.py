"""WHIP and WHEP as RFC 9725 has them: verbs, headers, refusals that say what to do."""

import pytest

from signaling.http_common import MAX_SDP_BYTES
from tests.signaling.gateway_world import ANSWER, FRAGMENT, OFFER, json_of, world
from treble.api import ApiError, DeleteResource, OpenResource, PatchResource

SDP = "application/sdp"
SDPFRAG = "application/trickle-ice-sdpfrag"
BEARER = {"authorization": "Bearer good"}
RESOURCE = "/whip/r1/res1"


@pytest.fixture
async def server(tmp_path):
    async with world(tmp_path) as served:
        yield served


@pytest.fixture
async def http(server):
    async with server.http() as client:
        yield client


async def post(http, path="/whip/r1", content=OFFER, **headers):
    sent = {"content-type": SDP, **BEARER} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return await http.post(
        path, content=content, headers={name: value for name, value in sent.items() if value}
    )


@pytest.mark.parametrize(("protocol", "publish"), [("whip", True), ("whep", False)])
async def test_an_offer_is_answered(server, http, protocol, publish):
    answer = await post(http, f"/{protocol}/r1")
    assert (answer.status_code, answer.text) == (201, ANSWER)
    assert answer.headers["content-type"] == SDP
    assert answer.headers["location"] == f"/{protocol}/r1/res1"
    assert answer.headers["etag"].startswith('"')
    assert answer.headers.get_list("link") == [
        '<stun:stun.example.net>; rel="ice-server"',
        '<stun:two.example.net>; rel="ice-server"',
    ]
    assert server.rooms.said == [
        OpenResource(token="good", room="r1", sdp=OFFER, publish=publish, address="127.0.0.1")
    ]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"authorization": ""}, 401, "auth.missing"),
        ({"authorization": "Basic x"}, 401, "auth.missing"),
        ({"authorization": "Bearer bad"}, 401, "auth.wrong"),
        ({"content_type": ""}, 415, "bad.type"),
        ({"content_type": "text/plain"}, 415, "bad.type"),
        ({"content": b""}, 400, "bad.sdp"),
        ({"content": b"\xff\xfe"}, 400, "bad.sdp"),
        ({"content": b"v" * (MAX_SDP_BYTES + 1)}, 413, "bad.size"),
    ],
)
async def test_refusals_say_what_to_do(http, change, status, code):
    answer = await post(http, **change)
    assert (answer.status_code, json_of(answer)["code"]) == (status, code)
    assert json_of(answer)["detail"]
    assert answer.headers["access-control-allow-origin"] == "*"
    if status == 401:
        assert answer.headers["www-authenticate"] == "Bearer"
    if status == 415:
        assert answer.headers["accept-post"] == SDP


async def test_a_refusal_reaches_who_is_still_sending(http):
    """Also when it is said before the offer is read, and the offer is a long one."""
    for _ in range(5):
        assert (await post(http, content=b"v" * 390_000, authorization="")).status_code == 401


async def test_an_offer_that_the_media_server_refuses(server, http):
    server.rooms.failure = ApiError("bad.sdp", "line 3: no codec that we have")
    answer = await post(http)
    assert (answer.status_code, json_of(answer)["detail"]) == (400, "line 3: no codec that we have")


async def test_a_content_type_may_have_parameters(http):
    assert (await post(http, content_type="Application/SDP; charset=utf-8")).status_code == 201


async def test_delete_ends_the_session(server, http):
    await post(http)
    answer = await http.delete(RESOURCE, headers=BEARER)
    assert answer.status_code == 200
    assert server.rooms.said[-1] == DeleteResource(token="good", resource="res1")
    assert (await http.delete("/whip/r1/unknown", headers=BEARER)).status_code == 404
    assert (await http.delete(RESOURCE)).status_code == 401


async def patch(http, content=FRAGMENT, **headers):
    sent = {"content-type": SDPFRAG, **BEARER} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return await http.patch(RESOURCE, content=content, headers=sent)


@pytest.mark.parametrize("match", ["*", '"*"'])
async def test_patch_restarts_ice(server, http, match):
    tag = (await post(http)).headers["etag"]
    answer = await patch(http, if_match=match)
    assert (answer.status_code, answer.text) == (200, "a=ice-ufrag:fresh\r\n")
    assert answer.headers["content-type"] == SDPFRAG
    assert answer.headers["etag"] != tag
    assert server.rooms.said[-1] == PatchResource(token="good", resource="res1", sdp_fragment=FRAGMENT)


async def test_candidates_are_taken_and_not_needed(server, http):
    tag = (await post(http)).headers["etag"]
    answer = await patch(http, if_match=tag)
    assert (answer.status_code, answer.content) == (204, b"")
    assert not [each for each in server.rooms.said if isinstance(each, PatchResource)]


async def test_patch_has_preconditions(http):
    await post(http)
    assert (await patch(http)).status_code == 428
    assert (await patch(http, if_match='"other"')).status_code == 412
    wrong_type = await patch(http, if_match="*", content_type=SDP)
    assert (wrong_type.status_code, wrong_type.headers["accept-patch"]) == (415, SDPFRAG)
    assert (await patch(http, if_match="*", content=b"x" * 20_000)).status_code == 413


@pytest.mark.parametrize(
    ("path", "allowed"), [("/whip/r1", "POST, OPTIONS"), ("/whep/r1/res1", "PATCH, DELETE, OPTIONS")]
)
async def test_a_preflight_tells_pages_of_others_what_they_may(http, path, allowed):
    asked = {"origin": "https://elsewhere.test", "access-control-request-method": "POST"}
    answer = await http.options(path, headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-methods"] == allowed
    assert answer.headers["access-control-allow-headers"] == "Authorization, Content-Type, If-Match"
    exposed = answer.headers["access-control-expose-headers"]
    assert all(name in exposed for name in ("Location", "Link", "ETag"))
    if path == "/whip/r1":
        assert answer.headers["accept-post"] == SDP


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
async def test_other_methods_on_an_endpoint_are_refused(http, method):
    answer = await http.request(method, "/whip/r1", headers=BEARER)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")
