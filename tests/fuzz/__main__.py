"""`python -m tests.fuzz <target> [seconds] [seed]`: mutate examples and feed a parser until time is up.

With atheris installed it drives the target instead (coverage-guided). A target that raises, or differs from
its oracle twin, ends the run and prints the input; one that reads past its end kills the process
(tests/oracle/guard.py).
"""

import importlib.util
import random
import sys
import time

from tests.fuzz.mutate import mutated
from tests.fuzz.seeds import SEEDS
from tests.fuzz.targets import TARGETS


def run(name: str, seconds: float, seed: int) -> int:
    target, examples = TARGETS[name], SEEDS[name]
    rng = random.Random(seed)
    rounds = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for _ in range(200):
            data = mutated(rng, rng.choice(examples))
            try:
                target(data)
            except BaseException:
                print(f"{name}: seed {seed}, round {rounds}, input {data.hex()}", file=sys.stderr)
                raise
            rounds += 1
    return rounds


def run_atheris(name: str) -> None:
    import atheris

    atheris.Setup([sys.argv[0]], TARGETS[name])
    atheris.Fuzz()


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "all"
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 5.0
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().randrange(2**32)
    if name != "all" and name not in TARGETS:
        sys.exit(f"no target {name!r}; there are: all {' '.join(TARGETS)}")
    if name != "all" and importlib.util.find_spec("atheris"):
        run_atheris(name)
        return
    for each in TARGETS if name == "all" else [name]:
        print(f"{each}: {run(each, seconds, seed)} inputs, seed {seed}")


main()
