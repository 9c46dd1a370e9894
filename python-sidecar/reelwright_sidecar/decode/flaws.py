"""What the eye sees at once and no number in the decoder tells: borders of tiles, and frames that jump.

Both are looked for as they would come from a decode that was divided: borders are hard, straight, in the same place in
every frame, at equal distances from the edge, and wherever the picture is even enough to show them; jumps change the
whole picture alike, and come between batches or again and again. What a picture may show itself is left alone: a cut, a
flash, a fade, an edge, a pattern. When in doubt there is nothing. How often that is right: `docs/oom-recovery.md`,
section Frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy
from numpy.lib.stride_tricks import sliding_window_view

Array = numpy.ndarray[tuple[int, ...], numpy.dtype[Any]]

_EVERY = 8
"""Of so many frames one is searched for borders, which stay where they are."""
_SEGMENT = 16
"""Pixels along a border that are taken together: what is texture averages out."""
_STEP = (1.25, 40.0)
"""How large a step of a border is, of 255. Below it nobody sees it, above it it is more likely an edge of a thing."""
_BESIDE, _SHARPER = 3, 3.5
"""Within so many pixels on either side a border is so many times as large as what the slope is uneven by. Edges of
things are softer."""
_EVEN = 1.0
"""A segment whose slope is no more uneven than this would show a border."""
_LEGIBLE, _SHARE = 0.08, 0.6
"""A line of whose segments, over all frames, so many would show a border is one if so much of these do. Edges of things
end; a border goes on."""
_MOST = 2 / 3
"""Of the lines of a grid that would show a border, more than so much do."""
_LINES, _EVIDENCE = 2, 0.4
"""So many lines, and so many of a line's segments on all of them together, are borders of tiles."""
_PITCH = 12


class Seams:
    """Looks for borders of tiles in frames, uint8 [frames, height, width, 3], batch by batch."""

    def __init__(self) -> None:
        self._seen = 0
        self._looked = 0
        self._sums: tuple[Array, Array] | None = None

    def add(self, frames: Array) -> None:
        """Takes the next frames."""
        for frame in frames[-self._seen % _EVERY :: _EVERY]:
            green = frame[:, :, 1]
            found = borders(green), borders(green.T)
            if self._sums is None:
                self._sums = found
            else:
                for sums, more in zip(self._sums, found, strict=True):
                    sums += more
            self._looked += 1
        self._seen += len(frames)

    def found(self) -> str | None:
        """What is wrong, or None."""
        if self._sums is None:
            return None
        rows, columns = (sums / self._looked for sums in self._sums)
        found = on_a_grid(*rows), on_a_grid(*columns)
        evidence = rows[0, found[0]].sum() + columns[0, found[1]].sum()
        if len(found[0]) + len(found[1]) < _LINES or evidence < _EVIDENCE:
            return None
        return f"Borders show at rows {found[0]} and columns {found[1]}."


