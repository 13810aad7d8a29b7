"""Builds the Cython engine: one list of modules, one dict of directives, one switch.

`TREBLE_DEBUG=1 pip install -e .` builds with bounds checks, line tracing and annotated HTML.
"""

import os

from Cython.Build import cythonize
from setuptools import Extension, setup

DEBUG = os.environ.get("TREBLE_DEBUG") == "1"

MODULES = [
    "_fastpath.packet",
    "_fastpath.payload",
    "_fastpath.dependency",
    "_fastpath.stun",
    "_fastpath.rtcp",
    "_fastpath.twcc",
    "_fastpath.sent_log",
    "_fastpath.acked_rate",
    "_fastpath.delay_trend",
    "_fastpath.queue_delay",
    "_fastpath.loss_control",
    "_fastpath.rate_control",
    "_fastpath.probe_result",
    "_fastpath.probe_control",
    "_fastpath.estimator",
    "_fastpath.counters",
    "_fastpath.history",
    "_fastpath.pages",
    "_fastpath.parity",
    "_fastpath.ulpfec",
    "_fastpath.flexfec",
    "_fastpath.fec_encoder",
    "_fastpath.srtp",
    "_fastpath.demux",
    "_fastpath.events",
    "_fastpath.streams",
    "_fastpath.socket_batch",
    "_fastpath.egress",
    "_fastpath.ingress",
    "_fastpath.layering",
    "_fastpath.numbering",
    "_fastpath.rewrite",
    "_fastpath.outgoing",
    "_fastpath.bandwidth",
    "_fastpath.holes",
    "_fastpath.protection",
    "_fastpath.red",
    "_fastpath.sending",
    "_fastpath.selection",
    "_fastpath.resend",
    "_fastpath.filling",
    "_fastpath.pacer",
    "_fastpath.preroll",
    "_fastpath.forwarding",
    "_fastpath.voice",
    "_fastpath.fec_decoder",
    "_fastpath.connectivity",
    "_fastpath.feedback",
    "_fastpath.reports",
    "_fastpath.commands",
    "_fastpath.pipeline",
    "_fastpath.loop",
    "_fastpath.holder",
    "_fastpath.runner",
    "_fastpath.engine",
]

if only := os.environ.get("TREBLE_ONLY"):  # build some modules while another one is being worked on
    MODULES = [name for name in MODULES if name.rpartition(".")[2] in only.split(",")]

DIRECTIVES = {
    "language_level": 3,
    "boundscheck": DEBUG,
    "wraparound": False,
    "cdivision": True,
    "initializedcheck": DEBUG,
    "nonecheck": DEBUG,
    "overflowcheck": False,
    "linetrace": DEBUG,
    "embedsignature": True,
    "freethreading_compatible": False,
}

C_FLAGS = ["-O0", "-g3"] if DEBUG else ["-O3", "-fno-plt", "-g1"]
# Cython declares scaffolding in every module whether or not it is used.
C_WARNINGS = ["-Wall", "-Wno-unused-function", "-Wno-unused-variable", "-Wno-unused-const-variable"]


def extension(name: str) -> Extension:
    """One Cython module; every module is built with the same flags."""
    return Extension(
        name,
        [name.replace(".", "/") + ".pyx"],
        extra_compile_args=C_FLAGS + C_WARNINGS,
        define_macros=[("_GNU_SOURCE", "1"), ("CYTHON_TRACE_NOGIL", "1")]
        if DEBUG
        else [("_GNU_SOURCE", "1")],
    )


setup(
    ext_modules=cythonize(
        [extension(name) for name in MODULES],
        compiler_directives=DIRECTIVES,
        annotate=DEBUG,
        nthreads=os.cpu_count() or 1,
    ),
)
