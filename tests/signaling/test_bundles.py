"""Modules that are served joined: which ones, and that they do what they do one by one (Node runs both)."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from signaling.web.bundles import plan
from signaling.web.imports import Imports
from signaling.web.page import ways_of
from signaling.web.site import Site, read_site

WEB = Path(__file__).parents[2] / "web"
PAGE = """<!doctype html>
<head>
<script type="module" src="/app/main.js"></script>
<link rel="modulepreload" href="/app/screens/home.js" data-route="home" />
<link rel="modulepreload" href="/app/screens/door.js" data-route="room" />
</head>
<template id="later">
<link rel="modulepreload" href="/app/screens/call.js" />
</template>
"""
TREE = {
    "app/index.html": PAGE,
    "app/main.js": (
        'import { say } from "./lib/say.js";\nimport "./lib/effect.js";\n'
        'say("main");\nexport const later = () => import("./screens/call.js");\n'
        'import("./screens/home.js").then(({ home }) => home());\n'
    ),
    "app/lib/say.js": "const said = [];\nglobalThis.said = said;\n\nexport function say(what) {\n  said.push(what);\n}\n",
    "app/lib/effect.js": 'import { say as tell } from "./say.js";\n\n/* A remark. */\n\ntell("effect");\n',
    "app/lib/words.js": 'export const HELLO = "hello";\nexport const BYE = "bye";\nexport class Word {}\n',
    "app/lib/all.js": 'export { HELLO as GREETING, Word } from "./words.js";\nexport async function wait() {}\n',
    "app/screens/home.js": (
        'import {\n  GREETING,\n} from "../lib/all.js";\nimport { say } from "../lib/say.js";\n'
        "export function home() {\n  say(GREETING);\n}\n"
    ),
    "app/screens/door.js": 'import { wait } from "../lib/all.js";\nexport const door = wait;\n',
    "app/screens/call.js": (
        'import { say } from "../lib/say.js";\nconst more = async () => (await import("../parts/more.js")).more();\n'
        'export async function call() {\n  say("call");\n  await more();\n}\n'
    ),
    "app/parts/more.js": (
        'import { BYE } from "../lib/words.js";\nimport { say } from "../lib/say.js";\n'
        'import { only } from "../lib/only.js";\nexport function more() {\n  say(BYE + only);\n}\n'
    ),
    "app/lib/only.js": "export const only = new URL(import.meta.url).pathname.slice(-11);\n",
}  # fmt: skip


def write(root: Path, tree: dict[str, str]) -> Site:
    for path, text in tree.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return read_site(root, None)


def run_in_node(folder: Path, program: str) -> str:
    (folder / "program.mjs").write_text(program)
    (folder / "package.json").write_text('{"type": "module"}')
    done = subprocess.run(
        [shutil.which("node") or "node", "program.mjs"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_wanted_together_comes_together(tmp_path):
    site = write(tmp_path, TREE)
    assert {bundle: set(paths) for bundle, paths in site.modules.items()} == {
        "bundle/start.js": {
            "app/main.js",
            "app/lib/say.js",
            "app/lib/effect.js",
            "app/lib/all.js",
            "app/lib/words.js",
        },
        "bundle/screens-home.js": {"app/screens/home.js"},
        "bundle/screens-door.js": {"app/screens/door.js"},
        "bundle/later.js": {"app/screens/call.js"},
        "bundle/parts-more.js": {"app/parts/more.js", "app/lib/only.js"},
    }


def test_joined_modules_do_what_they_do_one_by_one(tmp_path):
    site = write(tmp_path / "web", TREE)
    for path in site.modules:
        (tmp_path / path).parent.mkdir(exist_ok=True)
        # Node has no import map: the place of a module is the folder's here
        text = site.files[path].served.body.decode()
        (tmp_path / path).write_text(text.replace('import.meta.resolve("/app', 'import.meta.resolve("/x/app'))
    ends = "await (await later()).call();\nawait new Promise(setImmediate);\nconsole.log(JSON.stringify(said));\n"
    alone = run_in_node(tmp_path / "web/app", f'import {{ later }} from "./main.js";\n{ends}')
    joined = run_in_node(
        tmp_path / "bundle", f'import {{ $main }} from "./start.js";\nconst {{ later }} = $main;\n{ends}'
    )
    assert sorted(json.loads(joined)) == sorted(json.loads(alone))
    assert sorted(json.loads(joined)) == ["byelib/only.js", "call", "effect", "hello", "main"]


def test_a_trace_names_the_line_of_the_module(tmp_path):
    tree = TREE | {
        "app/parts/more.js": (
            '/** Of what\n * comes later. */\n\nimport {\n  say,\n} from "../lib/say.js";\n\n'
            'export function more() {\n  say("more");\n  throw new Error("here");\n}\n'
        )
    }
    site = write(tmp_path / "web", tree)
    for path in (*site.modules, *(f"{bundle}.map" for bundle in site.modules)):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(site.files[path].served.body)
    (tmp_path / "bundle/package.json").write_text('{"type": "module"}')
    program = 'import { $parts_more } from "./parts-more.js";\n$parts_more.more();\n'
    (tmp_path / "bundle/program.mjs").write_text(program)
    done = subprocess.run(
        ["node", "--enable-source-maps", "program.mjs"],
        cwd=tmp_path / "bundle",
        capture_output=True,
        text=True,
    )
    assert "app/parts/more.js:10" in done.stderr, done.stderr


@pytest.mark.parametrize(
    "change",
    [
        {"app/lib/words.js": "export let HELLO = 1;\nexport const BYE = 2;\n"},
        {"app/lib/say.js": 'import "./effect.js";\nexport function say() {}\n'},
        {"app/lib/only.js": 'import * as all from "./all.js";\nexport const only = all;\n'},
        {"app/lib/only.js": 'import { gone } from "./gone.js";\nexport const only = gone;\n'},
    ],
)
def test_what_cannot_be_joined_is_served_module_by_module(tmp_path, change):
    site = write(tmp_path, TREE | change)
    assert site.modules == {}
    assert f'src="/_/{site.version}/app/main.js"' in site.pages["home"].body.decode()


def test_the_client_is_joined_each_module_once():
    site = read_site(WEB, None)
    found = [path for paths in site.modules.values() for path in paths]
    assert len(found) == len(set(found))
    assert {"app/main.js", "app/screens/call.js", "sdk/room.js", "app/parts/people-panel.js"} <= set(found)


def test_the_bundles_of_the_client_are_modules(tmp_path):
    site = read_site(WEB, None)
    for bundle in site.modules:
        (tmp_path / "bundle.mjs").write_bytes(site.files[bundle].served.body)
        done = subprocess.run(["node", "--check", tmp_path / "bundle.mjs"], capture_output=True, text=True)
        assert done.returncode == 0, f"{bundle}: {done.stderr}"


def test_bundles_of_one_way_import_those_of_no_other():
    def imports(path: str) -> Imports:
        return site.files[path].imports

    site = read_site(WEB, None)
    planned = plan(ways_of((WEB / "app/index.html").read_text()), imports)
    assert planned.place["app/main.js"] == "start"
    for bundle in ("bundle/screens-home.js", "bundle/screens-prejoin.js", "bundle/later.js"):
        assert set(site.files[bundle].imports.static) <= {"bundle/start.js"}
    assert site.files["bundle/start.js"].imports.static == ()
