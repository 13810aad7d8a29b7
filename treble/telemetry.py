"""Logs and metrics: JSON lines on stderr without secrets, Prometheus on a loopback port of its own."""

import logging
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any, Final, TextIO

import structlog
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector
from structlog.tracebacks import ExceptionDictTransformer

METRICS_HOST: Final = "127.0.0.1"
HIDDEN: Final = "[hidden]"

_SECRET_NAMES = re.compile(
    r"(?i)token|password|secret|credential|authorization|cookie|resume|private|(^|_)key$|sdp"
)
# A token of ours (JWE: five parts, the second empty), a bearer header, a PEM block, an ICE password.
_SECRET_TEXTS = re.compile(
    r"[A-Za-z0-9_-]{8,}\.\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*\.?[A-Za-z0-9_-]*"
    r"|(?i:bearer)\s+\S+"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(-----END [A-Z ]*PRIVATE KEY-----)?"
    r"|(?<=a=ice-pwd:)\S+"
)

Counts = Callable[[], Iterable[tuple[str, str, int]]]


def configure_logging(level: str, stream: TextIO | None = None) -> None:
    """JSON lines to stderr for structlog and for the standard library's loggers, secrets blotted out."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    render: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False, max_frames=30)),
        redact,
        structlog.processors.JSONRenderer(default=str),
    ]
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=render, foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    for noisy in ("trio-websocket", "httpx", "httpcore", "sqlalchemy", "alembic"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))


def redact(logger: Any, method: str, event: Any) -> Any:
    """Hide what is named like a secret, and what looks like one wherever it stands."""
    return {name: HIDDEN if _SECRET_NAMES.search(name) else _clean(value) for name, value in event.items()}


def _clean(value: Any) -> Any:
    match value:
        case str():
            return _SECRET_TEXTS.sub(HIDDEN, value)
        case dict():
            return redact(None, "", {str(name): each for name, each in value.items()})
        case list() | tuple():
            return [_clean(each) for each in value]
        case _:
            return value


class CountsCollector(Collector):
    """Counters of a server, read when they are asked for."""

    def __init__(self, server: str, counts: Counts) -> None:
        self._server = server
        self._counts = counts

    def collect(self) -> Iterable[CounterMetricFamily]:
        families: dict[str, CounterMetricFamily] = {}
        for name, reason, value in list(self._counts()):
            metric = f"treble_{self._server}_{re.sub(r'[^a-z0-9]+', '_', name.lower())}"
            if metric not in families:
                families[metric] = CounterMetricFamily(metric, f"{self._server}: {name}", labels=["reason"])
            families[metric].add_metric([reason], value)
        return families.values()


class MetricsError(Exception):
    """The metrics port cannot be had; the text names it and the configuration key."""


def serve_metrics(port: int, collectors: Iterable[Collector]) -> Callable[[], None]:
    """Serve `/metrics` from a thread on loopback; gives the function that ends it. Raises `MetricsError`."""
    registry = CollectorRegistry(auto_describe=False)
    for collector in collectors:
        registry.register(collector)
    try:
        server, thread = start_http_server(port, METRICS_HOST, registry)
    except OSError as error:
        raise MetricsError(
            f"metrics_port: cannot use port {port} on {METRICS_HOST}: {error.strerror}"
        ) from None

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop
