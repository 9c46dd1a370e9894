"""The clip appears whole or not at all, carries its settings, and plays like any other."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy
import pytest
import torch
from conftest import MakeOrder
from in_process import on_loading, run

from reelwright_sidecar.contract import (
    BadFramesFailure,
    DiskFullFailure,
    NotWritableFailure,
    PhaseProgress,
    RenderDone,
    RenderFailed,
    StepProgress,
)
from reelwright_sidecar.files import StorageError
from reelwright_sidecar.media.clip import ClipWriter, is_clip_of, read_settings, temporary_of
from reelwright_sidecar.media.record import XMP_BOX, patch_comment
from reelwright_sidecar.placement import Component

root_on_linux = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="needs root on Linux to mount a small disk"
)


def frames(count: int = 9, width: int = 64, height: int = 48) -> numpy.ndarray:
    """Colours that move."""
    y, x = numpy.mgrid[0:height, 0:width]
    return numpy.stack(
        [numpy.stack([(x * 4) % 256, (y * 5 + i * 9) % 256, 0 * x + i * 20], -1) for i in range(count)]
    ).astype(numpy.uint8)


def write(out: Path, pictures: numpy.ndarray, metadata: str = "{}", overwrite: bool = False) -> bytes:
    height, width = pictures.shape[1:3]
    with ClipWriter(out, "job", width, height, 8, metadata) as writer:
        writer.write(pictures)
        writer.finish(overwrite)
    return out.read_bytes()


def settings_of(clip: Path) -> dict[str, object]:
    """What it says of itself, the same in both places where there are two."""
    comment = json.loads(read_settings(clip) or "null")
    assert isinstance(comment, dict)
    data = clip.read_bytes()
    if XMP_BOX in data:
        found = re.search(
            r"<reelwright:settings>(.*)</reelwright:settings>", data.decode("latin1"), re.DOTALL
        )
        assert found is not None
        assert json.loads(html.unescape(found[1])) == comment
    return comment


def test_what_is_in_it(tmp_path: Path) -> None:
    out = tmp_path / "clip.mp4"
    data = write(out, frames())
    with av.open(str(out)) as container:
        video = container.streams.video[0]
        context = video.codec_context
        assert (context.name, context.pix_fmt, context.width, context.height) == ("h264", "yuv420p", 64, 48)
        assert (context.color_primaries, context.color_trc, context.colorspace, context.color_range) == (
            1,
            1,
            1,
            1,
        )
        assert video.average_rate == 8
        decoded = [frame.to_ndarray(format="rgb24") for frame in container.decode(video)]
    assert len(decoded) == 9
    error = numpy.abs(numpy.stack(decoded)[:, 4:-4, 4:-4, 1].astype(int) - frames()[:, 4:-4, 4:-4, 1])
    assert numpy.median(error) <= 4
    assert data.index(b"moov") < data.index(b"mdat"), "the index comes first, so that it plays while loading"


def test_equal_frames_give_equal_bytes(tmp_path: Path) -> None:
    clips = {write(tmp_path / f"{number}.mp4", frames(33, 48, 32)) for number in range(20)}
    assert len(clips) == 1


@pytest.mark.parametrize(
    "metadata", ["{}", '{"prompt":"élan ☂ 紙の世界"}', '{"prompt":"' + "word \\n" * 3000 + '"}']
)
def test_the_settings_travel_with_the_clip(metadata: str, tmp_path: Path) -> None:
    out = tmp_path / "clip.mp4"
    write(out, frames(), metadata)
    assert settings_of(out) == json.loads(metadata)
    # As `ffmpeg -c copy` does: packets and metadata into a new file.
    copy = tmp_path / "copy.mp4"
    with av.open(str(out)) as source, av.open(str(copy), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        target.metadata.update(source.metadata)
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    assert settings_of(copy) == json.loads(metadata)


def test_the_clip_says_when_it_was_made_and_how_long_it_took(make_order: MakeOrder) -> None:
    order = make_order("text")
    assert isinstance(run(order).outcome, RenderDone)
    told = settings_of(Path(order.out))
    assert isinstance(told["createdAt"], int)
    assert isinstance(told["seconds"], float)
    phases = told["phaseSeconds"]
    assert isinstance(phases, dict)
    assert set(phases) == {"loading", "encoding", "denoising", "decoding", "finishing"}
    assert 0 < sum(phases.values()) <= told["seconds"] + 0.01
    # And it is still known as the clip of this order, and of no other.
    assert is_clip_of(Path(order.out), order.metadata)
    assert not is_clip_of(Path(order.out), '{"prompt":"something else"}')
    assert XMP_BOX in Path(order.out).read_bytes()


def test_a_record_without_its_room_is_not_written_over_the_film(tmp_path: Path) -> None:
    out = tmp_path / "clip.mp4"
    data = write(out, frames())
    with out.open("r+b") as file, pytest.raises(ValueError, match="longer"):
        patch_comment(file, "{}", '{"seed":7}')
    with out.open("r+b") as file, pytest.raises(ValueError, match="not where"):
        patch_comment(file, '{"not":"there"}', "{}")
    assert out.read_bytes() == data


def test_the_settings_survive_ffmpeg(tmp_path: Path) -> None:
    imageio_ffmpeg = pytest.importorskip("imageio_ffmpeg", reason="the ffmpeg program is not installed")
    out = tmp_path / "clip.mp4"
    write(out, frames(), '{"seed":7}')
    copy = tmp_path / "copy.mp4"
    program = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run([program, "-i", str(out), "-c", "copy", str(copy)], check=True, capture_output=True)
    assert settings_of(copy) == {"seed": 7}


def test_nothing_is_seen_before_the_end(make_order: MakeOrder) -> None:
    order = make_order("text")
    folder = Path(order.out).parent
    seen: list[set[str]] = []

    def look(item: object) -> bool:
        if isinstance(item, (StepProgress, PhaseProgress)):
            seen.append({path.name for path in folder.iterdir() if not path.name.startswith(".")})
        return False

    assert isinstance(run(order, cancel_when=look).outcome, RenderDone)
    assert set().union(*seen) == set()
    assert [path.name for path in folder.iterdir()] == ["clip.mp4"]


def test_an_existing_file_is_never_replaced_unasked(make_order: MakeOrder) -> None:
    order = make_order("text")
    Path(order.out).write_text("mine")
    result = run(order)
    assert isinstance(result.outcome, RenderFailed)
    assert isinstance(result.outcome.failure, NotWritableFailure)
    assert result.progress == [], "refused before any work"
    assert Path(order.out).read_text() == "mine"


def test_not_even_one_that_appears_while_rendering(make_order: MakeOrder) -> None:
    order = make_order("text")
    out = Path(order.out)

    def interfere(item: object) -> bool:
        if isinstance(item, PhaseProgress) and item.phase == "finishing":
            out.write_text("mine")
        return False

    result = run(order, cancel_when=interfere)
    assert isinstance(result.outcome, RenderFailed)
    assert isinstance(result.outcome.failure, NotWritableFailure)
    assert out.read_text() == "mine"
    assert list(out.parent.iterdir()) == [out]
    # What was rendered is not lost: with another name the clip is there at once.
    again = order.model_copy(update={"out": str(out.with_name("other.mp4"))})
    outcome = run(again).outcome
    assert isinstance(outcome, RenderDone)
    assert outcome.kept.kind == "latents"


def test_overwrite_replaces_it(make_order: MakeOrder) -> None:
    order = make_order("text", order={"overwrite": True})
    Path(order.out).write_text("old")
    assert isinstance(run(order).outcome, RenderDone)
    told = settings_of(Path(order.out))
    assert {**json.loads(order.metadata), **told} == told


def test_a_folder_that_is_not_there(make_order: MakeOrder, tmp_path: Path) -> None:
    result = run(make_order("text", order={"out": str(tmp_path / "none" / "clip.mp4")}))
    assert isinstance(result.outcome, RenderFailed)
    assert isinstance(result.outcome.failure, NotWritableFailure)
    assert result.outcome.failure.path.endswith("clip.mp4")


@root_on_linux
def test_a_folder_that_cannot_be_written(make_order: MakeOrder, tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "ro,size=64k", "tmpfs", str(folder)], check=True)
    try:
        result = run(make_order("text", order={"out": str(folder / "clip.mp4")}))
    finally:
        subprocess.run(["umount", str(folder)], check=True)
    assert isinstance(result.outcome, RenderFailed)
    assert isinstance(result.outcome.failure, NotWritableFailure)


def test_what_a_killed_run_left_is_cleared_away(make_order: MakeOrder) -> None:
    order = make_order("text")
    left = temporary_of(Path(order.out), order.job_id)
    left.write_bytes(b"half a clip")
    assert isinstance(run(order).outcome, RenderDone)
    assert [path.name for path in left.parent.iterdir()] == ["clip.mp4"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@root_on_linux
def test_the_disk_is_full_while_the_clip_is_written(make_order: MakeOrder, small_disk: Path) -> None:
    order = make_order("text", frames=49, order={"out": str(small_disk / "clip.mp4")})
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * 57344)
    failed = run(order).outcome
    assert isinstance(failed, RenderFailed), failed
    assert isinstance(failed.failure, DiskFullFailure), failed
    assert failed.failure.path == order.out
    assert failed.failure.phase in ("decoding", "finishing")
    assert list(small_disk.iterdir()) == [filler], "the half-written clip takes no room"
    filler.unlink()
    done = run(order).outcome
    assert isinstance(done, RenderDone), done
    assert done.kept.kind == "latents"


@root_on_linux
def test_the_disk_is_full_while_a_checkpoint_is_written(make_order: MakeOrder, small_disk: Path) -> None:
    order = make_order("text", order={"folder": str(small_disk)})
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * 53248)
    failed = run(order).outcome
    assert isinstance(failed, RenderFailed), failed
    assert isinstance(failed.failure, DiskFullFailure), failed
    assert Path(failed.failure.path).parent == small_disk
    assert not list(small_disk.glob("*.part"))
    filler.unlink()
    assert isinstance(run(order).outcome, RenderDone)


@root_on_linux
def test_the_writer_itself_on_a_full_disk(small_disk: Path) -> None:
    noise = numpy.random.default_rng(0).integers(0, 256, (33, 128, 128, 3), dtype=numpy.uint8)
    with pytest.raises(StorageError):
        write(small_disk / "clip.mp4", noise)
    assert list(small_disk.iterdir()) == []


@pytest.mark.parametrize(
    ("value", "problem"), [(float("nan"), "nan"), (float("inf"), "nan"), (-4.0, "black")]
)
def test_frames_that_show_nothing(
    value: float, problem: str, make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A decoder whose last layer gives one value everywhere: what a number format that is too small leads to."""

    def broken(name: Component, component: Any) -> None:
        if name == "vae":
            last = component.decoder.conv_out.conv
            last.weight.data = torch.zeros_like(last.weight)
            last.bias.data = torch.full_like(last.bias, value)

    on_loading(monkeypatch, broken)
    order = make_order("text")
    result = run(order)
    assert isinstance(result.outcome, RenderFailed)
    assert isinstance(result.outcome.failure, BadFramesFailure), result.outcome
    assert (result.outcome.failure.problem, result.outcome.failure.phase) == (problem, "decoding")
    assert list(Path(order.out).parent.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="Other systems have no such limit.")
def test_an_encoder_without_memory_is_known_for_it(tmp_path: Path) -> None:
    code = """
import os, resource, sys
from pathlib import Path
import numpy
from reelwright_sidecar.failure import classify
from reelwright_sidecar.media.clip import ClipWriter

pictures = numpy.zeros((3, 1024, 1024, 3), numpy.uint8)
page = resource.getpagesize()
for mebibytes in range(0, 400, 16):
    if os.fork() == 0:
        limit = int(Path("/proc/self/statm").read_text().split()[0]) * page + mebibytes * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        try:
            with ClipWriter(Path(sys.argv[1]) / f"{mebibytes}.mp4", "job", 1024, 1024, 8, "{}") as writer:
                writer.write(pictures)
                writer.finish(False)
            said = "whole"
        except Exception as error:
            said = classify(error, "decoding").cause
        os.write(1, (said + "\\n").encode())
        os._exit(0)
    os.wait()
"""
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert set(ran.stdout.split()) == {"host-memory", "whole"}
    assert len(list(tmp_path.iterdir())) == ran.stdout.split().count("whole"), "no half of a clip is left"
