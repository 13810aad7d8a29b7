"""The ways to send a Track, from the least to the best: what a tile may climb.

A camera's picture moves first: the lowest temporal layers of its smallest Layer are steps, above that each
Layer comes with all its frames. A screen's text is legible first: full size with few frames, then more of
them::

    camera   180 lines 7 fps < 180 lines 15 fps < 180 lines < 360 lines < 720 lines
    screen   360 lines 5 fps < 720 lines 5 fps < 720 lines 15 fps < 720 lines

Bitrates are what was measured, else what the publisher said, else what browsers send by default, and always
as they are on the wire.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, NamedTuple

from sfu.media.layers import SMALLEST_SIDE, STRETCH
from treble.api import LayerShape, Reason

ALL: Final = 7
"""As spatial or temporal layer: all that there are."""

# "360p" is also right for an encoder that makes 368 lines of them.
CAP_SLACK: Final = 1.1
# What browsers send by default: 150 kbit/s for 180 lines, 3.2 times as much for twice the lines.
_DEFAULT_BPS: Final = 150_000
_DEFAULT_GROWTH: Final = 1.68
# What encoders give to all temporal layers up to each.
_TEMPORAL_SHARES: Final = {1: (1.0,), 2: (0.6, 1.0), 3: (0.4, 0.6, 1.0)}
# Header, extensions and SRTP tag of a packet in bits, and the payload of a full one.
_PACKET_BITS: Final = 40 * 8
_FULL_BITS: Final = 1_100 * 8
_FRAMES: Final = 30


@dataclass(frozen=True, slots=True)
class Option:
    """One way to send a Track: a (simulcast) Layer up to these spatial and temporal layers of it."""

    layer: int
    spatial: int
    temporal: int
    bitrate: int  # bits per second on the wire
    height: int = 0  # shorter side; 0: nobody knows
    is_available: bool = True  # flows, or will soon if it is wanted

    @property
    def step(self) -> int:
        """Its simulcast or spatial layer."""
        return self.layer if self.spatial == ALL else self.spatial

    @property
    def rank(self) -> tuple[int, int, int]:
        return self.layer, self.spatial, self.temporal


@dataclass(frozen=True, slots=True)
class Path:
    """What one tile may climb: available options with ascending bitrates, and why the last is no better."""

    steps: tuple[Option, ...]
    limit: Reason = Reason.VIEWPORT
    missing: tuple[
        int, ...
    ] = ()  # simulcast or spatial layers that it could use but the publisher does not send


class Step(NamedTuple):
    """What is known of one simulcast Layer, or of one spatial layer of an SVC stream."""

    is_available: bool = True
    rates: tuple[int, ...] = ()  # bits per second of each temporal layer's payload; empty: not known
    temporals: int = 1  # as far as they are seen
    shape: LayerShape | None = None  # as the publisher says
    stands_alone: bool = False  # K-SVC: it is sent without the spatial layers below, but for key pictures


class Ladder:
    """All options of a Track. Paths are kept, so ask the same Ladder while nothing changes."""

    def __init__(self, options: Sequence[Option], *, is_text: bool = False) -> None:
        self.options = tuple(options)  # by rank
        self._is_text = is_text
        self._paths: dict[tuple[int | None, int, bool], Path] = {}

    def find(self, option: Option) -> Option | None:
        """The one of the same layers."""
        return next((each for each in self.options if each.rank == option.rank), None)

    def path(self, lines: int | None = None, cap: int = 0, *, lowest: bool = False) -> Path:
        """For a tile with so many device pixels on its shorter side (None: as many as there are), a user who
        wants no more lines than `cap` (0: no cap), and where it is `lowest`, a browser that shows no other layer."""
        path = self._paths.get((lines, cap, lowest))
        if path is None:
            path = self._paths[lines, cap, lowest] = self._make_path(lines, cap, lowest=lowest)
        return path

    def _make_path(self, lines: int | None, cap: int, *, lowest: bool) -> Path:
        available = [option for option in self.options if option.is_available]
        height, limit = _ceiling(self.options, lines, cap)
        if lowest and self.options[0].height < height:
            height, limit = self.options[0].height, Reason.CODEC
        lacking = [each for each in self.options if not each.is_available and each.height <= height]
        missing = tuple(dict.fromkeys(option.step for option in lacking))
        if not available:
            return Path((), Reason.PUBLISHER, missing)
        fitting = [option for option in available if option.height <= height]
        if not fitting:  # something larger than wanted is better than nothing
            height = min(option.height for option in available)
            fitting = [option for option in available if option.height == height]
        elif fitting[-1].height < height:
            limit = Reason.PUBLISHER
        return Path(_ascending(_steps(fitting, is_text=self._is_text)), limit, missing)


def make_ladder(steps: Sequence[Step], *, is_svc: bool, is_text: bool = False) -> Ladder:
    """`steps`: simulcast Layers or spatial layers, smallest first."""
    options: list[Option] = []
    below = [0]
    for index, step in enumerate(steps):
        height = _height(steps, index)
        sums = list(accumulate(step.rates)) or _guess(step, height)
        if is_svc and step.rates and not step.stands_alone:  # it is sent with all that it is predicted from
            sums = [own + below[min(each, len(below) - 1)] for each, own in enumerate(sums)]
        below = sums
        for temporal, payload in enumerate(sums):
            is_last = temporal == len(sums) - 1
            options.append(
                Option(
                    layer=0 if is_svc else index,
                    spatial=index if is_svc else ALL,
                    temporal=ALL if is_last else temporal,
                    bitrate=on_wire(payload, _FRAMES >> (len(sums) - 1 - temporal)),
                    height=height,
                    is_available=step.is_available,
                )
            )
    return Ladder(options, is_text=is_text)


def side_of(shape: LayerShape | None) -> int:
    """The shorter side; 0: nobody knows."""
    return 0 if shape is None else min(shape.width or shape.height, shape.height or shape.width)


def on_wire(payload_bps: int, frames: int = _FRAMES) -> int:
    """With the headers of its packets: one a frame at least."""
    return payload_bps + max(frames * _PACKET_BITS, payload_bps * _PACKET_BITS // _FULL_BITS)


def _ceiling(options: Sequence[Option], lines: int | None, cap: int) -> tuple[int, Reason]:
    """The height that a tile can use, available or not, and what keeps it from more."""
    heights = sorted({option.height for option in options})
    height, limit = heights[-1], Reason.VIEWPORT
    if lines is not None and height:
        height = next((each for each in heights if each * STRETCH >= lines), height)
        if height * STRETCH < lines:
            limit = Reason.PUBLISHER  # not even its largest fills the tile
    if cap:
        capped = max((each for each in heights if each <= cap * CAP_SLACK), default=heights[0])
        if capped < height:
            return capped, Reason.CAP
    return height, limit


def _steps(fitting: list[Option], *, is_text: bool) -> list[Option]:
    """Of each picture size its fewest or all its frames; the one extreme with all that lies between."""
    first, last = (fitting[0].rank[:2], fitting[-1].rank[:2])
    whole = last if is_text else first
    ends: dict[tuple[int, int], Option] = {}
    for option in fitting:
        if not is_text or option.rank[:2] not in ends:
            ends[option.rank[:2]] = option
    return [option for option in fitting if option.rank[:2] == whole or option in ends.values()]


def _ascending(steps: list[Option]) -> tuple[Option, ...]:
    """Without those that cost no less than a better one."""
    kept: list[Option] = []
    for step in reversed(steps):
        if not kept or step.bitrate < kept[-1].bitrate:
            kept.append(step)
    return tuple(reversed(kept))


def _height(steps: Sequence[Step], index: int) -> int:
    if side := side_of(steps[index].shape):
        return side
    return SMALLEST_SIDE << index if len(steps) > 1 else 0


def _guess(step: Step, height: int) -> list[int]:
    """Up to each temporal layer; all of it as said, or as browsers do by default."""
    whole = step.shape.bitrate if step.shape is not None else 0
    if not whole:
        size = (height or 4 * SMALLEST_SIDE) / SMALLEST_SIDE
        whole = round(_DEFAULT_BPS * math.pow(size, _DEFAULT_GROWTH))
    return [round(share * whole) for share in _TEMPORAL_SHARES.get(step.temporals, (1.0,))]
