"""Whatever a killed or cancelled worker leaves on disk leads to the very clip of an uninterrupted render."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from conftest import MakeOrder
from in_process import Run, at_phase, at_step, run
from PIL import Image
from safetensors.torch import load, load_file, save, save_file
from sample_plans import plan

from reelwright_sidecar.checkpoints import Checkpoints
from reelwright_sidecar.contract import (
    KeptCheckpoint,
    PhaseProgress,
    Progress,
    RenderCancelled,
    RenderDone,
    RenderOrder,
    SavedProgress,
    StepProgress,
)
from reelwright_sidecar.placement import Shelf


def start_over(order_folder: str, snapshot: Path | None) -> None:
    """Puts the job's folder back to what it was at a snapshot."""
    shutil.rmtree(order_folder)
    if snapshot is None:
        Path(order_folder).mkdir()
    else:
        shutil.copytree(snapshot, order_folder)


def phases(result: Run) -> list[str]:
    return [item.phase for item in result.progress if isinstance(item, PhaseProgress)]


@pytest.mark.parametrize("guidance", [6.0, 0.0])
@pytest.mark.parametrize("scheduler", ["ddim", "dpm"])
@pytest.mark.parametrize("kind", ["text", "image-1.5"])
def test_from_every_file(
    kind: str, scheduler: str, guidance: float, make_order: MakeOrder, tmp_path: Path
) -> None:
    order = make_order(kind, scheduler=scheduler, guidance=guidance, order={"overwrite": True})
    shelf = Shelf()
    whole = run(order, shelf=shelf, snapshots=tmp_path / "snapshots")
    assert isinstance(whole.outcome, RenderDone), whole.outcome
    names = [name for name, _ in whole.snapshots]
    assert names == ["embeddings", "checkpoint1", "checkpoint2", "checkpoint3", "latents"]
    for name, snapshot in whole.snapshots:
        start_over(order.folder, snapshot)
        again = run(order, shelf=shelf)
        assert isinstance(again.outcome, RenderDone), again.outcome
        assert again.clip == whole.clip, name
        kept = again.outcome.kept
        assert kept.kind + str(getattr(kept, "step", "")) == name
        assert all(item.kept == kept for item in again.progress if isinstance(item, PhaseProgress))
        assert ("encoding" in phases(again)) is False
        assert ("denoising" in phases(again)) is (name != "latents")
        assert list(Path(order.folder).iterdir()) == []


@pytest.mark.parametrize(
    ("when", "phase", "kept"),
    [
        (at_phase("loading"), "loading", "nothing"),
        (at_phase("encoding"), "encoding", "embeddings"),
        (at_phase("denoising"), "denoising", "checkpoint1"),
        (at_step("denoising", 3), "denoising", "checkpoint3"),
        (at_step("denoising", 4), "decoding", "latents"),
        (at_phase("decoding"), "decoding", "latents"),
        (at_step("decoding", 1), "decoding", "latents"),
    ],
)
def test_cancelled_then_resumed(
    when: Callable[[Progress], bool], phase: str, kept: str, make_order: MakeOrder
) -> None:
    # Checkpoints would come every 100 steps: the one of the cancelled step is made for the cancellation.
    order_plan = {"plan": plan(checkpointEverySteps=100), "overwrite": True}
    order = make_order("text", scheduler="dpm", order=order_plan)
    shelf = Shelf()
    whole = run(order, shelf=shelf)
    Path(order.out).unlink()
    cancelled = run(order, shelf=shelf, cancel_when=when)
    assert isinstance(cancelled.outcome, RenderCancelled)
    found = cancelled.outcome.kept
    assert (cancelled.outcome.phase, found.kind + str(getattr(found, "step", ""))) == (phase, kept)
    assert list(Path(order.out).parent.iterdir()) == [], (
        "a cancelled render leaves nothing where the clip goes"
    )
    resumed = run(order, shelf=shelf)
    assert isinstance(resumed.outcome, RenderDone)
    assert resumed.outcome.kept == found
    assert resumed.clip == whole.clip


def test_a_second_render_loads_nothing(make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf()
    order = make_order("text", order={"overwrite": True})
    first = run(order, shelf=shelf)
    monkeypatch.setattr("reelwright_sidecar.render.load_component", None)
    assert run(order, shelf=shelf).clip == first.clip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("prompt", "a blue bird"),
        ("seed", 8),
        ("steps", 5),
        ("guidance", 6.5),
        ("negativePrompt", ""),
        ("scheduler", "dpm"),
    ],
)
def test_another_order_never_takes_what_is_kept(
    name: str, value: object, make_order: MakeOrder, tmp_path: Path
) -> None:
    shelf = Shelf()
    order = make_order("text", order={"overwrite": True})
    run(order, shelf=shelf, cancel_when=at_step("denoising", 2))
    raw = order.model_dump(mode="json", by_alias=True)
    raw["settings"][name] = value
    changed = type(order).model_validate(raw)
    result = run(changed, shelf=shelf)
    assert isinstance(result.outcome, RenderDone)
    assert result.outcome.kept.kind == "nothing"
    assert result.clip == run(changed, shelf=shelf).clip


def test_another_image_under_the_same_name(make_order: MakeOrder, picture: Path, tmp_path: Path) -> None:
    image = tmp_path / "first.png"
    shutil.copy(picture, image)
    order = make_order("image", image=str(image), order={"overwrite": True})
    run(order, cancel_when=at_step("denoising", 2))
    Image.new("RGB", (48, 32), "red").save(image)
    result = run(order)
    assert isinstance(result.outcome, RenderDone)
    assert result.outcome.kept.kind == "nothing"


