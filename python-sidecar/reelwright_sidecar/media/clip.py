"""The clip: H.264 in MP4, written frame by frame under a hidden name, given its own name when complete."""

from __future__ import annotations

import hashlib
import os
from contextlib import ExitStack, suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy

from ..files import discard, publish, storing
from ..libraries import av
from .record import Made, completed, patch_comment, same_clip, with_room, xmp_box
from .sink import Sink

# CRF 16 is beyond what an eye can tell. No macroblock tree: its AVX-512 code decides differently about equal frames of
# narrow clips from run to run (x264 of PyAV 18.1), and equal frames shall give equal files.
_X264 = {"crf": "16", "preset": "medium", "mbtree": "0"}


def temporary_of(out: Path, job: str) -> Path:
    """The hidden name, in the folder of `out`, under which the clip of a job is written."""
    return out.with_name(f".reelwright-{hashlib.sha256(job.encode()).hexdigest()[:16]}.part.mp4")


def check_destination(out: Path, job: str, overwrite: bool) -> None:
    """Finds out before any work is done whether `out` can be written; clears away what a killed run left there.

    Raises StorageError.
    """
    with storing(out):
        if os.path.lexists(out) and not overwrite:
            raise FileExistsError(17, "The file exists", str(out))
        if out.is_dir():
            raise IsADirectoryError(21, "The clip's name is that of a folder", str(out))
        temporary = temporary_of(out, job)
        temporary.unlink(missing_ok=True)
        temporary.touch()
        temporary.unlink()


class ClipWriter:
    """Writes one clip. Use as a context: leaving it without `finish` removes what was written.

    The same frames, rate and metadata give the same bytes. Raises StorageError and MemoryError.
    """

    def __init__(self, out: Path, job: str, width: int, height: int, fps: int, metadata: str) -> None:
        self._out = out
        self._metadata = metadata
        self._comment = with_room(metadata)
        self._temporary = temporary_of(out, job)
        self._tick = Fraction(1, fps)
        self.frames = 0
        with storing(out), ExitStack() as undo:
            undo.callback(discard, self._temporary)
            self._file = undo.enter_context(Sink(self._temporary, "w+b"))
            # faststart: the index goes before the pictures, so that a clip plays while it loads. FFmpeg then reads
            # back what it wrote, through io_open.
            self._container = av.open(
                self._file,
                "w",
                format="mp4",
                options={"movflags": "+faststart", "fflags": "+bitexact"},
                io_open=lambda *_: Sink(self._temporary, "rb"),
            )
            undo.callback(self._close)
            self._container.metadata["comment"] = self._comment
            stream = self._container.add_stream("libx264", rate=fps)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            stream.options = dict(_X264)
            context = stream.codec_context
            context.color_primaries = context.color_trc = context.colorspace = 1  # BT.709
            context.color_range = 1  # limited
            self._stream = stream
            self._undo = undo.pop_all()

    def __enter__(self) -> ClipWriter:
        return self

    def write(self, frames: numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.uint8]]) -> None:
        """Adds frames: uint8 [frames, height, width, 3], RGB."""
        with storing(self._out):
            for picture in frames:
                rgb = av.VideoFrame.from_ndarray(numpy.ascontiguousarray(picture), format="rgb24")
                frame = rgb.reformat(format="yuv420p", src_colorspace="ITU709", dst_colorspace="ITU709")
                frame.pts = self.frames
                frame.time_base = self._tick
                self._encode(frame)
                self.frames += 1

    def finish(self, overwrite: bool, made: Made | None = None) -> int:
        """Completes the clip and its record and gives it its name; the size in bytes."""
        with storing(self._out):
            self._encode(None)
            self._container.close()
            record = completed(self._metadata, made)
            patch_comment(self._file, self._comment, record)
            self._file.seek(0, os.SEEK_END)
            self._file.write(xmp_box(record))
            size = self._file.sync()
            self._file.close()
            publish(self._temporary, self._out, overwrite)
            return size

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._undo.close()

    def _encode(self, frame: Any) -> None:
        """None: what the encoder still has in hand."""
        try:
            packets = self._stream.encode(frame)
        except av.error.ExternalError as error:
            # x264 is given nothing but settings that it takes: what it lacks is memory.
            raise MemoryError("The encoder cannot begin or go on.") from error
        self._container.mux(packets)

    def _close(self) -> None:
        with suppress(OSError, av.error.FFmpegError):
            self._container.close()


def read_settings(clip: Path) -> str | None:
    """The settings text that a clip carries, or None. Raises OSError when the file is no clip."""
    with av.open(f"file:{clip}", metadata_errors="ignore") as container:
        return container.metadata.get("comment")


def is_clip_of(out: Path, metadata: str) -> bool:
    """Whether the complete clip of this very record, which names its job, is there already."""
    try:
        return out.is_file() and same_clip(read_settings(out) or "", metadata)
    except (OSError, ValueError, av.error.FFmpegError):
        return False
