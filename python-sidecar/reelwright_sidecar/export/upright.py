"""Films of phones lie on their side and say how they are to be turned: what is made of them stands upright."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import av
import av.error
import av.filter

# By how far a frame is to be turned against the clock, in quarters.
_TURNS = {1: ("transpose", "cclock"), 2: ("transpose", "clock"), 3: ("transpose", "clock")}


def quarters(frame: av.VideoFrame) -> int:
    """Quarters against the clock until the frame stands upright: 0 to 3. Mirrors and slants stay as they are."""
    return round(frame.rotation / 90) % 4


def first_quarters(container: av.container.InputContainer) -> int:
    """The same of the first frame that can be read; 0 where none can."""
    try:
        return quarters(next(container.decode(video=0)))
    except (av.error.FFmpegError, StopIteration):
        return 0


def upright(frames: Iterable[av.VideoFrame], turns: int) -> Iterator[av.VideoFrame]:
    """The frames, turned where they have to be."""
    if turns == 0:
        yield from frames
        return
    graph: av.filter.Graph | None = None
    for frame in frames:
        if graph is None:
            graph = _graph(frame, turns)
        graph.push(frame)
        yield graph.vpull()


def _graph(frame: av.VideoFrame, turns: int) -> av.filter.Graph:
    graph = av.filter.Graph()
    last = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
    )
    for _ in range(2 if turns == 2 else 1):
        following = graph.add(*_TURNS[turns])
        last.link_to(following)
        last = following
    end = graph.add("buffersink")
    last.link_to(end)
    graph.configure()
    return graph
