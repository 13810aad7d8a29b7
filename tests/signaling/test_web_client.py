"""How the web client is delivered: hashed addresses, import map, preloads, compression."""

import base64
import gzip
import hashlib
import json
import re
from pathlib import Path

import brotli
import pytest

from signaling.web.comments import without_comments
from signaling.web.encodings import chosen, finest
from signaling.web.imports import closure, imports_of, waves
from signaling.web.site import Site, read_site
from tests.signaling.gateway_world import world

WEB = Path(__file__).parents[2] / "web"
FOR_EVER = "public, max-age=31536000, immutable"


@pytest.fixture(scope="module")
def site() -> Site:
    return read_site(WEB, None)


@pytest.fixture
async def http(tmp_path):
    async with world(tmp_path) as served, served.http() as client:
        yield client


def page_of(site: Site, route: str) -> str:
    return site.pages[route].body.decode()


def preloads(html: str) -> list[str]:
    return re.findall(r'<link rel="modulepreload" href="/_/[^/"]+/([^"]+)"', html)


def loaded_before_a_click(site: Site, route: str) -> set[str]:
    """Bundles."""
    return set(preloads(page_of(site, route)))


def modules(site: Site, bundles: list[str]) -> set[str]:
    return {path for bundle in bundles for path in site.modules[bundle]}


# --- the page -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/r/blue-otter", "/account/sign-in"])
async def test_every_address_in_the_page_is_kept_for_ever(http, path):
    html = (await http.get(path)).text
    head = html[: html.index("</head>")]
    found = re.findall(r'(?:href|src)="(/[^"]+)"', head)
    assert len(found) > 7
    for address in {*found, *found[:1]}:
        answer = await http.get(address)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, FOR_EVER), address


async def test_the_import_map_is_allowed_by_its_hash_and_comes_before_any_module(http):
    answer = await http.get("/")
    script = re.search(r'<script type="importmap">(.*?)</script>', answer.text)
    assert script
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert f"script-src 'self' 'sha256-{digest}';" in policy
    assert "unsafe" not in policy
    assert script.start() < answer.text.index("modulepreload") < answer.text.index('type="module"')
    imports = json.loads(script[1])["imports"]
    root = re.search(r'src="(/_/[^"]+/)bundle/start.js"', answer.text)[1]
    assert imports.pop("/vendor/", None) in (None, f"{root}vendor/")
    assert imports == {"/app/": f"{root}app/", "/sdk/": f"{root}sdk/"}


async def test_the_page_itself_is_asked_for_each_time(http):
    first = await http.get("/r/blue-otter")
    assert first.headers["cache-control"] == "no-cache"
    again = await http.get("/r/blue-otter", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("route", "screen"),
    [("home", "home"), ("room", "prejoin"), ("account", "sign-in"), ("check", "check")],
)
def test_all_that_is_imported_on_the_way_in_is_preloaded(site, route, screen):
    wanted = closure(["app/main.js", f"app/screens/{screen}.js"], lambda path: site.files[path].imports)
    loaded = preloads(page_of(site, route).partition("</head>")[0])
    assert len(loaded) == 2
    assert modules(site, loaded) >= set(wanted)


@pytest.mark.parametrize("route", ["home", "room", "account"])
def test_nothing_that_is_loaded_later_takes_more_than_three_rounds(site, route):
    def imports(path):
        return site.files[path].imports

    loaded = loaded_before_a_click(site, route)
    assert "app/screens/call.js" in modules(site, list(loaded))
    lazy = {path for bundle in site.modules for path in site.files[bundle].imports.lazy}
    for part in sorted(lazy - loaded):
        rounds = waves([part], imports, loaded)
        assert len(rounds) <= 3, rounds


def test_a_first_visit_weighs_what_it_may(site):
    """The way of `python -m bench.client`, counted here without a browser: its files are the same each time."""
    scripts = [*preloads(page_of(site, "home")), "bundle/screens-prejoin.js", "bundle/lib-offline.js"]
    sheets = [f"app/styles/{name}.css" for name in ("page", "home", "prejoin", "in-call")]
    files = [site.files[path].served for path in (*dict.fromkeys(scripts), *sheets, "app/strings/en.json")]
    bodies = [site.pages["home"].body, *(file.body for file in files)]
    assert sum(map(len, bodies)) <= 350_000
    assert sum(len(finest(body)) for body in bodies) <= 90_000


def test_every_import_means_a_file(site):
    for path, file in site.files.items():
        for imported in (*file.imports.static, *file.imports.lazy):
            assert imported in site.files, f"{path} imports {imported}"


# --- files --------------------------------------------------------------------------------------------------


async def test_plain_addresses_go_on_for_pages_of_others(http):
    answer = await http.get("/sdk/index.js")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
    assert answer.headers["etag"]


def test_a_style_sheet_comes_with_those_that_it_imports(tmp_path):
    (tmp_path / "app/styles").mkdir(parents=True)
    (tmp_path / "app/base.css").write_text("a {\n  top: 0;\n}\n")
    (tmp_path / "app/styles/page.css").write_text('@import "../base.css";\nb {\n  top: 1px;\n}\n')
    first = read_site(tmp_path, None)
    assert first.files["app/styles/page.css"].served.body == b"a {\ntop: 0;\n}\n\nb {\ntop: 1px;\n}\n"
    (tmp_path / "app/base.css").write_text("c {}\n")
    again = read_site(tmp_path, first)
    assert again.files["app/styles/page.css"].served.body == b"c {}\n\nb {\ntop: 1px;\n}\n"
    assert again.version != first.version


