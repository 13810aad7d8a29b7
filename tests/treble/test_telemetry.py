import io
import json
import logging
import urllib.request

import pytest
import structlog

from signaling.counters import MAX_REASONS, Counters
from treble.telemetry import CountsCollector, MetricsError, configure_logging, redact, serve_metrics

TOKEN = "eyJhbGciOiJkaXIifQ..MDEyMzQ1Njc4OWFi.c2VjcmV0Y2xhaW1z.dGFndGFndGFndGFndGFndGE"


@pytest.fixture
def logs():
    root = logging.getLogger()
    handlers, level, stream = root.handlers, root.level, io.StringIO()
    configure_logging("info", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_lines_are_json_with_time_level_and_logger(logs):
    structlog.get_logger("treble.test").info("it happened", room="r1", count=2)
    logging.getLogger("elsewhere").warning("also %s", "this")
    first, second = logs()
    assert (first["event"], first["room"], first["count"], first["level"]) == ("it happened", "r1", 2, "info")
    assert (first["logger"], second["logger"], second["event"]) == ("treble.test", "elsewhere", "also this")
    assert first["timestamp"].endswith("Z")


def test_less_important_lines_are_left_out(logs):
    structlog.get_logger("treble.test").debug("noise")
    logging.getLogger("elsewhere").info("said")
    assert [line["event"] for line in logs()] == ["said"]


def test_secrets_are_hidden_by_name_and_by_look(logs):
    log = structlog.get_logger("treble.test")
    log.info(f"got {TOKEN}", token="abc", password="p", resume="x", headers={"Authorization": "Bearer abc"})
    log.info("sdp", text="a=ice-pwd:topsecret\r\n", nested=[{"api_key": "k"}, "Bearer abc"], key="k1")
    log.info("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----")
    text = json.dumps(logs())
    for secret in ("c2VjcmV0", "abc", '"p"', '"x"', "topsecret", '"k"', "k1", "MIIB"):
        assert secret not in text
    assert "[hidden]" in text


def test_a_traceback_shows_no_token_either(logs):
    try:
        raise ValueError(f"bad token {TOKEN}")
    except ValueError as error:
        structlog.get_logger("treble.test").error("failed", exc_info=error)
    text = json.dumps(logs())
    assert "ValueError" in text
    assert "c2VjcmV0" not in text
    assert "locals" not in text


def test_what_is_no_secret_stays():
    event = {"event": "gateway listens", "room": "r1", "participant": "p1", "port": 8443, "reason": "full"}
    assert redact(None, "info", event) == event


def test_counters_are_exposed_on_loopback(unused_port):
    counters = Counters()
    counters.count("heads refused", "http2")
    counters.count("heads refused", "http2")
    stop = serve_metrics(unused_port, [CountsCollector("gateway", counters.items)])
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{unused_port}/metrics") as answer:
            assert b'treble_gateway_heads_refused_total{reason="http2"} 2.0' in answer.read()
        with pytest.raises(MetricsError, match=f"^metrics_port: .*{unused_port}"):
            serve_metrics(unused_port, [])
    finally:
        stop()


@pytest.fixture
def unused_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_the_number_of_reasons_is_bounded():
    counters = Counters()
    for number in range(2 * MAX_REASONS):
        counters.count("x", str(number))
    assert len(counters.items()) <= MAX_REASONS + 1
    assert counters.get("x", "other") == MAX_REASONS
