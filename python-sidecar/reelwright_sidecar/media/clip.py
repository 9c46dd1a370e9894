"""The clip: H.264 in MP4, written frame by frame under a hidden name, given its own name when complete."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import numpy

from ..failure import StorageError
from ..files import publish, storing, sync_file
from ..libraries import av

_CRF = "16"
# No B-frames: with them x264 now and then decides differently about the very same frames, and equal frames shall give
# equal files.


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

    The same frames, rate and metadata give the same bytes. Raises StorageError.
    """

    def __init__(self, out: Path, job: str, width: int, height: int, fps: int, metadata: str) -> None:
        self._out = out
        self._temporary = temporary_of(out, job)
        self.frames = 0
        with storing(out):
            # faststart: the index goes before the pictures, so that a clip plays while it loads.
            self._container = av.open(
                f"file:{self._temporary}",
                "w",
                format="mp4",
                options={"movflags": "+faststart", "fflags": "+bitexact"},
            )
            self._container.metadata["comment"] = metadata
            stream = self._container.add_stream("libx264", rate=fps)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            stream.time_base = Fraction(1, fps)
            stream.options = {"crf": _CRF, "preset": "medium", "x264-params": "bframes=0"}
            context = stream.codec_context
            context.color_primaries = context.color_trc = context.colorspace = 1  # BT.709
            context.color_range = 1  # limited
            self._stream = stream

    def __enter__(self) -> ClipWriter:
        return self

    def write(self, frames: numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.uint8]]) -> None:
        """Adds frames: uint8 [frames, height, width, 3], RGB."""
        with storing(self._out):
            for picture in frames:
                rgb = av.VideoFrame.from_ndarray(numpy.ascontiguousarray(picture), format="rgb24")
                frame = rgb.reformat(format="yuv420p", src_colorspace="ITU709", dst_colorspace="ITU709")
                frame.pts = self.frames
                frame.time_base = self._stream.time_base
                self._container.mux(self._stream.encode(frame))
                self.frames += 1

    def finish(self, overwrite: bool) -> int:
        """Completes the clip and gives it its name; the size in bytes."""
        with storing(self._out):
            self._container.mux(self._stream.encode(None))
            self._container.close()
            sync_file(self._temporary)
            size = self._temporary.stat().st_size
            publish(self._temporary, self._out, overwrite)
            return size

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError, StorageError, av.error.FFmpegError):
            self._container.close()
        with suppress(OSError):
            self._temporary.unlink(missing_ok=True)


def read_settings(clip: Path) -> str | None:
    """The settings text that a clip carries, or None. Raises OSError when the file is no clip."""
    with av.open(f"file:{clip}") as container:
        return container.metadata.get("comment")
