"""A voice over a path that loses a tenth of all packets."""

from bench.quality.case import Case, Figure, Options, Result
from bench.quality.measure import percent
from tests.sim.clock import MS
from tests.sim.encoder import SPEAKING
from tests.sim.link import Conditions
from tests.sim.meeting import Meeting
from tests.sim.offer import Shape
from tests.sim.person import Person
from treble.api import Tile

WARM_UP_S = 10


class Run:
    def __init__(self, seed: int, seconds: int, *, red: bool, nack: bool) -> None:
        self.meeting = meeting = Meeting(seed)
        viewer = Shape(microphone=False, layers=0, slots=1, red=red, audio_nack=nack)
        self.viewer: Person = meeting.join(viewer, down=Conditions(delay_ns=25 * MS, loss=0.1))
        self.speaker = meeting.join(Shape(slots=0, layers=0))
        self.speaker.studio.level = SPEAKING
        meeting.set_view(self.viewer, [Tile(participant=self.speaker.name)])
        meeting.run(WARM_UP_S)
        ear = self.viewer.audio[0].ear
        expected, concealed = ear.expected, ear.concealed
        meeting.run(seconds)
        self.expected, self.concealed = ear.expected - expected, ear.concealed - concealed
        self.delay_ms = ear.delay_ns / MS
        self.flowing = percent(self.expected, 50 * seconds)


def run(options: Options) -> Result:
    seconds = 60 if options.short else 600
    seeds = options.seeds(1)
    both = [Run(seed, seconds, red=True, nack=True) for seed in seeds]
    red_alone = [Run(seed, seconds, red=True, nack=False) for seed in seeds]
    nack_alone = [Run(seed, seconds, red=False, nack=True) for seed in seeds]
    neither = [Run(seed, seconds, red=False, nack=False) for seed in seeds]
    figures = [
        Figure("concealed, RED", concealed(red_alone), "%", 1.2),
        Figure("concealed, RED and NACK", concealed(both), "%", 1.2),
        Figure("concealed, NACK alone", concealed(nack_alone), "%"),
        Figure("concealed, neither", concealed(neither), "%"),
        Figure("delay of the jitter buffer, RED", red_alone[0].delay_ms, "ms"),
        Figure("delay of the jitter buffer, RED and NACK", both[0].delay_ms, "ms"),
        Figure("packets heard of those spoken", min(run.flowing for run in both), "%", 98, False),
    ]
    return Result(
        "audio-loss-10", figures, {}, [f"{seconds} s, RTT 50 ms, all samples of a person who speaks on"]
    )


def concealed(runs: list[Run]) -> float:
    return percent(sum(run.concealed for run in runs), sum(run.expected for run in runs))


CASES = [Case("audio-loss-10", "Audio, 10 % loss", "simulation", run)]
