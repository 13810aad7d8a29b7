"""The HTTP API and the web client's files."""

import pytest
import trio

from signaling import http_common
from signaling.http_common import MAX_JSON_BYTES
from signaling.web.paths import file_path
from tests.signaling.gateway_world import exchange, json_of, world
from treble.api import ApiError, BeginCheck, CheckPath, CreateRoom, EndCheck, EnterRoom

JSON = {"content-type": "application/json"}


@pytest.fixture
async def server(tmp_path):
    async with world(tmp_path) as served:
        yield served


@pytest.fixture
async def http(server):
    async with server.http() as client:
        yield client


# --- connection test ------------------------------------------------------------------------------------------


async def test_anybody_may_begin_a_connection_test_and_offer_paths(server, http):
    begun = json_of(await http.post("/api/check"))
    assert begun == {"check": "c1", "ice_servers": [{"urls": ["stun:stun.example.net"]}], "seconds": 60}
    sdp = {"content-type": "application/sdp"}
    answer = await http.post("/api/check/c1", content="v=0", headers=sdp)
    assert (answer.status_code, answer.headers["content-type"]) == (201, "application/sdp")
    assert (await http.post("/api/check/c2", content="v=0", headers=sdp)).status_code == 404
    assert (await http.post("/api/check/c1", content="{}", headers=JSON)).status_code == 415
    assert (await http.delete("/api/check/c1")).status_code == 200
    assert server.rooms.said == [
        BeginCheck(address="127.0.0.1"),
        CheckPath(check="c1", sdp="v=0"),
        CheckPath(check="c2", sdp="v=0"),
        EndCheck(check="c1"),
    ]


async def test_pages_of_others_may_not_test_through_us(http):
    answer = await http.post("/api/check", headers={"origin": "https://elsewhere.example"})
    assert (answer.status_code, json_of(answer)["code"]) == (403, "forbidden")


# --- rooms ----------------------------------------------------------------------------------------------------


async def test_a_room_is_made(server, http):
    answer = await http.post("/api/rooms", json={"name": "Ann"})
    assert answer.status_code == 201
    assert json_of(answer) == {"room": "r1", "password": "pass-word", "token": "t1"}
    assert answer.headers["cache-control"] == "no-store"
    assert server.rooms.said == [CreateRoom(name="Ann", address="127.0.0.1")]


async def test_a_room_is_entered(server, http):
    answer = await http.post("/api/rooms/r1/enter", json={"name": "Bob", "password": "pass-word"})
    assert (answer.status_code, json_of(answer)) == (200, {"token": "t2", "room": "r1"})
    assert server.rooms.said == [EnterRoom(room="r1", password="pass-word", name="Bob", address="127.0.0.1")]


async def test_a_wrong_password_and_a_room_that_cannot_be_look_the_same(http):
    wrong = await http.post("/api/rooms/r1/enter", json={"name": "Bob", "password": "no"})
    nowhere = await http.post(f"/api/rooms/{'r' * 500}/enter", json={"name": "Bob", "password": "no"})
    assert (wrong.status_code, json_of(wrong)["code"]) == (403, "auth.wrong")
    assert (nowhere.status_code, nowhere.content) == (wrong.status_code, wrong.content)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ApiError("auth.slow", retry_after=3.2), 429),
        (ApiError("busy", retry_after=1), 503),
        (ApiError("full"), 409),
        (ApiError("bad.name", "too long"), 400),
        (ApiError("ended"), 404),
        (ApiError("auth.expired"), 401),
        (KeyError("ours"), 500),
    ],
)
async def test_refusals_have_their_status(server, http, error, status):
    server.rooms.failure = error
    answer = await http.post("/api/rooms", json={"name": "Ann"})
    assert answer.status_code == status
    said = json_of(answer)
    assert said["detail"]
    if isinstance(error, ApiError):
        assert said["code"] == error.code
    else:
        assert "ours" not in answer.text
    if status == 429:
        assert (answer.headers["retry-after"], said["retry_after"]) == ("4", 3.2)
    await server.is_well()


