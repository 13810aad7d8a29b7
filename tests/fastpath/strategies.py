"""What Hypothesis feeds the leaf stages: damaged examples and plain noise."""

import random

from hypothesis import settings, strategies as st

from tests.fuzz.mutate import mutated
from tests.fuzz.seeds import SEEDS

untimed = settings(deadline=None, max_examples=200)
"""Machines are shared: a slow example is no failure."""


def damaged(name: str) -> st.SearchStrategy[bytes]:
    examples = st.sampled_from(SEEDS[name])
    hurt = st.builds(lambda data, seed: mutated(random.Random(seed), data), examples, st.integers(0, 2**32))
    return st.one_of(hurt, st.binary(max_size=80))


def every_cut(data: bytes) -> list[bytes]:
    return [data[:size] for size in range(len(data))]
