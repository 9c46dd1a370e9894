"""Clips from elsewhere: sound stays, and what lies on its side is put upright."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import cast

import av
import numpy
import pytest
from av.audio.stream import AudioStream
from PIL import Image

from reelwright_sidecar.export.gif import export_gif
from reelwright_sidecar.export.source import Rgb, Source, describe, rgb
from reelwright_sidecar.export.still import export_folder, export_last, export_poster
from reelwright_sidecar.export.video import export_mp4, export_webm

FPS = 10
SECONDS = 2
WIDTH, HEIGHT = 128, 64
RED, BLUE, GREEN = (200, 30, 30), (30, 30, 200), (30, 160, 30)
CORNER = 24


def film(
    path: Path,
    turned: int = 0,
    mirrored: str = "",
    codec: str | None = "aac",
    layout: str = "stereo",
) -> Path:
    """Red on the left, blue on the right, green in the corner at the top of the right, with a tone; to be turned by so
    many degrees against the clock and then mirrored."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"crf": "10"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        if turned or mirrored:
            stream.set_display_rotation(turned, hflip=mirrored == "hflip", vflip=mirrored == "vflip")
        heard = None
        if codec is not None:
            heard = cast(AudioStream, container.add_stream(codec, rate=48_000, layout=layout))
        picture = numpy.zeros((HEIGHT, WIDTH, 3), numpy.uint8)
        picture[:, : WIDTH // 2], picture[:, WIDTH // 2 :] = RED, BLUE
        picture[:CORNER, -CORNER:] = GREEN
        for _ in range(FPS * SECONDS):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
        if heard is not None:
            wave = 0.4 * numpy.sin(numpy.arange(48_000 * SECONDS) * 2 * numpy.pi * 440 / 48_000)
            samples = numpy.tile(wave.astype(numpy.float32), (1 if layout == "mono" else 2, 1))
            frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout=layout)
            frame.sample_rate, frame.pts = 48_000, 0
            fitted = av.AudioResampler(heard.codec_context.format, layout, 48_000, heard.frame_size or 1024)
            for part in [*fitted.resample(frame), *fitted.resample(None)]:
                container.mux(heard.encode(part))
            container.mux(heard.encode(None))
    return path


def source(path: Path) -> Source:
    return Source(path, threading.Event(), lambda _done, _of: None)


def heard(path: Path) -> tuple[str, float, float]:
    """The codec, the length in seconds and the loudness of a clip's sound."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        parts = [frame.to_ndarray().astype(float) for frame in container.decode(stream)]
        whole = numpy.concatenate([part.reshape(part.shape[0], -1) for part in parts], axis=1)
        return stream.codec_context.name, whole.shape[1] / stream.rate, float(numpy.abs(whole).max())


def picture_of(path: Path) -> Rgb:
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        assert frame.rotation == 0
        return rgb(frame)


def is_like(pixel: Rgb, colour: tuple[int, int, int]) -> bool:
    return bool(numpy.abs(numpy.asarray(pixel[:3], int) - colour).max() < 60)


@pytest.mark.parametrize(("codec", "layout"), [("aac", "stereo"), ("aac", "mono"), ("libopus", "stereo")])
def test_sound_stays_in_mp4_as_it_is(codec: str, layout: str, tmp_path: Path) -> None:
    clip = film(tmp_path / "clip.mp4", codec=codec, layout=layout)
    out = tmp_path / "out.mp4"
    export_mp4(source(clip), out, "middle", "kept")
    before, after = heard(clip), heard(out)
    assert after[0] == before[0]
    assert after[1] == pytest.approx(before[1], abs=0.03)
    assert after[2] == pytest.approx(before[2], abs=0.01)
    with av.open(str(out)) as container:
        assert container.metadata["comment"] == "kept"
        assert container.streams.video[0].frames == FPS * SECONDS


@pytest.mark.parametrize("codec", ["aac", "libopus"])
def test_webm_has_the_sound_in_a_form_that_it_can_hold(codec: str, tmp_path: Path) -> None:
    clip = film(tmp_path / "clip.mp4", codec=codec)
    out = tmp_path / "out.webm"
    export_webm(source(clip), out, "small", None)
    name, seconds, loudness = heard(out)
    assert name in {"opus", "libopus"}
    assert seconds == pytest.approx(SECONDS, abs=0.1)
    assert loudness > 0.2


def test_a_clip_without_sound_gets_none(tmp_path: Path) -> None:
    clip = film(tmp_path / "clip.mp4", codec=None)
    export_mp4(source(clip), tmp_path / "out.mp4", "small", None)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert not container.streams.audio


def test_sound_that_is_damaged_does_not_take_the_pictures_with_it(tmp_path: Path) -> None:
    clip = film(tmp_path / "clip.mp4", codec="aac")
    with av.open(str(clip)) as container:
        stream = container.streams.audio[0]
        places = [(packet.pos, packet.size) for packet in container.demux(stream) if packet.pos]
    data = bytearray(clip.read_bytes())
    for pos, size in places[len(places) // 2 :]:
        data[pos : pos + size] = b"\xff" * size
    clip.write_bytes(data)
    out = tmp_path / "out.webm"
    export_webm(source(clip), out, "small", None)
    with av.open(str(out)) as container:
        assert sum(1 for _ in container.decode(video=0)) == FPS * SECONDS


# As FFmpeg's own player turns and mirrors them: where red lies then, and in which corner green.
STANDING = {
    (90, ""): ("bottom", "top left"),
    (180, ""): ("right", "bottom left"),
    (-90, ""): ("top", "bottom right"),
    (0, "hflip"): ("right", "top left"),
    (0, "vflip"): ("left", "bottom right"),
    (90, "hflip"): ("bottom", "top right"),
    (-90, "hflip"): ("top", "bottom left"),
}


@pytest.mark.parametrize(("turned", "mirrored"), STANDING)
def test_what_does_not_stand_upright_is_put_so(turned: int, mirrored: str, tmp_path: Path) -> None:
    clip = film(tmp_path / "clip.mp4", turned=turned, mirrored=mirrored)
    size = (HEIGHT, WIDTH) if turned % 180 else (WIDTH, HEIGHT)
    about = describe(clip)
    assert (about.width, about.height) == size
    export_mp4(source(clip), tmp_path / "out.mp4", "high", None)
    export_webm(source(clip), tmp_path / "out.webm", "high", None)
    export_gif(source(clip), tmp_path / "out.gif", "none", None)
    export_folder(source(clip), tmp_path / "frames", None)
    export_last(source(clip), tmp_path / "last.png")
    export_poster(source(clip), tmp_path / "poster.webp")
    stills = [tmp_path / "frames" / "frame-0001.png", tmp_path / "last.png", tmp_path / "poster.webp"]
    shown = [picture_of(tmp_path / f"out.{kind}") for kind in ("mp4", "webm", "gif")]
    shown += [numpy.asarray(Image.open(still).convert("RGB")) for still in stills]
    edge, corner = STANDING[turned, mirrored]
    for picture in shown:
        height, width = picture.shape[:2]
        assert (width, height) == size
        places = {"top": 4, "bottom": height - 5, "left": 4, "right": width - 5}
        along = (places[edge], width // 2) if edge in {"top", "bottom"} else (height // 2, places[edge])
        assert is_like(picture[along], RED)
        assert is_like(picture[tuple(places[side] for side in corner.split())], GREEN)
