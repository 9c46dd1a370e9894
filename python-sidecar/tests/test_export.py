"""What is exported is what the clip shows, whole or not at all."""

from __future__ import annotations

import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy
import pytest
from PIL import Image
from PIL.GifImagePlugin import GifImageFile
from workers import SIDECAR, Worker, notified

from reelwright_sidecar.contract import ExportDither, ExportQuality
from reelwright_sidecar.export.gif import export_gif
from reelwright_sidecar.export.source import Cancelled, Rgb, Source, Unreadable, rgb
from reelwright_sidecar.export.still import export_folder, export_last, export_poster, export_zip
from reelwright_sidecar.export.video import export_mp4, export_webm
from reelwright_sidecar.media.record import XMP_BOX, xmp_box, xmp_packet

SHAPE = (25, 96, 128)
FPS = 8


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the worker writes clips: H.264, BT.709; a disc that moves over a soft background."""
    path = tmp_path_factory.mktemp("clips") / "clip ü.mp4"
    frames, height, width = SHAPE
    y, x = numpy.mgrid[0:height, 0:width]
    with av.open(str(path), "w") as container:
        container.metadata["comment"] = "kept"
        stream = container.add_stream("libx264", rate=FPS, options={"crf": "16"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        context = stream.codec_context
        context.color_primaries = context.color_trc = context.colorspace = 1
        context.color_range = 1
        for number in range(frames):
            disc = (x - 20 - number * 3) ** 2 + (y - 48) ** 2 < 300
            picture = numpy.stack([x + 60, y + 80, 0 * x + 90 + number], -1)
            picture[disc] = (250, 180, 30)
            frame = av.VideoFrame.from_ndarray(picture.clip(0, 255).astype(numpy.uint8), format="rgb24")
            yuv = frame.reformat(format="yuv420p", src_colorspace="ITU709", dst_colorspace="ITU709")
            container.mux(stream.encode(yuv))
        container.mux(stream.encode(None))
    return path


def source(path: Path, cancel_after: int | None = None) -> Source:
    cancelled = threading.Event()

    def told(done: int, _of: int) -> None:
        if done == cancel_after:
            cancelled.set()

    return Source(path, cancelled, told)


def pictures(path: Path) -> list[Rgb]:
    with av.open(str(path)) as container:
        return [rgb(frame) for frame in container.decode(video=0)]


def psnr(one: Path, other: Path) -> float:
    pairs = zip(pictures(one), pictures(other), strict=True)
    error = numpy.mean([(a.astype(float) - b.astype(float)) ** 2 for a, b in pairs])
    return float(10 * numpy.log10(255**2 / error))


@pytest.mark.parametrize(
    ("quality", "webm_at_least", "mp4_at_least"), [("high", 38, 40), ("middle", 32, 35), ("small", 27, 29)]
)
def test_moving_pictures_show_the_same(
    quality: ExportQuality, webm_at_least: float, mp4_at_least: float, clip: Path, tmp_path: Path
) -> None:
    assert export_mp4(source(clip), tmp_path / "out.mp4", quality, "kept") == "h264"
    assert export_webm(source(clip), tmp_path / "out.webm", quality, None) in {"av1", "vp9"}
    assert psnr(clip, tmp_path / "out.mp4") > mp4_at_least
    assert psnr(clip, tmp_path / "out.webm") > webm_at_least
    for name in ("out.mp4", "out.webm"):
        with av.open(str(tmp_path / name)) as container:
            stream = container.streams.video[0]
            assert (stream.width, stream.height, stream.average_rate) == (128, 96, Fraction(FPS))
            assert container.duration == pytest.approx(25 / FPS * av.time_base, rel=0.01)
            assert container.metadata.get("comment") == ("kept" if name == "out.mp4" else None)
    assert {path.name for path in tmp_path.iterdir()} == {"out.mp4", "out.webm"}


def test_an_mp4_plays_while_it_loads(clip: Path, tmp_path: Path) -> None:
    export_mp4(source(clip), tmp_path / "out.mp4", "middle", None)
    data = (tmp_path / "out.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("dither", ["error-diffusion", "ordered", "none"])
def test_a_gif_has_every_frame_and_the_clips_time(dither: ExportDither, clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.gif"
    export_gif(source(clip), out, dither, None)
    with Image.open(out) as picture:
        assert isinstance(picture, GifImageFile)
        assert (picture.size, picture.n_frames, picture.info["loop"]) == ((128, 96), 25, 0)
        durations = []
        for number in range(picture.n_frames):
            picture.seek(number)
            durations.append(picture.info["duration"])
    # Hundredths of a second are all a GIF knows: 12 and 13 in turn.
    assert set(durations) <= {120, 130}
    assert sum(durations) == pytest.approx(25 / FPS * 1000, abs=10)
    assert psnr(clip, out) > 25


def test_a_gif_can_be_narrower_and_never_wider(clip: Path, tmp_path: Path) -> None:
    for asked, width in ((64, 64), (500, 128)):
        export_gif(source(clip), tmp_path / f"{asked}.gif", "none", asked)
        with Image.open(tmp_path / f"{asked}.gif") as picture:
            assert picture.size == (width, width * 96 // 128)


def test_what_is_told_of_a_gif_only_grows(clip: Path, tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    told = Source(clip, threading.Event(), lambda done, of: heard.append((done, of)))
    export_gif(told, tmp_path / "out.gif", "none", None)
    assert heard == [(done, 2 * SHAPE[0]) for done in range(1, 2 * SHAPE[0] + 1)]


def test_frames_are_those_that_are_decoded(clip: Path, tmp_path: Path) -> None:
    expected = pictures(clip)
    size = export_folder(source(clip), tmp_path / "frames", None)
    files = sorted((tmp_path / "frames").iterdir())
    assert [path.name for path in files] == [f"frame-{number:04}.png" for number in range(1, 26)]
    assert size == sum(path.stat().st_size for path in files)
    for path, picture in zip(files, expected, strict=True):
        assert numpy.array_equal(numpy.asarray(Image.open(path)), picture)
    export_zip(source(clip), tmp_path / "frames.zip", None)
    with zipfile.ZipFile(tmp_path / "frames.zip") as archive:
        assert archive.namelist() == [path.name for path in files]
        assert archive.read("frame-0025.png") == files[-1].read_bytes()


def test_pictures_and_films_say_what_the_clip_says(clip: Path, tmp_path: Path) -> None:
    record = '{"format":"reelwright-clip","prompt":"<a & b>"}'
    for out, told in ((tmp_path / "told", record), (tmp_path / "bare", None)):
        export_folder(source(clip), out, told)
        with Image.open(out / "frame-0007.png") as picture:
            assert picture.info.get("xmp") == (None if told is None else xmp_packet(told))
            assert numpy.array_equal(numpy.asarray(picture), pictures(clip)[6])
        export_mp4(source(clip), out.with_suffix(".mp4"), "small", told)
        film = out.with_suffix(".mp4").read_bytes()
        assert film.endswith(b"" if told is None else xmp_box(told))
        assert (XMP_BOX in film) == (told is not None)
        assert len(pictures(out.with_suffix(".mp4"))) == SHAPE[0]


def test_the_last_frame_is_the_very_last(clip: Path, tmp_path: Path) -> None:
    export_last(source(clip), tmp_path / "last.png")
    assert numpy.array_equal(numpy.asarray(Image.open(tmp_path / "last.png")), pictures(clip)[-1])


def test_a_poster(clip: Path, tmp_path: Path) -> None:
    export_poster(source(clip), tmp_path / "poster.webp")
    with Image.open(tmp_path / "poster.webp") as picture:
        assert (picture.format, picture.size) == ("WEBP", (128, 96))


@pytest.mark.parametrize("after", [1, 24, 30])
def test_given_up_leaves_nothing(after: int, clip: Path, tmp_path: Path) -> None:
    makers: dict[str, Callable[[Path], object]] = {
        "a.mp4": lambda out: export_mp4(source(clip, after), out, "high", None),
        "a.webm": lambda out: export_webm(source(clip, after), out, "high", None),
        "a.gif": lambda out: export_gif(source(clip, after), out, "none", None),
        "a.zip": lambda out: export_zip(source(clip, after), out, None),
        "folder": lambda out: export_folder(source(clip, after), out, None),
    }
    for name, make in makers.items():
        if after > SHAPE[0] and name != "a.gif":  # only a GIF is read twice
            continue
        with pytest.raises(Cancelled):
            make(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_replaced(clip: Path, tmp_path: Path) -> None:
    for name in ("a.mp4", "a.gif", "folder"):
        (tmp_path / name).write_text("mine")
    with pytest.raises(FileExistsError):
        export_mp4(source(clip), tmp_path / "a.mp4", "high", None)
    with pytest.raises(FileExistsError):
        export_gif(source(clip), tmp_path / "a.gif", "none", None)
    with pytest.raises(FileExistsError):
        export_folder(source(clip), tmp_path / "folder", None)
    assert sorted(path.read_text() for path in tmp_path.iterdir()) == ["mine"] * 3


@pytest.mark.parametrize("data", [b"", b"words", b"\0\0\0\x18ftypmp42" + bytes(100)])
def test_what_is_no_clip_is_said(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "no.mp4").write_bytes(data)
    with pytest.raises(Unreadable):
        source(tmp_path / "no.mp4")


def test_a_clip_that_was_cut_short_leaves_nothing(clip: Path, tmp_path: Path) -> None:
    whole = clip.read_bytes()
    cut = tmp_path / "cut.mkv"
    # The index first, so that the cut falls into the pictures.
    with av.open(str(clip)) as original, av.open(str(cut), "w") as container:
        stream = container.add_stream_from_template(original.streams.video[0])
        for packet in original.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                container.mux(packet)
    assert len(whole) > 0
    cut.write_bytes(cut.read_bytes()[:700])
    with pytest.raises(Unreadable):
        export_mp4(source(cut), tmp_path / "out.mp4", "high", None)
    assert [path.name for path in tmp_path.iterdir()] == ["cut.mkv"]


def exporter(code: str | None = None) -> Worker:
    """As the studio starts it."""
    return Worker(code, module="reelwright_sidecar.export")


def order(clip: Path, out: Path, format: dict[str, Any]) -> dict[str, Any]:
    return {"source": str(clip), "out": str(out), "format": format, "comment": None}


def test_one_process_answers_many_and_goes_with_its_pipe(clip: Path, tmp_path: Path) -> None:
    with exporter() as process:
        zipped = order(clip, tmp_path / "f.zip", {"kind": "frames", "zip": True})
        absent = order(tmp_path / "no.mp4", tmp_path / "g", {"kind": "frames", "zip": False})
        process.ask("describe", {"source": str(clip)}, 1)
        process.ask("still", {"source": str(clip), "out": str(tmp_path / "l.png"), "which": "last"}, 2)
        process.ask("export", zipped, 3)
        process.ask("export", zipped, 4)
        process.ask("export", absent, 5)
        process.ask("export", {"source": 5}, 6)
        process.ask("dance", {}, 7)
        described = process.answer(1)["result"]
        assert described == {
            **{"kind": "video", "width": 128, "height": 96, "frames": 25, "fps": 8.0, "codec": "h264"}
        }
        assert process.answer(2)["result"]["kind"] == "done"
        *_, last, answer = process.until(lambda message: message.get("id") == 3)
        assert (last["method"], last["params"]) == ("exported", {"id": 3, "done": 25, "of": 25})
        assert answer["result"]["kind"] == "done"
        assert process.answer(4)["result"]["problem"] == "exists"
        assert process.answer(5)["result"]["problem"] == "unreadable"
        assert process.answer(6)["error"]["code"] == -32602
        assert process.answer(7)["error"]["code"] == -32601
        assert process.close() == 0


def test_a_look_that_goes_wrong_ends_nothing(clip: Path) -> None:
    code = """