@pytest.mark.parametrize(
    ("content", "headers", "status", "detail"),
    [
        (b'{"name": "Ann"}', {}, 415, "application/json"),
        (b'{"name": "Ann"}', {"content-type": "text/plain"}, 415, "application/json"),
        (b"{", JSON, 400, "truncated"),
        (b"\xff", JSON, 400, ""),
        (b"[" * 4000, JSON, 400, ""),
        (b"{}", JSON, 400, "name"),
        (b'{"name": 5}', JSON, 400, "$.name"),
        (b'{"name": ""}', JSON, 400, "$.name"),
        (b'{"name": "Ann", "role": "host"}', JSON, 400, "role"),
        (b'{"name": "%s"}' % (b"x" * MAX_JSON_BYTES), JSON, 413, "8192"),
        (b'{"name": "%s"}' % (b"x" * 1_000_000), JSON, 413, "8192"),
    ],
)
async def test_bad_bodies_are_told_what_is_wrong(server, http, content, headers, status, detail):
    answer = await http.post("/api/rooms", content=content, headers=headers)
    assert answer.status_code == status
    assert detail in json_of(answer)["detail"]
    assert server.rooms.said == []


async def test_a_body_that_does_not_come_is_not_waited_for(server, monkeypatch):
    monkeypatch.setattr(http_common, "BODY_SECONDS", 0.1)
    head = b"POST /api/rooms HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
    assert (await exchange(server, head, b'{"na')).startswith(b"HTTP/1.1 408")
    await server.is_well()


async def test_a_body_without_end_is_cut_off(server):
    head = b"POST /api/rooms HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    stream = await server.raw()
    sent = 0
    with trio.fail_after(20):
        try:
            await stream.send_all(head)
            while True:
                await stream.send_all(b"10000\r\n" + bytes(0x10000) + b"\r\n")
                sent += 0x10000
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass
    assert sent < 20_000_000
    await server.is_well()


@pytest.mark.parametrize(
    "smuggled",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
        b"Transfer-Encoding: chunked\r\n\r\n4\r\nabcdX\r\n0\r\n\r\n",
        b"Transfer-Encoding: xchunked\r\n\r\n",
        b"Content-Length: -1\r\n\r\n",
    ],
)
async def test_two_readings_of_one_request_are_refused(server, smuggled):
    head = b"POST /api/rooms HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    answer = await exchange(server, head + smuggled + b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b'"ok"' not in answer
    await server.is_well()


@pytest.mark.parametrize(
    ("origin", "status"),
    [("https://evil.test", 403), ("null", 403), ("https://meet.example.org", 201), (None, 201)],
)
async def test_foreign_pages_make_no_rooms(tmp_path, origin, status):
    async with world(tmp_path, origins=("https://meet.example.org",)) as served, served.http() as http:
        headers = {"origin": origin} if origin else {}
        assert (await http.post("/api/rooms", json={"name": "A"}, headers=headers)).status_code == status


async def test_a_page_of_an_allowed_origin_may_read_answers_but_never_with_cookies(tmp_path):
    async with world(tmp_path, origins=("https://shop.example.org",)) as served, served.http() as http:
        asks = {"origin": "https://shop.example.org", "access-control-request-method": "POST"}
        asked = await http.options("/api/rooms/r1/enter", headers=asks)
        assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (
            204,
            "https://shop.example.org",
        )
        assert "Content-Type" in asked.headers["access-control-allow-headers"]
        entered = await http.post("/api/rooms", json={"name": "A"}, headers={"origin": asks["origin"]})
        wrong = await http.post("/api/rooms", json={}, headers={"origin": asks["origin"]})
        for answer in (asked, entered, wrong):
            assert answer.headers["access-control-allow-origin"] == "https://shop.example.org"
            assert answer.headers["vary"] == "Origin"
            assert "access-control-allow-credentials" not in answer.headers
        foreign = await http.options("/api/rooms", headers={**asks, "origin": "https://evil.test"})
        assert "access-control-allow-origin" not in foreign.headers
        page = await http.get("/", headers={"origin": asks["origin"]})
        assert "access-control-allow-origin" not in page.headers


async def test_only_configured_pages_may_frame_ours(tmp_path):
    async with (
        world(tmp_path, embed_origins=("https://a.test", "http://localhost:5173")) as served,
        served.http() as http,
    ):
        policy = (await http.get("/r/abc")).headers["content-security-policy"]
        assert policy.endswith("; frame-ancestors https://a.test http://localhost:5173")


