"""The frames of a clip, shown while it is decoded."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy
import pytest
import torch
from conftest import MakeOrder
from hypothesis import given
from hypothesis import strategies as some
from in_process import Run, run

from reelwright_sidecar.contract import (
    PhaseProgress,
    PreviewProgress,
    Progress,
    RenderCancelled,
    RenderDone,
    RenderFailed,
    StepProgress,
)
from reelwright_sidecar.families.cogvideox import CogVideoX
from reelwright_sidecar.media.clip import ClipWriter
from reelwright_sidecar.preview import frames as shown_frames
from reelwright_sidecar.preview.frames import BYTES_LIMIT, SIDE_LIMIT, FramePreviews, size_of, small

Pictures = numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.uint8]]

STARTER = Path(__file__).parents[2] / "resources" / "models" / "paper-world"


def decoded(progress: list[Progress]) -> list[PreviewProgress]:
    return [item for item in progress if isinstance(item, PreviewProgress) and item.phase == "decoding"]


def pictures(preview: PreviewProgress) -> Pictures:
    flat = numpy.frombuffer(base64.b64decode(preview.rgb), dtype=numpy.uint8)
    return flat.reshape(preview.frames, preview.height, preview.width, 3)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Pictures]:
    """The frames that the encoder is given, batch by batch."""
    found: list[Pictures] = []
    write = ClipWriter.write

    def keep(self: ClipWriter, frames: Pictures) -> None:
        found.append(frames.copy())
        write(self, frames)

    monkeypatch.setattr(ClipWriter, "write", keep)
    return found


@pytest.mark.parametrize("kind", ["text", "text-1.5", "image"])
def test_small_frames_are_those_of_the_clip(
    kind: str, make_order: MakeOrder, written: list[Pictures]
) -> None:
    result = run(make_order(kind, frames=33, order={"preview": True}))
    assert isinstance(result.outcome, RenderDone), result.outcome
    shown = decoded(result.progress)
    assert [(item.step, item.of, item.before, item.frames) for item in shown] == [
        (1, 4, 0, 9),
        (2, 4, 9, 8),
        (3, 4, 17, 8),
        (4, 4, 25, 8),
    ]
    assert all(numpy.array_equal(pictures(item), batch) for item, batch in zip(shown, written, strict=True))
    # Each comes with its batch, and none before the decoding has begun.
    said = [
        item.type
        for item in result.progress
        if isinstance(item, (StepProgress, PreviewProgress)) and item.phase == "decoding"
    ]
    assert said == ["preview", "step"] * 4
    begun = next(
        at
        for at, item in enumerate(result.progress)
        if isinstance(item, PhaseProgress) and item.phase == "decoding"
    )
    assert decoded(result.progress[:begun]) == []


def test_the_starter_models_frames_are_averaged_over_areas(
    make_order: MakeOrder, written: list[Pictures], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown_frames, "SIDE_LIMIT", 32)
    model = {"folder": str(STARTER), "family": "cogvideox", "task": "text-to-video"}
    order = make_order("text", steps=2, width=64, height=48, order={"model": model, "preview": True})
    result = run(order)
    assert isinstance(result.outcome, RenderDone), result.outcome
    shown = decoded(result.progress)
    assert [(item.frames, item.height, item.width) for item in shown] == [(9, 24, 32), (8, 24, 32)]
    for item, batch in zip(shown, written, strict=True):
        mean = batch.reshape(len(batch), 24, 2, 32, 2, 3).astype(numpy.float64).mean(axis=(2, 4))
        # Rounded once, not twice.
        assert numpy.abs(pictures(item) - mean).max() <= 1.01
    assert pictures(shown[0]).std() > 5


def test_none_are_shown_where_none_are_wanted(make_order: MakeOrder) -> None:
    assert decoded(run(make_order("text")).progress) == []


def second_batch_fails(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    decode = CogVideoX.decode

    def failing(self: CogVideoX, *arguments: Any) -> Any:
        yield next(decode(self, *arguments))
        raise error

    monkeypatch.setattr(CogVideoX, "decode", failing)


def test_a_decode_that_begins_anew_is_shown_anew(make_order: MakeOrder, written: list[Pictures]) -> None:
    order = make_order("text", order={"preview": True})
    with pytest.MonkeyPatch.context() as patch:
        second_batch_fails(patch, torch.OutOfMemoryError("CUDA out of memory."))
        failed = run(order)
    assert isinstance(failed.outcome, RenderFailed), failed.outcome
    assert [(item.before, item.frames) for item in decoded(failed.progress)] == [(0, 9)]
    again = run(order)
    assert isinstance(again.outcome, RenderDone), again.outcome
    assert [(item.before, item.frames) for item in decoded(again.progress)] == [(0, 9), (9, 8)]
    assert [item.phase for item in again.progress if isinstance(item, PreviewProgress)] == ["decoding"] * 2
    assert len(written) == 3


def test_a_cancelled_decode_shows_no_more(make_order: MakeOrder) -> None:
    def is_shown(item: Progress) -> bool:
        return isinstance(item, PreviewProgress) and item.phase == "decoding"

    result: Run = run(make_order("text", frames=33, order={"preview": True}), cancel_when=is_shown)
    assert isinstance(result.outcome, RenderCancelled), result.outcome
    assert len(decoded(result.progress)) == 1


def test_a_render_outlives_them(
    make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = run(make_order("text", order={"overwrite": True}))

    def out_of_memory(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(shown_frames, "small", out_of_memory)
    result = run(make_order("text", order={"preview": True, "overwrite": True}))
    assert isinstance(result.outcome, RenderDone), result.outcome
    assert result.clip == whole.clip
    assert decoded(result.progress) == []
    assert capfd.readouterr().err.count("Traceback") == 1


@given(width=some.integers(16, 2048), height=some.integers(16, 2048), frames=some.integers(1, 481))
def test_all_frames_of_a_clip_keep_within_the_limits(width: int, height: int, frames: int) -> None:
    small_height, small_width = size_of(width, height, frames)
    assert 1 <= small_width <= min(width, SIDE_LIMIT)
    assert 1 <= small_height <= min(height, SIDE_LIMIT)
    assert small_width * small_height * 3 * frames <= BYTES_LIMIT
    if max(width, height) <= SIDE_LIMIT and width * height * 3 * frames <= BYTES_LIMIT:
        assert (small_height, small_width) == (height, width)
    # The shape is kept, to a pixel.
    assert abs(small_width / width * height - small_height) <= max(1, height / width) + 1e-6


@pytest.mark.parametrize(
    ("shape", "size"),
    [((17, 256, 160), (160, 256)), ((49, 720, 480), (164, 247)), ((81, 1360, 768), (118, 209))],
)
def test_sizes_that_are_said(shape: tuple[int, int, int], size: tuple[int, int]) -> None:
    frames, width, height = shape
    assert size_of(width, height, frames) == size


def test_what_a_decoder_gives_beyond_the_colours_is_cut_before_it_is_averaged() -> None:
    batch = torch.tensor([[3.0, -1.0], [1.0, -5.0]]).expand(2, 3, 2, 2)
    assert small(batch, (1, 1)).flatten().tolist() == [128] * 6
    half = small(batch.to(torch.bfloat16), (2, 2))
    assert half[0, :, :, 0].tolist() == [[255, 0], [255, 0]]


def test_the_largest_batch_fits_into_a_message(make_order: MakeOrder) -> None:
    settings = make_order("text", width=2048, height=2048, frames=9).settings
    seen: list[PreviewProgress] = []
    FramePreviews("job", 1, settings, seen.append).show(1, torch.zeros(9, 3, 1, 1).expand(9, 3, 2048, 2048))
    message = seen[0].model_dump(mode="json", by_alias=True)
    assert PreviewProgress.model_validate(message) == seen[0]
    assert len(json.dumps(message)) < 2_500_000
