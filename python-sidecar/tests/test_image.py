"""The first frame: how it is fitted, and what is refused before anything is loaded."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy
import pytest
from conftest import MakeOrder
from in_process import run
from PIL import Image

from reelwright_sidecar.contract import BadInputFailure, RenderFailed
from reelwright_sidecar.failure import BadInput
from reelwright_sidecar.media.image import load_first_frame


def problem_of(path: Path) -> str:
    with pytest.raises(BadInput) as caught:
        load_first_frame(path, 48, 32)
    return caught.value.problem


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\x00"))
        + chunk(b"IEND", b"")
    )


def test_missing(tmp_path: Path) -> None:
    assert problem_of(tmp_path / "none.png") == "image-missing"
    assert problem_of(tmp_path) == "image-missing"


@pytest.mark.parametrize("content", [b"", b"hello", b"<svg/>", b"\x89PNG\r\n\x1a\n", b"\x00" * 4096])
def test_not_an_image(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    file.write_bytes(content)
    assert problem_of(file) == "image-unreadable"


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp", "gif"])
def test_truncated(suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"picture.{suffix}"
    pixels = numpy.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=numpy.uint8)
    Image.fromarray(pixels).save(file)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    assert problem_of(file) in ("image-truncated", "image-unreadable")


@pytest.mark.parametrize("size", [(9000, 9000), (16000, 16000), (100_000, 100_000)])
def test_enormous(size: tuple[int, int], tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    file.write_bytes(png_header(*size))
    assert problem_of(file) == "image-too-large"


def test_refused_before_the_weights_are_read(
    make_order: MakeOrder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reelwright_sidecar.render.load_component", None)
    result = run(make_order("image", image=str(tmp_path / "none.png")))
    assert isinstance(result.outcome, RenderFailed)
    assert isinstance(result.outcome.failure, BadInputFailure)
    assert result.outcome.failure.problem == "image-missing"
    assert result.outcome.failure.phase is None


def test_cropped_evenly_not_stretched(tmp_path: Path) -> None:
    # Blue, then a green square, then red: of the wide picture the middle remains.
    pixels = numpy.zeros((32, 96, 3), dtype=numpy.uint8)
    pixels[:, :24, 2] = pixels[:, 24:72, 1] = pixels[:, 72:, 0] = 255
    file = tmp_path / "wide.png"
    Image.fromarray(pixels).save(file)
    frame = numpy.array(load_first_frame(file, 48, 32))
    assert frame.shape == (32, 48, 3)
    assert (frame == [0, 255, 0]).all()


def test_a_picture_of_the_right_size_is_taken_as_it_is(picture: Path) -> None:
    assert numpy.array_equal(numpy.array(load_first_frame(picture, 48, 32)), numpy.array(Image.open(picture)))


def test_turned_as_the_camera_says(tmp_path: Path) -> None:
    pixels = numpy.zeros((48, 32, 3), dtype=numpy.uint8)
    pixels[:24] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned right by 90 degrees
    file = tmp_path / "turned.png"
    Image.fromarray(pixels).save(file, exif=exif)
    frame = numpy.array(load_first_frame(file, 48, 32))
    assert frame[:, 40].min() == 255
    assert frame[:, 4].max() == 0


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "PA"])
def test_transparency_is_laid_on_white(mode: str, tmp_path: Path) -> None:
    file = tmp_path / "clear.png"
    clear = Image.new("RGBA", (48, 32), (200, 0, 0, 0))
    if mode == "PA":
        clear.quantize(4).save(file, transparency=0)
    elif mode == "P":
        clear.quantize(4).save(file)
    else:
        clear.convert(mode).save(file)
    assert (numpy.array(load_first_frame(file, 48, 32)) == 255).all()


@pytest.mark.parametrize(("mode", "value"), [("L", 128), ("1", 1), ("CMYK", (0, 0, 0, 127)), ("I;16", 32768)])
def test_other_kinds_of_pixels(mode: str, value: int | tuple[int, ...], tmp_path: Path) -> None:
    file = tmp_path / "grey.tif"
    Image.new(mode, (48, 32), value).save(file)
    frame = numpy.array(load_first_frame(file, 48, 32))
    assert abs(int(frame[0, 0, 0]) - (255 if mode == "1" else 128)) <= 1
    assert frame.min() == frame.max()
