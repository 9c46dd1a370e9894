"""MP4 with H.264, WebM with AV1 or VP9."""

from __future__ import annotations

import os
from contextlib import ExitStack, closing
from pathlib import Path
from typing import cast

import av
import av.codec
from av.video.stream import VideoStream

from ..contract import ExportQuality
from ..media.record import xmp_box
from ..media.sink import Sink
from .appear import writing_file
from .sound import Sound
from .source import Source

_CRF: dict[str, dict[ExportQuality, str]] = {
    "libx264": {"high": "16", "middle": "21", "small": "27"},
    "libsvtav1": {"high": "18", "middle": "30", "small": "42"},
    "libvpx-vp9": {"high": "18", "middle": "31", "small": "42"},
}
_OPTIONS: dict[str, dict[str, str]] = {
    "libx264": {"preset": "medium"},
    "libsvtav1": {"preset": "8"},
    "libvpx-vp9": {"b": "0", "row-mt": "1", "deadline": "good", "cpu-used": "4"},
}
# What the encoder for AV1 takes at the least.
_AV1_SIDE = 64


def export_mp4(source: Source, out: Path, quality: ExportQuality, comment: str | None) -> str:
    """Writes H.264 in MP4; the name of the codec."""
    return _encode(source, out, "mp4", "libx264", quality, comment)


def export_webm(source: Source, out: Path, quality: ExportQuality, comment: str | None) -> str:
    """Writes AV1 in WebM where this FFmpeg can, else VP9; the name of the codec."""
    small = min(source.about.width, source.about.height) < _AV1_SIDE
    if "libsvtav1" in av.codec.codecs_available and not small:
        return _encode(source, out, "webm", "libsvtav1", quality, comment)
    return _encode(source, out, "webm", "libvpx-vp9", quality, comment)


def _encode(
    source: Source, out: Path, format: str, codec: str, quality: ExportQuality, comment: str | None
) -> str:
    about = source.about
    # Chroma is a quarter of the picture: odd sides lose their last line.
    width, height = about.width - about.width % 2, about.height - about.height % 2
    with writing_file(out) as temporary, Sink(temporary, "w+b") as file:
        container = av.open(
            file,
            "w",
            format=format,
            options={"movflags": "+faststart", "fflags": "+bitexact"} if format == "mp4" else {},
            # To put the index first, FFmpeg reads back what it wrote.
            io_open=lambda *_: Sink(temporary, "rb"),
        )
        with container, ExitStack() as heard:
            if comment is not None:
                container.metadata["comment"] = comment
            stream = cast(VideoStream, container.add_stream(codec, rate=source.rate))
            stream.options = {**_OPTIONS[codec], "crf": _CRF[codec][quality]}
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            context = stream.codec_context
            sound = heard.enter_context(closing(Sound(source.path, container, format)))
            for number, frame in enumerate(source.frames()):
                if number == 0:
                    for name in ("color_primaries", "color_trc", "colorspace", "color_range"):
                        setattr(context, name, getattr(frame, name, None) or 0)
                plain = frame.reformat(width=width, height=height, format="yuv420p")
                plain.pts, plain.time_base = number, 1 / source.rate
                plain.pict_type = 0  # the encoder decides anew which frames are key frames
                container.mux(stream.encode(plain))
                sound.until(float(number / source.rate))
            container.mux(stream.encode(None))
            sound.until(None)
            name = context.codec.canonical_name
        if format == "mp4" and comment is not None:
            # Where `udta` is thrown away, this stays.
            file.seek(0, os.SEEK_END)
            file.write(xmp_box(comment))
    return name
