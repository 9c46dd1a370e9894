"""What a plan says besides where things are: guidance in halves, slabs, storage, kernels, and what is told of it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import MakeOrder
from fake_card import FakeCard
from in_process import Run, at_step, run
from sample_plans import everywhere, group_offload, plan

from reelwright_sidecar.checkpoints import Checkpoints
from reelwright_sidecar.contract import Progress, RenderCancelled, RenderDone, RenderFailed, RenderOrder
from reelwright_sidecar.decode.geometry import Slabs, Stage
from reelwright_sidecar.decode.picture import encode_in_slabs
from reelwright_sidecar.decode.windows import Windows
from reelwright_sidecar.eight_bits import EightBitLinear, Fp8Products, Int8Products
from reelwright_sidecar.families.cogvideox_denoiser import prepare
from reelwright_sidecar.families.cogvideox_load import load_component
from reelwright_sidecar.placement import Shelf

SHIPPED = Path(__file__).parents[2] / "resources" / "models"
SLABS = {"slabRows": 8, "residentBytes": 2**20}


@pytest.fixture
def latents(monkeypatch: pytest.MonkeyPatch) -> list[torch.Tensor]:
    """The final latents of every render of the test."""
    kept: list[torch.Tensor] = []
    save = Checkpoints.save_latents

    def keep(self: Checkpoints, final: torch.Tensor) -> None:
        kept.append(final)
        save(self, final)

    monkeypatch.setattr(Checkpoints, "save_latents", keep)
    return kept


def planned(make_order: MakeOrder, kind: str = "text", **changes: Any) -> RenderOrder:
    return make_order(kind, steps=3, order={"plan": plan(**changes), "overwrite": True})


def done(result: Run) -> RenderDone:
    assert isinstance(result.outcome, RenderDone), result.outcome
    return result.outcome


@pytest.mark.parametrize("kind", ["text", "text-1.5", "image", "image-1.5"])
def test_guidance_in_halves_only_rounds_otherwise(
    kind: str, make_order: MakeOrder, latents: list[torch.Tensor]
) -> None:
    done(run(planned(make_order, kind)))
    done(run(planned(make_order, kind, guidance="sequential")))
    together, in_halves = latents
    torch.testing.assert_close(in_halves, together, atol=1e-4, rtol=1e-4)


def test_without_guidance_there_are_no_halves(make_order: MakeOrder) -> None:
    clips = [
        run(make_order(guidance=1.0, order={"plan": plan(guidance=way), "overwrite": True})).clip
        for way in ("batched", "sequential")
    ]
    assert clips[0] == clips[1] is not None


@pytest.mark.parametrize("kind", ["text", "image-1.5"])
def test_slabs_as_the_plan_says(
    kind: str, make_order: MakeOrder, latents: list[torch.Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[int] = []
    begin = Windows.__init__

    def windows(
        self: Windows, order: Sequence[Stage], told: Slabs, dtype: torch.dtype, device: torch.device
    ) -> None:
        rows.append(told.rows)
        begin(self, order, told, dtype, device)

    def encoding(vae: Any, picture: torch.Tensor, told: int) -> torch.Tensor:
        rows.append(told)
        return encode_in_slabs(vae, picture, told)

    monkeypatch.setattr(Windows, "__init__", windows)
    monkeypatch.setattr("reelwright_sidecar.families.cogvideox.encode_in_slabs", encoding)
    done(run(planned(make_order, kind)))
    assert rows == []
    done(run(planned(make_order, kind, decode=SLABS, encode={**SLABS, "slabRows": 5})))
    assert rows == ([8] if kind == "text" else [5, 8])
    torch.testing.assert_close(latents[1], latents[0], atol=1e-3, rtol=1e-3)


second_step = at_step("denoising", 2)


def test_another_plan_goes_on_where_one_stopped_and_says_so(
    make_order: MakeOrder, latents: list[torch.Tensor]
) -> None:
    shelf = Shelf()
    plain, halves = planned(make_order), planned(make_order, guidance="sequential")
    done(run(plain, shelf=shelf))
    assert isinstance(run(plain, shelf=shelf, cancel_when=second_step).outcome, RenderCancelled)
    resumed = done(run(halves, shelf=shelf))
    assert resumed.kept.kind == "checkpoint"
    assert resumed.replanned
    torch.testing.assert_close(latents[1], latents[0], atol=1e-4, rtol=1e-4)
    assert not done(run(halves, shelf=shelf)).replanned


@pytest.mark.parametrize(
    ("kind", "when", "kept"),
    [
        ("text", second_step, "checkpoint"),
        ("image", second_step, "checkpoint"),
        ("text", at_step("decoding", 1), "latents"),
    ],
)
@pytest.mark.parametrize("scheduler", ["ddim", "dpm"])
def test_another_precision_goes_on_from_what_is_kept(
    kind: str, when: Callable[[Progress], bool], kept: str, scheduler: str, make_order: MakeOrder
) -> None:
    """Frames that came out black are made again from there in a precision that holds larger numbers."""
    shelf = Shelf()
    orders = [
        make_order(kind, scheduler=scheduler, order={"plan": plan(precision=precision), "overwrite": True})
        for precision in ("bfloat16", "float32")
    ]
    assert isinstance(run(orders[0], shelf=shelf, cancel_when=when).outcome, RenderCancelled)
    resumed = done(run(orders[1], shelf=shelf))
    assert (resumed.kept.kind, resumed.replanned) == (kept, True)


def test_what_came_of_two_plans_stays_known(make_order: MakeOrder) -> None:
    """Stopped under one plan, then under another, then finished under that other one."""
    shelf = Shelf()
    plain, halves = planned(make_order), planned(make_order, guidance="sequential")
    run(plain, shelf=shelf, cancel_when=at_step("denoising", 1))
    run(halves, shelf=shelf, cancel_when=second_step)
    assert done(run(halves, shelf=shelf)).replanned


def test_the_same_plan_resumes_to_the_bit(make_order: MakeOrder) -> None:
    order, shelf = planned(make_order, guidance="sequential", decode=SLABS), Shelf()
    whole = run(order, shelf=shelf)
    run(order, shelf=shelf, cancel_when=second_step)
    resumed = run(order, shelf=shelf)
    assert not done(resumed).replanned
    assert resumed.clip == whole.clip


@pytest.mark.parametrize(
    ("bits", "layer"),
    [("int8", EightBitLinear), ("int8-products", Int8Products), ("fp8-products", Fp8Products)],
)
def test_storage_in_eight_bits_changes_the_picture_and_takes_half_the_memory(
    bits: str, layer: type, make_order: MakeOrder, models: dict[str, Path], latents: list[torch.Tensor]
) -> None:
    shelf = Shelf()
    run(planned(make_order), shelf=shelf, cancel_when=second_step)
    stored = planned(make_order, storage={"transformer": bits})
    assert done(run(stored, shelf=shelf)).kept.kind == "nothing", "an exact checkpoint is none of its own"
    done(run(planned(make_order), shelf=shelf))
    difference = (latents[0] - latents[1]).square().mean().sqrt()
    assert 0 < difference < 0.2 * latents[1].square().mean().sqrt()

    module = load_component("transformer", models["text"], torch.bfloat16, lambda: None)
    before = sum(weight.nbytes for weight in module.transformer_blocks.parameters())
    prepare(module, stored.plan, None)
    kinds = [type(part) for part in module.transformer_blocks.modules()]
    assert layer in kinds
    assert sum(weight.nbytes for weight in module.transformer_blocks.parameters()) < 0.8 * before


@pytest.mark.parametrize("bits", ["int8", "int8-products", "fp8-products"])
def test_eight_bits_come_to_the_card_group_by_group(bits: str, make_order: MakeOrder) -> None:
    clips = []
    for placement in ({"kind": "resident"}, group_offload("block", pinned=2**30), group_offload("leaf")):
        order = planned(make_order, storage={"transformer": bits}, **everywhere(placement))
        clips.append(run(order, card=FakeCard()).clip)
    assert clips[0] is not None
    assert clips[1:] == clips[:1] * 2


def test_a_kernel_that_is_not_installed(make_order: MakeOrder) -> None:
    result = run(planned(make_order, attention="sage"))
    assert isinstance(result.outcome, RenderFailed)
    assert result.outcome.failure.cause == "environment"
    assert "sageattention" in result.outcome.failure.detail


def test_one_compilation_serves_every_block(
    make_order: MakeOrder, latents: list[torch.Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Traced, not translated: what is asked here is what is traced, and that weights still come and go outside."""
    from torch._dynamo.utils import counters

    compile_eagerly = functools.partial(torch.compile, backend="eager")
    monkeypatch.setattr(torch, "compile", compile_eagerly)
    torch._dynamo.reset()
    counters.clear()
    model = {"folder": str(SHIPPED / "paper-world"), "family": "cogvideox", "task": "text-to-video"}

    def order(**changes: Any) -> RenderOrder:
        told = {"plan": plan(**changes), "model": model, "overwrite": True}
        return make_order(order=told, steps=2, frames=9, width=64, height=48)

    compiled = done(run(order(compile=True)))
    assert compiled.compile_seconds is not None
    assert 0.01 < compiled.compile_seconds < compiled.phase_seconds["denoising"]
    # The first block's input is a part of a larger tensor, the others' are not.
    assert counters["stats"]["unique_graphs"] == 2
    assert not counters["graph_break"]
    placed = everywhere(group_offload("block", pinned=2**30))
    done(run(order(compile=True, **placed), card=FakeCard()))
    assert done(run(order())).compile_seconds is None
    # The processor has no cuDNN: torch takes what it has, within the same graphs.
    torch._dynamo.reset()
    counters.clear()
    done(run(order(compile=True, attention="cudnn")))
    assert counters["stats"]["unique_graphs"] == 2
    assert not counters["graph_break"]
    done(run(order(attention="cudnn")))
    first, *others = latents
    assert len(others) == 4
    assert all(torch.equal(first, other) for other in others)
    # Products in eight bits are within the graphs, too, and the same numbers.
    for products in ("int8-products", "fp8-products"):
        torch._dynamo.reset()
        counters.clear()
        for compiling in (True, False):
            done(run(order(compile=compiling, storage={"transformer": products})))
        assert torch.equal(latents[-1], latents[-2])
        assert not torch.equal(latents[-1], first)
        assert counters["stats"]["unique_graphs"] == 2
        assert not counters["graph_break"]


def test_the_peaks_of_every_phase_are_told(make_order: MakeOrder) -> None:
    outcome = done(run(planned(make_order, "image")))
    assert set(outcome.phase_peaks) == set(outcome.phase_seconds)
    for peak in outcome.phase_peaks.values():
        assert (peak.allocated_bytes, peak.reserved_bytes) == (None, None)
        assert 2**26 < peak.host_bytes < 2**34
