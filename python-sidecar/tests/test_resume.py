"""Whatever a killed or cancelled worker leaves on disk leads to the very clip of an uninterrupted render."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import MakeOrder
from hypothesis import given
from hypothesis import strategies as st
from in_process import Run, run
from plans import plan
from safetensors.torch import load, save

from reelwright_sidecar.checkpoints import Checkpoints
from reelwright_sidecar.contract import (
    KeptCheckpoint,
    PhaseProgress,
    Progress,
    RenderCancelled,
    RenderDone,
    RenderFailed,
    RenderOrder,
    SavedProgress,
    StepProgress,
)
from reelwright_sidecar.denoising import SavePace
from reelwright_sidecar.families.cogvideox import DenoiseState
from reelwright_sidecar.files import StorageError
from reelwright_sidecar.libraries import CogVideoXTransformer3DModel
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


def test_no_more_steps_are_at_risk_than_the_plan_says(make_order: MakeOrder) -> None:
    result = run(make_order("text", steps=9, order={"plan": plan(checkpointEverySteps=2)}))
    saved = [item.kept for item in result.progress if isinstance(item, SavedProgress)]
    assert [kept.kind for kept in (saved[0], saved[-1])] == ["embeddings", "latents"]
    steps = [0, *(kept.step for kept in saved if isinstance(kept, KeptCheckpoint)), 9]
    assert all(later - earlier <= 2 for earlier, later in itertools.pairwise(steps))


@given(st.lists(st.tuples(st.floats(0.01, 100), st.floats(0, 10)), max_size=60), st.integers(1, 50))
def test_saving_costs_a_hundredth_or_is_needed(steps: list[tuple[float, float]], at_risk: int) -> None:
    """Steps, and what a save after each of them would take."""
    pace = SavePace(at_risk)
    since, count, last = 0.0, 0, 0.0
    for step, cost in steps:
        pace.stepped(step)
        since, count = since + step, count + 1
        assert pace.is_due == (last <= since / 100 or count >= at_risk)
        if pace.is_due:
            pace.saved(cost)
            since, count, last = 0.0, 0, cost
    assert not pace.is_due or count > 0


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


def test_the_next_checkpoint_never_takes_the_place_of_the_last_good_one(tmp_path: Path) -> None:
    def state(step: int) -> DenoiseState:
        return DenoiseState(step, torch.full((4,), float(step)), None, torch.zeros(2, dtype=torch.uint8))

    store = Checkpoints(tmp_path, "order")
    for step in (1, 2, 3):
        store.save_state(state(step))
    newest, before = tmp_path / "denoise.safetensors", tmp_path / "denoise-2.safetensors"
    newest.write_bytes(flipped(newest.read_bytes()))
    good = before.read_bytes()
    store = Checkpoints(tmp_path, "order")
    found = store.load_state()
    assert found is not None
    assert found.step == 2
    store.save_state(state(3))
    assert before.read_bytes() == good
    later = Checkpoints(tmp_path, "order").load_state()
    assert later is not None
    assert later.step == 3


def test_what_a_killed_worker_was_writing_is_cleared_away(make_order: MakeOrder) -> None:
    order = make_order("text")
    run(order, cancel_when=at_step("denoising", 2))
    left = Path(order.folder) / ".denoise.safetensors.part"
    left.write_bytes(b"half")
    gone: list[bool] = []
    run(order, cancel_when=lambda _: bool(gone.append(left.exists())))
    assert gone and not any(gone)
    assert list(Path(order.folder).iterdir()) == []


def test_a_checkpoint_that_cannot_be_read_for_want_of_memory_is_not_thrown_away(
    make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = make_order("text")
    run(order, cancel_when=at_step("denoising", 2))
    kept = sorted(Path(order.folder).iterdir())

    def no_memory(*_: object, **__: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    with monkeypatch.context() as patched:
        patched.setattr("reelwright_sidecar.sealed.safe_open", no_memory)
        failed = run(order).outcome
    assert isinstance(failed, RenderFailed)
    assert failed.failure.cause == "host-memory"
    assert sorted(Path(order.folder).iterdir()) == kept
    again = run(order).outcome
    assert isinstance(again, RenderDone)
    assert again.kept == KeptCheckpoint(step=2)


@pytest.mark.parametrize("step", [2, 3, 4])
def test_a_step_that_fails_repeats_no_other(
    step: int, make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However seldom checkpoints are: the state before the failure is kept."""
    order = make_order("text", order={"overwrite": True, "plan": plan(checkpointEverySteps=100)})
    whole = run(order)
    predict, calls = CogVideoXTransformer3DModel.forward, itertools.count(1)

    def failing(*args: Any, **options: Any) -> Any:
        if next(calls) == step:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return predict(*args, **options)

    monkeypatch.setattr(CogVideoXTransformer3DModel, "forward", failing)
    failed = run(order)
    assert isinstance(failed.outcome, RenderFailed)
    assert (failed.outcome.failure.phase, failed.outcome.failure.step) == ("denoising", step)
    assert failed.progress[-1] == SavedProgress(job_id="job-1", kept=KeptCheckpoint(step=step - 1))
    again = run(order)
    assert isinstance(again.outcome, RenderDone)
    assert again.outcome.kept == KeptCheckpoint(step=step - 1)
    assert again.clip == whole.clip


def held(monkeypatch: pytest.MonkeyPatch, *steps: int) -> list[int]:
    """States of these steps cannot be written; those that are tried."""
    write = Checkpoints.save_state
    tried: list[int] = []

    def refused(store: Checkpoints, state: DenoiseState) -> None:
        tried.append(state.step)
        if state.step in steps:
            error = PermissionError(13, "Access is denied")
            raise StorageError("denoise.safetensors", error) from error
        write(store, state)

    monkeypatch.setattr(Checkpoints, "save_state", refused)
    return tried


def test_a_checkpoint_that_is_held_is_written_after_the_next_step(
    make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = held(monkeypatch, 1, 3, 5)
    order = make_order("text", steps=7, order={"plan": plan(checkpointEverySteps=1)})
    result = run(order)
    assert isinstance(result.outcome, RenderDone), result.outcome
    assert tried == [1, 2, 3, 4, 5, 6]
    saved = [item.kept for item in result.progress if isinstance(item, SavedProgress)]
    assert [kept.step for kept in saved if isinstance(kept, KeptCheckpoint)] == [2, 4, 6]


def test_twice_in_a_row_it_is_a_failure(make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = held(monkeypatch, 2, 3)
    failed = run(make_order("text", steps=5, order={"plan": plan(checkpointEverySteps=1)})).outcome
    assert isinstance(failed, RenderFailed)
    assert (failed.failure.cause, failed.failure.step, tried) == ("not-writable", 3, [1, 2, 3])


def test_who_stops_hears_at_once_that_it_is_not_kept(
    make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    held(monkeypatch, 2)
    order = make_order("text", steps=5, order={"plan": plan(checkpointEverySteps=1)})
    failed = run(order, cancel_when=at_step("denoising", 2)).outcome
    assert isinstance(failed, RenderFailed)
    assert failed.failure.cause == "not-writable"


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


def test_what_was_kept_may_be_held_when_the_clip_is_done(
    make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = make_order("text")
    remove = Path.unlink

    def held(path: Path, missing_ok: bool = False) -> None:
        if path.name == "latents.safetensors":
            raise PermissionError(13, "Access is denied", str(path))
        remove(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", held)
    assert isinstance(run(order).outcome, RenderDone)
    assert [file.name for file in Path(order.folder).iterdir()] == ["latents.safetensors"]
