# mypy: ignore-errors
"""Builds the bench's own Cython modules: `python bench/setup.py build_ext --inplace` from the repository's
root."""

import os

from Cython.Build import cythonize
from setuptools import Extension, setup

MODULES = [
    "bench.load.publish",
    "bench.load.feedback",
    "bench.load.receive",
    "bench.load.generator",
    "bench.floor.forwarder",
    "bench.micro.stages",
]

setup(
    name="treble-bench",
    packages=[],
    ext_modules=cythonize(
        [
            Extension(
                name,
                [name.replace(".", "/") + ".pyx"],
                extra_compile_args=["-O3", "-g1", "-Wall", "-Wno-unused-function"],
                define_macros=[("_GNU_SOURCE", "1")],
            )
            for name in MODULES
        ],
        compiler_directives={
            "language_level": 3,
            "boundscheck": False,
            "wraparound": False,
            "cdivision": True,
            "initializedcheck": False,
            "embedsignature": True,
        },
        nthreads=os.cpu_count() or 1,
        build_dir="build/bench",
    ),
)
