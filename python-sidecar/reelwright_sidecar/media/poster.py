"""The poster: a small still of a clip."""

from __future__ import annotations

import io
from itertools import islice
from pathlib import Path

import av
from PIL import Image

from ..files import write_whole
from .record import is_record, xmp_packet
from .upright import turns_of, upright

WIDTH = 480


def write_poster(clip: Path, poster: Path) -> None:
    """Writes the frame a third into the clip as WebP, at most 480 pixels wide; it appears whole or not at all.
    It carries the clip's record, as the clip does.

    Raises StorageError, OSError or FFmpeg's errors.
    """
    with av.open(f"file:{clip}", metadata_errors="ignore") as container:
        stream = container.streams.video[0]
        frame = next(islice(container.decode(stream), stream.frames // 3, None))
        frame = next(upright([frame], turns_of(frame)))
        record = container.metadata.get("comment", "").strip()
        rgb = frame.reformat(format="rgb24", src_colorspace="ITU709", dst_colorspace="ITU709")
        picture = Image.fromarray(rgb.to_ndarray())
    picture.thumbnail((WIDTH, picture.height), Image.Resampling.LANCZOS)
    encoded = io.BytesIO()
    told = {"xmp": xmp_packet(record)} if is_record(record) else {}
    picture.save(encoded, "WEBP", quality=85, **told)
    write_whole(poster, encoded.getvalue())