import runpy
from reelwright_sidecar.export import serve
look = serve.describe
def describe(path):
    if path.name == "odd":
        raise ZeroDivisionError("a clip that nobody thought of")
    return look(path)
serve.describe = describe
runpy.run_module("reelwright_sidecar.export", run_name="__main__")
"""
    with exporter(code) as process:
        process.ask("describe", {"source": "/odd"}, 1)
        process.ask("describe", {"source": str(clip)}, 2)
        assert process.answer(1)["error"] == {"code": -32603, "message": "a clip that nobody thought of"}
        assert process.answer(2)["result"]["kind"] == "video"
        assert process.close() == 0


def test_torch_is_never_loaded() -> None:
    code = "import sys, reelwright_sidecar.export.serve as s; print('torch' in sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=SIDECAR, capture_output=True, check=True, text=True
    )
    assert told.stdout.strip() == "False"


@pytest.mark.parametrize("ending", ["cancelled", "closed"])
def test_a_long_export_is_given_up(ending: str, clip: Path, tmp_path: Path) -> None:
    """The clip a hundred times over, so that there is time to give it up in."""
    long = tmp_path / "long.mkv"
    with av.open(str(clip)) as original:
        packets = [packet for packet in original.demux(video=0) if packet.dts is not None]
        with av.open(str(long), "w") as container:
            time_base = original.streams.video[0].time_base
            assert time_base is not None
            stream = container.add_stream_from_template(original.streams.video[0])
            length = sum(packet.duration or 0 for packet in packets)
            times = [(packet.pts or 0, packet.dts or 0) for packet in packets]
            for turn in range(100):
                for packet, (pts, dts) in zip(packets, times, strict=True):
                    packet.stream, packet.pts, packet.dts = stream, pts + turn * length, dts + turn * length
                    packet.time_base = time_base
                    container.mux(packet)
    with exporter() as process:
        process.ask("export", order(long, tmp_path / "out.mp4", {"kind": "mp4", "quality": "high"}), 1)
        process.until(notified("exported"))
        assert any(path.name.startswith(".") for path in tmp_path.iterdir())
        if ending == "cancelled":
            process.cancel(1)
            assert process.answer(1)["result"] == {"kind": "cancelled"}
        assert process.close() == 0
        assert [path.name for path in tmp_path.iterdir()] == ["long.mkv"]


@pytest.mark.skipif(sys.platform != "linux", reason="a size limit for files as this one is Linux's")
def test_a_full_disk_has_its_name(clip: Path, tmp_path: Path) -> None:
    """The system refuses to let any file of the process grow beyond a few pages."""
    code = (
        "import resource, signal, runpy; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096));"
        "runpy.run_module('reelwright_sidecar.export', run_name='__main__')"
    )
    for format, name in (
        ({"kind": "mp4", "quality": "high"}, "a.mp4"),
        ({"kind": "gif", "dither": "none", "width": None}, "a.gif"),
        ({"kind": "frames", "zip": True}, "a.zip"),
        ({"kind": "frames", "zip": False}, "a"),
    ):
        with exporter(code) as process:
            process.ask("export", order(clip, tmp_path / name, format), 1)
            result = process.answer(1)["result"]
            assert result["problem"] == "full", (name, result["detail"])
            assert process.close() == 0
        assert list(tmp_path.iterdir()) == []
