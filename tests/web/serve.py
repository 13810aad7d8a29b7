"""Serves `web/` the way a gateway does (paths, types, policy), for tests that need no server behind it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

WEB = Path(__file__).parents[2] / "web"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "media-src 'self' blob:; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


class Handler(BaseHTTPRequestHandler):
    """`/`, `/check`, `/r/<room>` and `/account/<screen>` are the page; `/app/...` and `/sdk/...` are files."""

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        file = (WEB / self.name_of(path)).resolve()
        if not file.is_relative_to(WEB) or not file.is_file():
            self.send_error(404)
            return
        body = file.read_bytes()
        self.send_response(200)
        self.send_header("content-type", TYPES[file.suffix])
        self.send_header("content-length", str(len(body)))
        self.send_header("content-security-policy", POLICY)
        self.end_headers()
        with suppress(ConnectionError):  # the page has gone meanwhile
            self.wfile.write(body)

    def name_of(self, path: str) -> str:
        return (
            "app/index.html"
            if path in ("/", "/check") or path.startswith(("/r/", "/account/"))
            else path.lstrip("/")
        )

    def log_message(self, *_: object) -> None:
        """Silent: a test's output is its own."""


class WithWorker(Handler):
    """The service worker, too."""

    def name_of(self, path: str) -> str:
        return "app/service-worker.js" if path == "/service-worker.js" else super().name_of(path)


@contextmanager
def serve(handler: Callable[..., BaseHTTPRequestHandler] = Handler, port: int = 0) -> Iterator[str]:
    """The origin of a server that lives as long as the block."""
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
