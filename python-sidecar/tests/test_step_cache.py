"""Steps in which the denoiser does not run: which they are, that a render is otherwise as ever, what they cost."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy
import pytest
import torch
from conftest import MakeOrder
from fake_card import FakeCard
from hypothesis import given
from hypothesis import strategies as st
from in_process import Run, at_step, run
from sample_plans import RESIDENT, everywhere, group_offload, plan
from test_resume import start_over

from reelwright_sidecar.checkpoints import Checkpoints
from reelwright_sidecar.contract import (
    Progress,
    RenderCancelled,
    RenderDone,
    RenderFailed,
    RenderOrder,
    StepProgress,
)
from reelwright_sidecar.libraries import CogVideoXTransformer3DModel
from reelwright_sidecar.media.clip import ClipWriter
from reelwright_sidecar.placement import Shelf
from reelwright_sidecar.step_cache import Outputs, is_calculated

SHIPPED = Path(__file__).parents[2] / "resources" / "models"
STEPS = 13


def cached(
    make_order: MakeOrder, kind: str = "text", *, scheduler: str = "ddim", **changes: Any
) -> RenderOrder:
    told = {"plan": plan(**{"steps": "cached", **changes}), "overwrite": True}
    return make_order(kind, steps=STEPS, scheduler=scheduler, order=told)


def done(result: Run) -> RenderDone:
    assert isinstance(result.outcome, RenderDone), result.outcome
    return result.outcome


@pytest.mark.parametrize(
    ("of", "calculated"),
    [(1, 1), (8, 8), (9, 9), (10, 9), (16, 12), (20, 14), (30, 19), (50, 30), (100, 60), (500, 300)],
)
def test_so_many_steps_are_calculated(of: int, calculated: int) -> None:
    """electron/studio/planner/stepCache.test.ts has the same figures."""
    assert sum(is_calculated("cached", index, of) for index in range(of)) == calculated
    assert all(is_calculated("all", index, of) for index in range(of))


@given(st.integers(1, 500))
def test_the_first_ones_and_the_last_are_calculated_and_no_two_in_a_row_are_not(of: int) -> None:
    runs = [is_calculated("cached", index, of) for index in range(of)]
    assert all(runs[: max(8, of // 5)])
    assert runs[-1]
    assert all(one or other for one, other in itertools.pairwise(runs))


@given(st.integers(5, 200), st.floats(-3, 3), st.floats(-3, 3))
def test_what_changes_evenly_is_foretold_exactly(of: int, slope: float, start: float) -> None:
    outputs = Outputs()
    for index in range(of):
        there = torch.tensor([start + slope * index])
        if is_calculated("cached", index, of):
            outputs = outputs.then(there)
        else:
            torch.testing.assert_close(outputs.ahead(index, of), there, atol=1e-3, rtol=1e-4)


def test_the_denoiser_runs_in_those_steps_alone(
    make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    predict, calls = CogVideoXTransformer3DModel.forward, itertools.count()

    def counted(*args: Any, **options: Any) -> Any:
        next(calls)
        return predict(*args, **options)

    monkeypatch.setattr(CogVideoXTransformer3DModel, "forward", counted)
    result = run(cached(make_order))
    done(result)
    steps = [item for item in result.progress if isinstance(item, StepProgress) and item.phase == "denoising"]
    runs = [is_calculated("cached", index, STEPS) for index in range(STEPS)]
    assert [item.cached is None for item in steps] == runs
    assert next(calls) == sum(runs)


@pytest.mark.parametrize("scheduler", ["ddim", "dpm"])
def test_from_every_checkpoint_to_the_bit(scheduler: str, make_order: MakeOrder, tmp_path: Path) -> None:
    order, shelf = cached(make_order, scheduler=scheduler), Shelf()
    whole = run(order, shelf=shelf, snapshots=tmp_path / "snapshots")
    done(whole)
    steps = [f"checkpoint{step}" for step in range(1, STEPS)]
    assert [name for name, _ in whole.snapshots] == ["embeddings", *steps, "latents"]
    for name, snapshot in whole.snapshots:
        start_over(order.folder, snapshot)
        again = run(order, shelf=shelf)
        assert not done(again).replanned
        assert again.clip == whole.clip, name


def test_its_checkpoints_are_its_own(make_order: MakeOrder) -> None:
    shelf = Shelf()
    orders = cached(make_order), cached(make_order, steps="all")
    for one, other in (orders, reversed(orders)):
        stopped = run(one, shelf=shelf, cancel_when=at_step("denoising", 9))
        assert isinstance(stopped.outcome, RenderCancelled)
        assert done(run(other, shelf=shelf)).kept.kind == "nothing"


def test_a_step_that_fails_leaves_nothing_in_the_worker(
    make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, shelf = cached(make_order), Shelf()
    whole = run(order, shelf=shelf)
    predict, calls = CogVideoXTransformer3DModel.forward, itertools.count(1)

    def failing(*args: Any, **options: Any) -> Any:
        if next(calls) == 10:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return predict(*args, **options)

    with monkeypatch.context() as patched:
        patched.setattr(CogVideoXTransformer3DModel, "forward", failing)
        assert isinstance(run(order, shelf=shelf).outcome, RenderFailed)
    # After steps that are cached, too.
    assert done(run(order, shelf=shelf)).kept.kind == "checkpoint"
    assert run(order, shelf=shelf).clip == whole.clip


@pytest.mark.parametrize("kind", ["text", "image-1.5"])
def test_guidance_in_halves_only_rounds_otherwise(
    kind: str, make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    latents: list[torch.Tensor] = []
    save = Checkpoints.save_latents

    def keep(self: Checkpoints, final: torch.Tensor) -> None:
        latents.append(final)
        save(self, final)

    monkeypatch.setattr(Checkpoints, "save_latents", keep)
    for guidance in ("batched", "sequential"):
        done(run(cached(make_order, kind, guidance=guidance)))
    torch.testing.assert_close(latents[1], latents[0], atol=2e-4, rtol=2e-4)


@pytest.mark.parametrize("level", ["block", "leaf"])
def test_weights_come_to_the_card_only_in_steps_that_are_calculated(
    level: str, make_order: MakeOrder
) -> None:
    card, copies = FakeCard(), [0]

    def count(item: Progress) -> bool:
        if isinstance(item, StepProgress) and item.phase == "denoising":
            copies.append(sum(lane.asked for lane in card.lanes))
        return False

    streamed = run(cached(make_order, **everywhere(group_offload(level))), card=card, cancel_when=count)
    brought = [later > earlier for earlier, later in itertools.pairwise(copies)]
    assert brought == [is_calculated("cached", index, STEPS) for index in range(STEPS)]
    resident = run(cached(make_order, **everywhere(RESIDENT)), card=FakeCard())
    assert streamed.clip == resident.clip is not None


# Bounds below what was measured, in decibels: with all steps and with cached ones, as far as that is offered.
@pytest.mark.parametrize(
    ("scheduler", "least"),
    [
        (
            "ddim",
            {"int8": (34, None), "int8-products": (30, 30), "fp8-products": (22, 22), "same": (None, 44)},
        ),
        (
            "dpm",
            {"int8": (28, None), "int8-products": (28, 24), "fp8-products": (23, 21), "same": (None, 26)},
        ),
    ],
)
def test_what_is_offered_costs_little_of_the_picture(
    scheduler: str,
    least: dict[str, tuple[float | None, float | None]],
    make_order: MakeOrder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the planner says of it (planner/reasons.ts), with weights that were learnt. To ask for as few steps as are
    calculated costs more."""
    pictures: list[numpy.ndarray] = []
    write = ClipWriter.write

    def keep(self: ClipWriter, batch: numpy.ndarray) -> None:
        pictures.append(batch)
        write(self, batch)

    monkeypatch.setattr(ClipWriter, "write", keep)
    model = {"folder": str(SHIPPED / "paper-world"), "family": "cogvideox", "task": "text-to-video"}

    def clip(of: int = 16, **changes: Any) -> torch.Tensor:
        pictures.clear()
        told = {"plan": plan(**changes), "model": model, "overwrite": True}
        order = make_order(
            order=told, steps=of, scheduler=scheduler, guidance=3.0, frames=9, width=128, height=96
        )
        done(run(order))
        return torch.from_numpy(numpy.concatenate(pictures)).double()

    exact = clip()

    def decibels(other: torch.Tensor) -> float:
        return float(10 * torch.log10(255**2 / (other - exact).square().mean()))

    bounds = {
        (stored, steps): bound
        for stored, both in least.items()
        for steps, bound in zip(("all", "cached"), both, strict=True)
        if bound is not None
    }
    found = {
        (stored, steps): decibels(clip(storage={"transformer": stored}, steps=steps))
        for stored, steps in bounds
    }
    few = sum(is_calculated("cached", index, 16) for index in range(16))
    fewer = decibels(clip(few))
    told = ", ".join(f"{stored} {steps} {value:.1f} dB" for (stored, steps), value in found.items())
    print(f"{scheduler}: {told}, {few} steps {fewer:.1f} dB")
    assert all(found[way] > bound for way, bound in bounds.items())
    assert found["same", "cached"] > fewer + 8
