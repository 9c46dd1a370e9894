"""What is kept on the way, how often, and what happens where it cannot be."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import MakeOrder
from hypothesis import given
from hypothesis import strategies as st
from in_process import at_step, run
from sample_plans import plan
from test_resume import flipped

from reelwright_sidecar.checkpoints import Checkpoints
from reelwright_sidecar.contract import (
    KeptCheckpoint,
    Progress,
    RenderDone,
    RenderFailed,
    SavedProgress,
)
from reelwright_sidecar.denoising import SavePace
from reelwright_sidecar.families.cogvideox import DenoiseState
from reelwright_sidecar.files import StorageError
from reelwright_sidecar.libraries import CogVideoXTransformer3DModel


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
    there: list[bool] = []

    def look(_: Progress) -> bool:
        there.append(left.exists())
        return False

    run(order, cancel_when=look)
    assert there and not any(there)
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
