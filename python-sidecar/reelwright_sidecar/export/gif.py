"""GIF: a palette made for the clip, then every frame in its colours."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import cast

import av
import av.error
import av.filter

from ..contract import ExportDither
from ..media.sink import Sink
from .appear import writing_file
from .source import Source

_DITHER: dict[ExportDither, str] = {
    "error-diffusion": "sierra2_4a",
    "ordered": "bayer:bayer_scale=3",
    "none": "none",
}
# What players show faster they slow down to a crawl.
_FASTEST = Fraction(50)


def export_gif(source: Source, out: Path, dither: ExportDither, width: int | None) -> str:
    """Writes a GIF that repeats for ever; the name of the codec."""
    rate = min(source.rate, _FASTEST)
    shape = f"fps={rate}," if source.rate > _FASTEST else ""
    narrow = width is not None and width < source.about.width
    shape += f"scale={width}:-2:flags=lanczos," if narrow else ""
    palette = _palette(source, shape)
    with writing_file(out) as temporary, Sink(temporary, "w+b") as file:
        container = av.open(file, "w", format="gif", options={"loop": "0"})
        with container:
            stream = container.add_stream("gif", rate=rate)
            stream.pix_fmt = "pal8"
            for number, frame in enumerate(_in_colours(source, shape, palette, _DITHER[dither])):
                if number == 0:
                    stream.width, stream.height = frame.width, frame.height
                frame.pts, frame.time_base = number, 1 / rate
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return "gif"


def _palette(source: Source, shape: str) -> av.VideoFrame:
    frames = _numbered(source, 0)
    first = next(frames)
    graph = av.filter.Graph()
    head, last = _chain(graph, first, shape)
    palette = graph.add("palettegen", "stats_mode=diff")
    end = graph.add("buffersink")
    last.link_to(palette)
    palette.link_to(end)
    graph.configure()
    for frame in chain([first], frames):
        head.push(frame)
    head.push(None)
    return cast(av.VideoFrame, end.pull())


def _in_colours(source: Source, shape: str, palette: av.VideoFrame, dither: str) -> Iterator[av.VideoFrame]:
    frames = _numbered(source, 1)
    first = next(frames)
    graph = av.filter.Graph()
    head, last = _chain(graph, first, shape)
    colours = graph.add_buffer(
        width=palette.width, height=palette.height, format=palette.format, time_base=Fraction(1, 1)
    )
    use = graph.add("paletteuse", f"dither={dither}")
    end = graph.add("buffersink")
    last.link_to(use, 0, 0)
    colours.link_to(use, 0, 1)
    use.link_to(end)
    graph.configure()
    palette.pts = 0
    colours.push(palette)
    colours.push(None)
    for frame in chain([first], frames):
        head.push(frame)
        yield from _ready(end)
    head.push(None)
    yield from _ready(end)


def _numbered(source: Source, part: int) -> Iterator[av.VideoFrame]:
    """Every frame, for the first or the second time, with its place in time."""
    for number, frame in enumerate(source.frames(part, 2)):
        frame.pts, frame.time_base = number, 1 / source.rate
        yield frame


def _chain(
    graph: av.filter.Graph, first: av.VideoFrame, shape: str
) -> tuple[av.filter.context.FilterContext, av.filter.context.FilterContext]:
    """The way in for frames like the first, and what comes out with the shape that is asked for."""
    head = graph.add_buffer(
        width=first.width, height=first.height, format=first.format, time_base=first.time_base
    )
    last = head
    for step in filter(None, shape.split(",")):
        name, _, options = step.partition("=")
        following = graph.add(name, options)
        last.link_to(following)
        last = following
    return head, last


def _ready(end: av.filter.context.FilterContext) -> Iterator[av.VideoFrame]:
    while True:
        try:
            yield cast(av.VideoFrame, end.pull())
        except (av.error.BlockingIOError, av.error.EOFError):
            return
