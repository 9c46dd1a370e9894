"""The poster: which frame, how large, and that a clip never depends on it."""

from __future__ import annotations

from pathlib import Path

import av
import numpy
import pytest
from conftest import MakeOrder
from in_process import run
from PIL import Image

from reelwright_sidecar.contract import RenderDone
from reelwright_sidecar.export.source import describe
from reelwright_sidecar.files import StorageError
from reelwright_sidecar.media.clip import ClipWriter, is_clip_of
from reelwright_sidecar.media.poster import write_poster
from reelwright_sidecar.media.record import xmp_packet

COLOURS = ((220, 30, 30), (30, 200, 40), (40, 60, 210))


def write_clip(path: Path, frames: int, width: int, height: int, record: str = "{}") -> Path:
    """Frames of one colour each, in turn."""
    with ClipWriter(path, "job", width, height, 8, record) as writer:
        for number in range(frames):
            writer.write(numpy.full((1, height, width, 3), COLOURS[number % 3], dtype=numpy.uint8))
        writer.finish(overwrite=False)
    return path


@pytest.mark.parametrize(
    ("frames", "width", "height", "size", "shown"),
    [
        (17, 256, 160, (256, 160), 5),
        (9, 720, 480, (480, 320), 3),
        (1, 1360, 768, (480, 271), 0),
        (25, 16, 1024, (16, 1024), 8),
    ],
)
def test_which_frame_and_how_large(
    frames: int, width: int, height: int, size: tuple[int, int], shown: int, tmp_path: Path
) -> None:
    poster = tmp_path / "poster.webp"
    write_poster(write_clip(tmp_path / "clip.mp4", frames, width, height), poster)
    with Image.open(poster) as opened:
        assert opened.format == "WEBP"
        assert opened.size == size
        middle = opened.convert("RGB").getpixel((size[0] // 2, size[1] // 2))
    assert isinstance(middle, tuple)
    assert max(abs(got - want) for got, want in zip(middle, COLOURS[shown % 3], strict=True)) <= 6
    assert sorted(file.name for file in tmp_path.iterdir()) == ["clip.mp4", "poster.webp"]


def test_it_says_what_the_clip_says(tmp_path: Path) -> None:
    record = '{"format":"reelwright-clip","seed":7,"prompt":"<a & b>"}'
    write_poster(write_clip(tmp_path / "clip.mp4", 3, 64, 48, record), tmp_path / "told.webp")
    with Image.open(tmp_path / "told.webp") as opened:
        assert opened.info["xmp"] == xmp_packet(record)
    write_poster(write_clip(tmp_path / "other.mp4", 3, 64, 48, '{"seed":7}'), tmp_path / "bare.webp")
    with Image.open(tmp_path / "bare.webp") as opened:
        assert "xmp" not in opened.info


@pytest.mark.parametrize(
    "comment",
    [
        pytest.param('"reelwright-clip"' + "[" * 100_000, id="deep"),
        pytest.param('{"format":"reelwright-clip","x":"' + "x" * 300_000 + '"}', id="long"),
        pytest.param("caf\xe9 \xff, latin-1".encode("latin-1"), id="latin-1"),
    ],
)
def test_what_stands_in_the_clip_of_somebody_else(comment: str | bytes, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    written = comment if isinstance(comment, str) else "#" * len(comment)
    other = tmp_path / "other.mp4"
    write_clip(clip, 3, 64, 48)
    with av.open(str(clip)) as whole, av.open(str(other), "w") as copy:
        copy.metadata["comment"] = written
        stream = copy.add_stream_from_template(whole.streams.video[0])
        for packet in whole.demux(whole.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                copy.mux(packet)
    if isinstance(comment, bytes):
        other.write_bytes(other.read_bytes().replace(written.encode(), comment))
        assert comment in other.read_bytes()
    write_poster(other, tmp_path / "poster.webp")
    with Image.open(tmp_path / "poster.webp") as opened:
        assert "xmp" not in opened.info
    assert not is_clip_of(other, '{"seed":7}')
    assert describe(other).frames == 3


def test_it_replaces_an_older_one_whole(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 3, 64, 48)
    poster = tmp_path / "poster.webp"
    poster.write_bytes(b"older")
    write_poster(clip, poster)
    with Image.open(poster) as opened:
        assert opened.size == (64, 48)


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 3, 64, 48)
    (tmp_path / "poster.webp").mkdir()
    with pytest.raises(StorageError):
        write_poster(clip, tmp_path / "poster.webp")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["clip.mp4", "poster.webp"]


def test_a_render_leaves_one(make_order: MakeOrder, tmp_path: Path) -> None:
    poster = tmp_path / "poster.webp"
    order = make_order("text", order={"poster": str(poster)})
    assert isinstance(run(order).outcome, RenderDone)
    with Image.open(poster) as opened:
        assert opened.size == (48, 32)
    # Cut after the clip had its name: the next try finds the clip, and makes what is still missing.
    poster.unlink()
    again = run(order)
    assert isinstance(again.outcome, RenderDone)
    assert again.outcome.kept.kind == "latents"
    assert poster.is_file()


@pytest.mark.parametrize("again", [False, True])
def test_a_clip_without_its_poster_is_done(
    again: bool, make_order: MakeOrder, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    order = make_order("text", order={"poster": str(tmp_path / "nowhere" / "poster.webp")})
    for _ in range(2 if again else 1):
        assert isinstance(run(order).outcome, RenderDone)
        assert "nowhere" in capfd.readouterr().err
    assert not (tmp_path / "nowhere").exists()