def test_other_weights_in_the_same_folder(
    make_order: MakeOrder, models: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(models["text"], folder)
    model = {"folder": str(folder), "family": "cogvideox", "task": "text-to-video"}
    order = make_order("text", order={"model": model, "overwrite": True})
    run(order, cancel_when=at_step("denoising", 2))
    file = folder / "transformer" / "diffusion_pytorch_model.safetensors"
    weights = load_file(file)
    weights["proj_out.bias"] += torch.ones_like(weights["proj_out.bias"])
    save_file(weights, file)
    result = run(order)
    assert isinstance(result.outcome, RenderDone)
    assert result.outcome.kept.kind == "nothing"


def truncated(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flipped(data: bytes) -> bytes:
    return data[:-100] + bytes([data[-100] ^ 4]) + data[-99:]


def foreign(data: bytes) -> bytes:
    """Whole, and of another order."""
    tensors = load(data)
    size = int.from_bytes(data[:8], "little")
    header = dict(json.loads(data[8 : 8 + size])["__metadata__"], order="0" * 64)
    return save(tensors, header)


def at(order: RenderOrder, *names: str) -> list[Path]:
    return [Path(order.folder) / f"{name}.safetensors" for name in names]


@pytest.mark.parametrize("damage", [truncated, flipped, foreign])
@pytest.mark.parametrize(
    ("when", "damaged", "kept"),
    [
        ("embeddings", ["embeddings"], "nothing"),
        ("checkpoint3", ["denoise"], "checkpoint2"),
        ("checkpoint3", ["denoise-2"], "checkpoint3"),
        ("checkpoint3", ["denoise", "denoise-2"], "embeddings"),
        ("latents", ["latents"], "checkpoint3"),
        ("latents", ["latents", "denoise"], "checkpoint2"),
        ("checkpoint3", ["embeddings"], "checkpoint3"),
        ("checkpoint3", ["embeddings", "denoise"], "checkpoint2"),
        ("checkpoint3", ["embeddings", "denoise", "denoise-2"], "nothing"),
        ("latents", ["embeddings"], "latents"),
        ("latents", ["latents", "embeddings"], "checkpoint3"),
    ],
)
def test_a_damaged_file_gives_way_to_the_one_before(
    when: str,
    damaged: list[str],
    kept: str,
    damage: Callable[[bytes], bytes],
    make_order: MakeOrder,
    tmp_path: Path,
) -> None:
    order = make_order("text", order={"overwrite": True}, scheduler="dpm", frames=9)
    shelf = Shelf()
    whole = run(order, shelf=shelf, snapshots=tmp_path / "snapshots")
    start_over(order.folder, dict(whole.snapshots)[when])
    for file in at(order, *damaged):
        file.write_bytes(damage(file.read_bytes()))
    again = run(order, shelf=shelf)
    assert isinstance(again.outcome, RenderDone), again.outcome
    found = again.outcome.kept
    assert found.kind + str(getattr(found, "step", "")) == kept
    assert again.clip == whole.clip
    assert list(Path(order.folder).iterdir()) == []


@pytest.mark.parametrize("scheduler", ["ddim", "dpm"])
@pytest.mark.parametrize("kind", ["text", "image"])
def test_a_checkpoint_without_its_embeddings_repeats_no_step(
    kind: str, scheduler: str, make_order: MakeOrder
) -> None:
    order = make_order(kind, scheduler=scheduler, order={"overwrite": True})
    shelf = Shelf()
    whole = run(order, shelf=shelf)
    run(order, shelf=shelf, cancel_when=at_step("denoising", 2))
    at(order, "embeddings")[0].unlink()
    result = run(order, shelf=shelf)
    assert isinstance(result.outcome, RenderDone)
    assert result.outcome.kept == KeptCheckpoint(step=2)
    reports = [item for item in result.progress if isinstance(item, StepProgress)]
    steps = [item.step for item in reports if item.phase == "denoising"]
    assert steps == [3, 4]
    # It is never told that less is kept than before.
    saved = [item.kept for item in result.progress if isinstance(item, SavedProgress)]
    assert saved[0] == result.outcome.kept
    assert result.clip == whole.clip


def test_cut_after_the_clip_had_its_name(make_order: MakeOrder) -> None:
    order = make_order("text")
    whole = run(order)
    assert isinstance(whole.outcome, RenderDone), whole.outcome
    again = run(order)
    assert isinstance(again.outcome, RenderDone), again.outcome
    assert again.outcome.kept.kind == "latents"
    assert again.progress == []
    assert again.clip == whole.clip


def test_killed_after_the_clip_had_its_name(make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The try that was killed is one more recovery in the record, and the clip is the same."""
    order = make_order("text")

    class Killed(BaseException):
        pass

    def killed(_: Checkpoints) -> None:
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(Checkpoints, "clear", killed)
        run(order)
    clip = Path(order.out).read_bytes()
    note = {"cause": "killed", "rung": "fresh-worker", "phase": "finishing", "changes": []}
    record = json.dumps({**json.loads(order.metadata), "recoveries": [note]})
    again = run(order.model_copy(update={"metadata": record}))
    assert isinstance(again.outcome, RenderDone), again.outcome
    assert again.outcome.kept.kind == "latents"
    assert again.progress == []
    assert Path(order.out).read_bytes() == clip