def borders(picture: Array) -> Array:
    """[2, rows]: of each row the share of its segments at which a hard step lies between it and the row above, and the
    share of those at which one would show."""
    height, width = picture.shape
    count = max(width // _SEGMENT, 1)
    size = min(_SEGMENT, width)
    whole = picture[:, : count * size].reshape(height, count, size)
    means = whole.sum(2, dtype=numpy.int32).astype(numpy.float32) / size
    shares = numpy.zeros((2, height), numpy.float32)
    if height < 2 * _BESIDE + 2:
        return shares
    steps = numpy.diff(means, axis=0)  # steps[i]: from row i to i + 1
    around = sliding_window_view(steps, 2 * _BESIDE + 1, axis=0)
    beside = numpy.delete(around, _BESIDE, axis=2)
    # A slope goes on on both sides of a border; an edge of a thing begins before it and ends after it.
    slope = beside.mean(2)
    rough = numpy.abs(beside - slope[..., None]).max(2)
    step = numpy.abs(around[..., _BESIDE] - slope)
    hard = (step >= _STEP[0]) & (step <= _STEP[1]) & (step >= _SHARPER * rough)
    shares[:, _BESIDE + 1 : height - _BESIDE] = hard.mean(1), (hard | (rough <= _EVEN)).mean(1)
    return shares


def on_a_grid(shown: Array, legible: Array) -> list[int]:
    """The lines that are borders of tiles: about multiples of one distance from the edge, where most lines that would
    show a border do. Of several such grids the one that shows most; other lines are things in the picture.

    shown, legible: the shares that `borders` gives.
    """
    height = len(shown)
    seen = legible >= _LEGIBLE
    shows = seen & (shown >= _SHARE * legible)
    best = numpy.zeros(0, int)
    lines = numpy.flatnonzero(shows)
    for pitch in {line / count for line in lines for count in range(1, line // _PITCH + 1)}:
        if pitch > height / 2 + 1:
            continue  # Tiles are two at least.
        places = numpy.rint(numpy.arange(pitch, height - _BESIDE, pitch)).astype(int)
        # Slabs are as even as can be: a row more or less.
        near = places + numpy.arange(-1, 2)[:, None]
        grid = numpy.take_along_axis(near, shown[near].argmax(0)[None], 0)[0]
        found = grid[shows[grid]]
        if len(found) > _MOST * seen[grid].sum() and shown[found].sum() > shown[best].sum():
            best = found
    return [int(line) for line in best]


_ROWS = 32
"""So many rows of pixels are compared, and as many pixels of each as are as far apart."""
_JUMP = 2.5
"""How far the whole picture jumps, of 255, where it is seen."""
_ALIKE = 0.45
"""A jump changes every place alike: what else changes is hardly more than this part of it, and what moves anyway."""


class Flicker:
    """Looks for jumps of brightness or colour, in frames as Seams takes them."""

    def __init__(self) -> None:
        self._last: Array | None = None
        self._shifts: list[Array] = []
        self._rests: list[float] = []
        self._begins: list[int] = []
        self._count = 0

    def add(self, frames: Array) -> None:
        """Takes the next batch of frames."""
        if self._count:
            self._begins.append(self._count)
        self._count += len(frames)
        apart = max(frames.shape[1] // _ROWS, 1)
        for frame in frames[:, ::apart, ::apart].astype(numpy.float32):
            if self._last is not None:
                shift, rest = change(self._last, frame)
                self._shifts.append(shift)
                self._rests.append(rest)
            self._last = frame

    def found(self) -> str | None:
        """What is wrong, or None."""
        sizes = jumps(self._shifts, self._rests)
        if not (flickers(sizes) or jumps_between(sizes, self._begins)):
            return None
        frames = [number for number, size in enumerate(sizes, start=1) if size]
        return f"The picture jumps at frames {frames[:20]}."


def change(before: Array, after: Array) -> tuple[Array, float]:
    """How far the whole picture shifts in red, green and blue, and how much of its change is anything else."""
    one, other = before.reshape(-1, 3), after.reshape(-1, 3)
    shift = numpy.median(other - one, axis=0)
    rest = numpy.abs(other - one - shift)
    if numpy.abs(shift).max() >= _JUMP / 2:
        fits = [_fitted(one[:, channel], other[:, channel], rest[:, channel]) for channel in range(3)]
        shift = numpy.array([fit[0] for fit in fits], numpy.float32)
        rest = numpy.stack([fit[1] for fit in fits], axis=1)
    return shift, float(numpy.median(rest, axis=0).max())


def _fitted(one: Array, other: Array, rest: Array) -> tuple[float, Array]:
    """By a factor and a summand where the change is most alike: without what moves or is as bright as can be."""
    shift = 0.0
    for _ in range(3):
        alike = rest <= numpy.median(rest)
        mean, goal = one[alike].mean(), other[alike].mean()
        centred = one[alike] - mean
        spread = float(centred @ centred)
        factor = float(centred @ other[alike]) / spread if spread > len(centred) else 1.0
        rest = numpy.abs(other - goal - factor * (one - mean))
        shift = float(goal + factor * (one.mean() - mean) - one.mean())
    return shift, rest


def jumps(shifts: Sequence[Array], rests: Sequence[float]) -> list[float]:
    """Of each transition how far it jumps, in the channel that jumps most; nought where it does not."""
    values = numpy.pad(numpy.array(shifts, numpy.float32).reshape(-1, 3), ((1, 1), (0, 0)))
    sizes = []
    for number, rest in enumerate(rests, start=1):
        moving = min(rests[max(number - 3, 0) : number + 2])
        shift, beside = values[number], values[[number - 1, number + 1]]
        # What goes on before or after is a fade.
        faded = numpy.where(shift > 0, beside.max(0).clip(min=0), beside.min(0).clip(max=0))
        beyond = numpy.where(numpy.abs(shift) > numpy.abs(faded), shift - faded, 0)
        size = float(beyond[numpy.argmax(numpy.abs(beyond))])
        sizes.append(size if abs(size) >= _JUMP and rest <= moving + _ALIKE * abs(size) else 0.0)
    return sizes


def flickers(sizes: Sequence[float]) -> bool:
    """Whether it goes up and down again and again. A flash is one jump and its return, a storm a few of them."""
    signs = [size > 0 for size in sizes if size]
    turns = sum(one != other for one, other in pairwise(signs))
    return turns >= max(4, len(sizes) // 4)


def jumps_between(sizes: Sequence[float], begins: Sequence[int]) -> bool:
    """Whether it jumps where batches begin, and hardly anywhere else.

    sizes: of the transitions to the frames from the second on. begins: the first frames of the batches after the first.
    """
    lasting = [
        number
        for number, size in enumerate(sizes, start=1)
        # One that is taken back at once is a flash.
        if size
        and not any(
            -2 < later / size < -0.5
            for later in (*sizes[max(number - 3, 0) : number - 1], *sizes[number : number + 2])
        )
    ]
    between = sum(number in begins for number in lasting)
    return 2 * between > len(begins) and len(lasting) - between <= len(sizes) // 12
