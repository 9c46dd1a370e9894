"""Whatever a killed or cancelled worker leaves on disk leads to the very clip of an uninterrupted render."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import MakeOrder
from in_process import Run, run
from plans import plan

from reelwright_sidecar.contract import (
    PhaseProgress,
    Progress,
    RenderCancelled,
    RenderDone,
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


def at_phase(phase: str) -> Callable[[Progress], bool]:
    return lambda item: isinstance(item, PhaseProgress) and item.phase == phase


def at_step(phase: str, step: int) -> Callable[[Progress], bool]:
    return lambda item: isinstance(item, StepProgress) and (item.phase, item.step) == (phase, step)


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


def test_checkpoints_as_often_as_the_plan_says(make_order: MakeOrder) -> None:
    result = run(make_order("text", steps=7, order={"plan": plan(checkpointEverySteps=2)}))
    saved = [
        getattr(item.kept, "step", item.kept.kind)
        for item in result.progress
        if isinstance(item, SavedProgress)
    ]
    assert saved == ["embeddings", 2, 4, 6, "latents"]


def test_a_second_render_loads_nothing(make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf()
    order = make_order("text", order={"overwrite": True})
    first = run(order, shelf=shelf)
    monkeypatch.setattr("reelwright_sidecar.render.load_component", None)
    assert run(order, shelf=shelf).clip == first.clip


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("settings", "prompt", "a blue bird"),
        ("settings", "seed", 8),
        ("settings", "steps", 5),
        ("settings", "guidance", 6.5),
        ("settings", "negativePrompt", ""),
        ("settings", "scheduler", "dpm"),
        ("plan", "precision", "bfloat16"),
    ],
)
def test_another_order_never_takes_what_is_kept(
    part: str, name: str, value: object, make_order: MakeOrder, tmp_path: Path
) -> None:
    shelf = Shelf()
    order = make_order("text", order={"overwrite": True})
    run(order, shelf=shelf, cancel_when=at_step("denoising", 2))
    raw = order.model_dump(mode="json", by_alias=True)
    raw[part][name] = value
    changed = type(order).model_validate(raw)
    result = run(changed, shelf=shelf)
    assert isinstance(result.outcome, RenderDone)
    assert result.outcome.kept.kind == "nothing"
    assert result.clip == run(changed, shelf=shelf).clip


def test_another_image_under_the_same_name(make_order: MakeOrder, picture: Path, tmp_path: Path) -> None:
    from PIL import Image

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
    import torch
    from safetensors.torch import load_file, save_file

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


@pytest.mark.parametrize("damage", [truncated, flipped, lambda _: b"", lambda _: b"\x00" * 64])
@pytest.mark.parametrize("at", ["embeddings", "checkpoint2", "latents"])
def test_a_damaged_file_is_not_trusted(
    at: str, damage: Callable[[bytes], bytes], make_order: MakeOrder, tmp_path: Path
) -> None:
    order = make_order("text", order={"overwrite": True}, scheduler="dpm", frames=9)
    shelf = Shelf()
    whole = run(order, shelf=shelf, snapshots=tmp_path / "snapshots")
    start_over(order.folder, dict(whole.snapshots)[at])
    name = {"embeddings": "embeddings", "checkpoint2": "denoise", "latents": "latents"}[at]
    file = Path(order.folder) / f"{name}.safetensors"
    file.write_bytes(damage(file.read_bytes()))
    again = run(order, shelf=shelf)
    assert isinstance(again.outcome, RenderDone), again.outcome
    assert again.outcome.kept.kind == ("embeddings" if at == "checkpoint2" else "nothing")
    assert again.clip == whole.clip


def test_a_checkpoint_without_its_embeddings_is_of_no_use(make_order: MakeOrder) -> None:
    order = make_order("text", order={"overwrite": True})
    run(order, cancel_when=at_step("denoising", 2))
    (Path(order.folder) / "embeddings.safetensors").unlink()
    result = run(order)
    assert isinstance(result.outcome, RenderDone)
    assert result.outcome.kept.kind == "nothing"


def test_cut_after_the_clip_had_its_name(make_order: MakeOrder) -> None:
    order = make_order("text")
    whole = run(order)
    assert isinstance(whole.outcome, RenderDone), whole.outcome
    again = run(order)
    assert isinstance(again.outcome, RenderDone), again.outcome
    assert again.outcome.kept.kind == "latents"
    assert again.progress == []
    assert again.clip == whole.clip