async def test_an_address_that_asks_too_often_is_told_to_wait(tmp_path):
    async with world(tmp_path, requests_per_minute=2) as served, served.http() as http:
        answers = [await http.post("/api/rooms", json={"name": "A"}) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [201, 201, 429]
        assert 0 < int(answers[2].headers["retry-after"]) <= 30
        assert (await http.get("/api/health")).status_code == 200


async def test_wrong_methods_and_addresses_say_so(http):
    wrong = await http.get("/api/rooms")
    assert (wrong.status_code, wrong.headers["allow"], json_of(wrong)["code"]) == (405, "POST", "bad.method")
    nowhere = await http.get("/api/nothing")
    assert (nowhere.status_code, json_of(nowhere)["code"]) == (404, "not.found")
    assert (await http.get("/ws")).status_code == 426


# --- the page and its files -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/r/abc", "/account/verify", "/r/abc?debug", "/app/index.html"])
async def test_the_page(http, path):
    answer = await http.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert b"<!doctype html>" in answer.content


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/app/main.js", "text/javascript; charset=utf-8"),
        ("/sdk/index.js", "text/javascript; charset=utf-8"),
        ("/app/tokens.css", "text/css; charset=utf-8"),
        ("/app/strings/en.json", "application/json"),
        ("/app/icon.svg", "image/svg+xml"),
    ],
)
async def test_files_have_the_type_that_browsers_insist_on(http, path, content_type):
    answer = await http.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)


async def test_an_unchanged_file_is_not_sent_again(http):
    first = await http.get("/app/main.js")
    tag = first.headers["etag"]
    again = await http.get("/app/main.js", headers={"if-none-match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = await http.get("/app/main.js", headers={"if-none-match": '"other"'})
    assert other.status_code == 200


async def test_head_has_the_headers_and_no_body(http):
    got, head = await http.get("/app/main.js"), await http.head("/app/main.js")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]


async def test_a_changed_file_is_served_changed(tmp_path):
    web = tmp_path / "web"
    (web / "app").mkdir(parents=True)
    (web / "app/index.html").write_text("one")
    async with world(tmp_path, web=web) as served, served.http() as http:
        first = await http.get("/")
        (web / "app/index.html").write_text("another")
        second = await http.get("/")
        assert (first.text, second.text) == ("one", "another")
        assert first.headers["etag"] != second.headers["etag"]


@pytest.mark.parametrize(
    "target",
    [
        "/app/../pyproject.toml",
        "/app/../../etc/passwd",
        "/app/%2e%2e/package.json",
        "/app/%2e%2e%2fpackage.json",
        "/app/..%5cpackage.json",
        "/app//etc/passwd",
        "//etc/passwd",
        "/app/./main.js",
        "/app/.hidden.js",
        "/app/main.js%00.css",
        "/app/main.js/",
        "/app/",
        "/app",
        "/package.json",
        "/tsconfig.json",
        "/web/app/main.js",
        "/r/",
        "/account/",
        "/r/a/b",
        "/app/" + "a" * 5000 + ".js",
        "/app/absent.js",
    ],
)
async def test_nothing_else_is_served(server, target):
    request = f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = await exchange(server, request.encode())
    assert answer.split(b" ", 2)[1] in (b"404", b"400")


async def test_a_link_that_leads_out_is_not_followed(tmp_path):
    web = tmp_path / "web"
    (web / "app").mkdir(parents=True)
    (tmp_path / "secret.json").write_text("secret")
    (web / "app/link.json").symlink_to(tmp_path / "secret.json")
    (web / "app/way").symlink_to(tmp_path)
    async with world(tmp_path, web=web) as served, served.http() as http:
        for path in ("/app/link.json", "/app/way/secret.json"):
            assert (await http.get(path)).status_code == 404


def test_paths_that_mean_files():
    assert file_path("") == file_path("r/abc") == "app/index.html"
    assert file_path("sdk/deep/er/x.js") == "sdk/deep/er/x.js"


@pytest.mark.parametrize("path", ["/", "/api/health", "/nowhere", "/whip/r1", "/app/main.js"])
async def test_every_answer_carries_the_security_headers(http, path):
    headers = (await http.get(path)).headers
    policy = headers["content-security-policy"]
    for part in ("default-src 'self'", "connect-src 'self' wss:", "frame-ancestors 'none'", "blob: data:"):
        assert part in policy
    assert "unsafe" not in policy
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    for feature in ("camera", "microphone", "display-capture"):
        assert f"{feature}=(self)" in headers["permissions-policy"]


async def test_the_page_has_no_inline_script_that_the_policy_would_stop(http):
    page = (await http.get("/")).text
    assert "<script>" not in page
    assert "onclick=" not in page
    assert "<style" not in page