async def test_after_an_update_an_old_page_gets_what_there_is_now_and_does_not_keep_it(tmp_path):
    web = tmp_path / "web"
    (web / "app").mkdir(parents=True)
    (web / "app/index.html").write_text('<link rel="modulepreload" href="/app/part.js" />\n')
    (web / "app/part.js").write_text("export const age = 1;")
    async with world(tmp_path, web=web) as served, served.http() as http:
        old = re.search(r'href="([^"]+)"', (await http.get("/")).text)[1]
        assert (await http.get(old)).headers["cache-control"] == FOR_EVER
        (web / "app/part.js").write_text("export const age = 20;")
        new = re.search(r'href="([^"]+)"', (await http.get("/")).text)[1]
        answer = await http.get(old)
        assert "age = 20;" in answer.text
        assert answer.headers["cache-control"] == "no-cache"
        assert new != old
        assert (await http.get(new)).headers["cache-control"] == FOR_EVER
        (web / "app/part.js").unlink()
        await http.get("/")
        assert (await http.get(old)).status_code == 404


async def test_others_files_come_as_they_made_them_and_only_one_worker_may_compile(tmp_path):
    web = tmp_path / "web"
    for folder in ("app/blur", "vendor/segmenter"):
        (web / folder).mkdir(parents=True)
    (web / "app/index.html").write_text('<link rel="icon" href="/app/icon.svg" />\n')
    (web / "app/blur/worker.js").write_text("importScripts();\n")
    (web / "vendor/segmenter/loader.js").write_text("/* whose it is */\nvar loader;\n")
    (web / "vendor/segmenter/selfie.tflite").write_bytes(b"model")
    async with world(tmp_path, web=web) as served, served.http() as http:
        page = await http.get("/")
        folder = re.search(r'"/vendor/":"([^"]+)"', page.text)[1]
        answer = await http.get(f"{folder}segmenter/selfie.tflite")
        assert (answer.content, answer.headers["content-type"]) == (b"model", "application/octet-stream")
        assert answer.headers["cache-control"] == FOR_EVER
        assert (await http.get("/vendor/segmenter/loader.js")).text == "/* whose it is */\nvar loader;\n"
        worker = (await http.get("/app/blur/worker.js")).headers["content-security-policy"]
        assert "script-src 'self' 'wasm-unsafe-eval';" in worker
        assert "unsafe" not in page.headers["content-security-policy"]


# --- compression --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("*", "br"),
        ("gzip;q=0, *;q=0.1", "br"),
        ("identity", "identity"),
        ("", "identity"),
        ("br;q=nonsense", "identity"),
        ("BR ; q=0.5", "br"),
    ],
)
def test_the_coding_is_one_that_the_browser_takes(accepted, coding):
    assert chosen(accepted) == coding


async def test_what_is_compressed_reads_the_same(http):
    plain = await http.get("/app/main.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    for coding, read in (("br", brotli.decompress), ("gzip", gzip.decompress)):
        async with http.stream("GET", "/app/main.js", headers={"accept-encoding": coding}) as answer:
            raw = b"".join([piece async for piece in answer.aiter_raw()])
        assert (answer.headers["content-encoding"], answer.headers["vary"]) == (coding, "accept-encoding")
        assert read(raw) == plain.content
        assert len(raw) < len(plain.content) / 2


# --- comments and imports -----------------------------------------------------------------------------------


def test_comments_go_and_lines_stay():
    source = '/**\n * A.\n */\nimport { a } from "./a.js";\n\n  // one\nconst b = 1; // two\n/* c */ a();\n/* d */\n'
    assert without_comments(source) == '\n\n\nimport { a } from "./a.js";\n\n\nconst b = 1;\n/* c */ a();\n\n'


def test_types_in_expressions_remarks_behind_code_and_indentation_go():
    source = 'function a(/** @type {B} */ b) {\n  return /** @type {C} */ (b.c("x")); // one\n}\n'
    assert without_comments(source) == 'function a(b) {\nreturn (b.c("x"));\n}\n'


def test_text_that_looks_like_a_comment_stays():
    for source in (
        'go("; // no remark");\n',
        'const at = "https://example.org"; // it\'s kept\n',
        'const kinds = "image/*";\nf();\n/** g */ g("*/");\n',
        "const page = `\n// no comment\n`;\n",
    ):
        assert without_comments(source) == source


def test_no_line_of_the_client_moves(site):
    for path, file in site.files.items():
        if path in site.modules:
            continue
        if path.endswith(".js") or (path.endswith(".css") and not file.imports.static):
            source = (WEB / path).read_text()
            assert file.served.body.decode().count("\n") == source.count("\n"), path


def test_imports_are_read():
    source = (
        '/** @typedef {import("./type.js").T} T */\n'
        'import "./a.js";\nimport b, {\n  c,\n} from "../b.js";\nexport * from "/sdk/c.js";\nexport const d = "./no.js";\n'
        'const load = () => import("./lazy.js");\nasync () => (await import("../later.js")).e;\n'
    )
    found = imports_of("app/parts/x.js", without_comments(source))
    assert found.static == ("app/parts/a.js", "app/b.js", "sdk/c.js")
    assert found.lazy == ("app/parts/lazy.js", "app/later.js")
