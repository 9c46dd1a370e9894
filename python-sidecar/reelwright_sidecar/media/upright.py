"""Films of phones lie on their side, or are mirrored, and say so: what is made of them stands upright."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeAlias, cast

import av
import av.error

if TYPE_CHECKING:
    from av.filter import Graph
    from av.sidedata.sidedata import SideDataContainer

Turns: TypeAlias = "tuple[tuple[str, str], ...]"
"""FFmpeg's filters that put a frame upright, with their options, one after the other."""

# By the signs of a and d. FFmpeg's own vflip only counts lines backwards, which not every encoder takes.
_ALONG: dict[tuple[bool, bool], Turns] = {
    (True, True): (),
    (False, True): (("hflip", ""),),
    (True, False): (("transpose", "clock"), ("transpose", "cclock_flip")),
    (False, False): (("transpose", "clock"), ("transpose", "clock")),
}
# By the signs of b and c.
_ACROSS: dict[tuple[bool, bool], Turns] = {
    (True, True): (("transpose", "cclock_flip"),),
    (True, False): (("transpose", "clock"),),
    (False, True): (("transpose", "cclock"),),
    (False, False): (("transpose", "clock_flip"),),
}
# (a, b, _, c, d, ...): where one step to the right goes, and one downwards.
_MATRIX = struct.Struct("=9i")


def turns_of(frame: av.VideoFrame) -> Turns:
    """What puts the frame upright, by its display matrix. Slants are as the nearest of the eight ways to lie."""
    a, b, _, c, d = _MATRIX.unpack(_display_matrix(frame))[:5]
    across = abs(b) + abs(c) > abs(a) + abs(d)
    return _ACROSS[b >= 0, c >= 0] if across else _ALONG[a >= 0, d >= 0]


def first_turns(container: av.container.InputContainer) -> Turns:
    """The same of the first frame that can be read; none where none can."""
    try:
        return turns_of(next(container.decode(video=0)))
    except (av.error.FFmpegError, StopIteration):
        return ()


def lies_sideways(turns: Turns) -> bool:
    """Whether width and height change places."""
    return sum(name == "transpose" for name, _ in turns) % 2 == 1


def upright(frames: Iterable[av.VideoFrame], turns: Turns) -> Iterator[av.VideoFrame]:
    """The frames, turned where they have to be."""
    if not turns:
        yield from frames
        return
    graph: Graph | None = None
    for frame in frames:
        if graph is None:
            graph = _graph(frame, turns)
        graph.push(frame)
        yield graph.vpull()


def _display_matrix(frame: av.VideoFrame) -> bytes:
    try:
        return bytes(cast("SideDataContainer", frame.side_data)["DISPLAYMATRIX"])
    except (KeyError, ValueError):
        # There is none; or something beside it that PyAV has no name for, and then it gives nothing.
        return _rotated(round(frame.rotation / 90) % 4)


def _rotated(quarters: int) -> bytes:
    """Against the clock."""
    a, b = ((1, 0), (0, -1), (-1, 0), (0, 1))[quarters]
    return _MATRIX.pack(a, b, 0, -b, a, 0, 0, 0, 1)


def _graph(frame: av.VideoFrame, turns: Turns) -> Graph:
    # The worker makes posters, too, and never needs it: its own clips stand upright.
    from av.filter import Graph

    graph = Graph()
    last = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
    )
    for turn in turns:
        following = graph.add(*turn)
        last.link_to(following)
        last = following
    end = graph.add("buffersink")
    last.link_to(end)
    graph.configure()
    return graph
