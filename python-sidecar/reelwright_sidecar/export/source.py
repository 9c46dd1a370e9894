"""The clip that is read: its frames one by one, and what can be said of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import av.error
import numpy

from ..contract import DescribedVideo
from ..media.upright import Turns, first_turns, lies_sideways, upright

_BT709 = 1
Rgb = numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.uint8]]


class Cancelled(Exception):
    """Somebody does not want it any more."""


class Unreadable(Exception):
    """No video, or a damaged one."""


class Source:
    """A clip to read from. Raises Unreadable for what is none, and Cancelled between two frames once asked to."""

    def __init__(self, path: Path, cancelled: threading.Event, told: Callable[[int, int], None]) -> None:
        self.path = path
        self._cancelled = cancelled
        self._told = told
        self.about, self._turns = _look(path)

    @property
    def rate(self) -> Fraction:
        """Frames a second."""
        return Fraction(self.about.fps).limit_denominator(100_000)

    def frames(self, part: int = 0, parts: int = 1) -> Iterator[av.VideoFrame]:
        """Every frame in order. Read `parts` times in all, of which this is number `part`."""
        count = 0
        try:
            with av.open(f"file:{self.path}", metadata_errors="ignore") as container:
                stream = container.streams.video[0]
                stream.thread_type = "AUTO"
                for frame in upright(container.decode(stream), self._turns):
                    if self._cancelled.is_set():
                        raise Cancelled
                    yield frame
                    count += 1
                    self._told(part * self.about.frames + count, parts * self.about.frames)
        except av.error.FFmpegError as error:
            raise Unreadable(f"{self.path}: {error}") from error
        if count == 0:
            raise Unreadable(f"{self.path} has no frames.")


def rgb(frame: av.VideoFrame) -> Rgb:
    """The picture of a frame, with the colours that its clip says it has."""
    matrix = "ITU709" if frame.colorspace == _BT709 else None
    converted = frame.reformat(format="rgb24", src_colorspace=matrix, dst_colorspace=matrix)
    return cast(Rgb, converted.to_ndarray())


def describe(path: Path) -> DescribedVideo:
    """What a file is, upright, by reading its packets and of its pictures the first. Raises Unreadable."""
    return _look(path)[0]


def _look(path: Path) -> tuple[DescribedVideo, Turns]:
    try:
        with av.open(f"file:{path}", metadata_errors="ignore") as container:
            if not container.streams.video:
                raise Unreadable(f"{path} has no video.")
            stream = container.streams.video[0]
            rate = stream.average_rate or stream.guessed_rate
            frames = stream.frames or sum(1 for packet in container.demux(stream) if packet.size)
            if not rate or not frames or not stream.width or not stream.height:
                raise Unreadable(f"{path} does not say how large or how fast it is.")
            codec = stream.codec_context.name
            container.seek(0)
            turns = first_turns(container)
            width, height = stream.width, stream.height
            if lies_sideways(turns):
                width, height = height, width
            about = DescribedVideo(
                width=width,
                height=height,
                frames=frames,
                fps=float(rate),
                codec=codec,
            )
            return about, turns
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise Unreadable(f"{path}: {error}") from error
