"""Single frames: all of them as PNG, the last one, or a poster."""

from __future__ import annotations

import io
import zipfile
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ..media.poster import write_poster
from ..media.record import xmp_packet
from .appear import writing_file, writing_folder
from .source import Source, rgb


def export_folder(source: Source, out: Path, record: str | None) -> int:
    """Every frame as a PNG in a new folder, each with the clip's record; the bytes in all."""
    size = 0
    with writing_folder(out) as folder:
        for name, data in _pictures(source, record):
            (folder / name).write_bytes(data)
            size += len(data)
    return size


def export_zip(source: Source, out: Path, record: str | None) -> None:
    """The same in a zip. PNG is packed already: nothing is packed twice."""
    with writing_file(out) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
        for name, data in _pictures(source, record):
            # The same frames give the same bytes.
            archive.writestr(zipfile.ZipInfo(name), data)


def export_last(source: Source, out: Path) -> None:
    """The very last frame as PNG, as it is decoded."""
    (frame,) = deque(source.frames(), maxlen=1)
    with writing_file(out) as temporary:
        temporary.write_bytes(_png(Image.fromarray(rgb(frame))))


def export_poster(source: Source, out: Path) -> None:
    """A small still as WebP, as a render leaves it."""
    write_poster(source.path, out)


def _pictures(source: Source, record: str | None) -> Iterator[tuple[str, bytes]]:
    told = PngInfo()
    if record is not None:
        told.add_itxt("XML:com.adobe.xmp", xmp_packet(record).decode())
    digits = max(4, len(str(source.about.frames)))
    for number, frame in enumerate(source.frames(), 1):
        yield f"frame-{number:0{digits}d}.png", _png(Image.fromarray(rgb(frame)), told)


def _png(picture: Image.Image, told: PngInfo | None = None) -> bytes:
    encoded = io.BytesIO()
    picture.save(encoded, "PNG", compress_level=6, pnginfo=told)
    return encoded.getvalue()
