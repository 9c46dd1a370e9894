"""Wherever the components are while they work, the clip is the same to the bit."""

from __future__ import annotations

import itertools
import random
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import MakeOrder
from fake_card import FakeCard
from hypothesis import given
from hypothesis import strategies as st
from in_process import run
from sample_plans import MODEL_OFFLOAD, RESIDENT, SEQUENTIAL, everywhere, group_offload, plan
from torch import nn

from reelwright_sidecar.contract import (
    Progress,
    RenderCancelled,
    RenderDone,
    RenderFailed,
    RenderOrder,
    StepProgress,
)
from reelwright_sidecar.families import cogvideox_denoiser
from reelwright_sidecar.families.cogvideox_load import load_component
from reelwright_sidecar.placement import Shelf
from reelwright_sidecar.placement.groups import (
    Level,
    Streaming,
    divide,
    group_of,
    neighbours,
    pins_within,
    streaming_of,
    tensors_of,
)
from reelwright_sidecar.placement.streamed import streamed

SHIPPED = Path(__file__).parents[2] / "resources" / "models"
EVERYTHING = 2**40
PLACEMENTS: dict[str, dict[str, Any]] = {
    "resident": RESIDENT,
    "model offload": MODEL_OFFLOAD,
    "sequential": SEQUENTIAL,
    **{
        f"{level}{' stream' * stream}{' record' * record}, {pinned} pinned": group_offload(
            level, stream=stream, record_stream=record, pinned=pinned
        )
        for level, stream, record, pinned in itertools.product(
            ("block", "leaf"), (False, True), (False, True), (0, 60_000, EVERYTHING)
        )
    },
}


def placed(
    make_order: MakeOrder, placement: dict[str, Any], kind: str = "text", **settings: Any
) -> RenderOrder:
    return make_order(
        kind, order={"plan": plan(**everywhere(placement)), "overwrite": True}, **{"steps": 3, **settings}
    )


@pytest.mark.parametrize(("kind", "blocks"), [("text", "the library's"), ("image-1.5", "ours")])
def test_every_placement_gives_the_same_clip(
    kind: str, blocks: str, make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cogvideox_denoiser, "sparing", lambda _: blocks == "ours")
    whole = run(make_order(kind, steps=3))
    assert isinstance(whole.outcome, RenderDone), whole.outcome
    for name, placement in PLACEMENTS.items():
        card = FakeCard()
        shelf = Shelf()
        result = run(placed(make_order, placement, kind), card=card, shelf=shelf)
        assert isinstance(result.outcome, RenderDone), (name, result.outcome)
        assert result.clip == whole.clip, name
        assert card.peak > 0, name
        assert (card.taken, card.locked, card.files) == (0, 0, {}), f"{name}: something was left behind"
        # All is locked where it is, or there is room for pieces that the leaves pass through.
        copied = (placement.get("level"), placement.get("pinnedBytes")) == ("leaf", 60_000)
        if sys.platform == "win32":
            copied = placement.get("pinnedBytes", 0) > 0
        assert (card.locked_peak > 0) == copied, name
        if placement.get("stream"):
            assert any(lane.overlapped for lane in card.lanes), f"{name}: nothing is fetched ahead"


@pytest.mark.parametrize("level", ["block", "leaf"])
def test_files_that_cannot_be_locked_give_the_same_clip(level: str, make_order: MakeOrder) -> None:
    whole, card = run(make_order("text", steps=3)), FakeCard()
    card.lockable_files = 0
    result = run(placed(make_order, group_offload(level, pinned=EVERYTHING)), card=card)
    assert isinstance(result.outcome, RenderDone), result.outcome
    assert result.clip == whole.clip
    assert card.locked_peak > 0
    assert card.locked == 0


def test_the_shipped_model_a_group_at_a_time(make_order: MakeOrder) -> None:
    model = {"folder": str(SHIPPED / "paper-world"), "family": "cogvideox", "task": "text-to-video"}
    settings: dict[str, Any] = {"width": 96, "height": 64, "frames": 9, "steps": 2}
    clips = []
    for placement in (RESIDENT, group_offload("block", pinned=2**24), group_offload("leaf"), SEQUENTIAL):
        order = {"model": model, "plan": plan(**everywhere(placement)), "overwrite": True}
        result = run(make_order(order=order, **settings), card=FakeCard())
        assert isinstance(result.outcome, RenderDone), result.outcome
        clips.append(result.clip)
    assert clips[1:] == clips[:1] * 3


def test_less_and_less_of_the_card_is_needed(make_order: MakeOrder) -> None:
    peaks = []
    for placement in (RESIDENT, MODEL_OFFLOAD, SEQUENTIAL):
        card = FakeCard()
        run(placed(make_order, placement, "image"), card=card)
        peaks.append(card.peak)
    assert peaks == sorted(peaks, reverse=True)
    assert len(set(peaks)) == len(peaks)


def test_the_text_encoder_has_left_before_the_denoiser_comes(
    make_order: MakeOrder, models: dict[str, Path]
) -> None:
    sizes = {}
    for name in ("text_encoder", "transformer", "vae"):
        module = load_component(name, models["text"], torch.float32, lambda: None)
        sizes[name] = sum(tensor.nbytes for tensor in tensors_of([module]))
    card, shelf = FakeCard(total=max(sizes.values())), Shelf()
    result = run(placed(make_order, MODEL_OFFLOAD), card=card, shelf=shelf)
    assert isinstance(result.outcome, RenderDone), result.outcome
    assert "text_encoder" not in shelf._components
    # What is resident has no room there, and says so; nothing of it stays.
    result = run(placed(make_order, RESIDENT), card=card)
    assert isinstance(result.outcome, RenderFailed)
    assert result.outcome.failure.cause == "device-memory"
    assert card.taken == 0


def test_page_locked_memory_that_the_system_does_not_give(make_order: MakeOrder) -> None:
    card = FakeCard()
    card.lockable = 1000
    result = run(placed(make_order, group_offload("block", pinned=EVERYTHING)), card=card)
    assert isinstance(result.outcome, RenderFailed)
    assert result.outcome.failure.cause == "host-memory"
    assert (card.taken, card.locked, card.files) == (0, 0, {})


@pytest.mark.parametrize("placement", [RESIDENT, MODEL_OFFLOAD, group_offload("leaf", pinned=EVERYTHING)])
def test_a_cancelled_render_leaves_nothing_on_the_card(
    placement: dict[str, Any], make_order: MakeOrder
) -> None:
    def second_step(item: Progress) -> bool:
        return isinstance(item, StepProgress) and (item.phase, item.step) == ("denoising", 2)

    card, shelf = FakeCard(), Shelf()
    order = placed(make_order, placement, scheduler="dpm")
    whole = run(order, shelf=shelf)
    cut = run(order, card=card, shelf=shelf, cancel_when=second_step)
    assert isinstance(cut.outcome, RenderCancelled)
    assert (card.taken, card.locked, card.files) == (0, 0, {})
    again = run(order, shelf=shelf)
    assert isinstance(again.outcome, RenderDone), again.outcome
    assert again.outcome.kept.kind == "checkpoint"
    assert not again.outcome.replanned, "where weights are changes no bit"
    assert again.clip == whole.clip


def test_one_plan_after_the_other_on_the_same_components(make_order: MakeOrder) -> None:
    card, shelf = FakeCard(), Shelf()
    clips = [
        run(placed(make_order, placement), card=card, shelf=shelf).clip
        for placement in (group_offload("block", pinned=EVERYTHING), RESIDENT, SEQUENTIAL, MODEL_OFFLOAD)
    ]
    assert clips[0] is not None
    assert clips[1:] == clips[:1] * 3


def test_bringing_weights_counts_as_loading(make_order: MakeOrder) -> None:
    result = run(placed(make_order, MODEL_OFFLOAD), card=FakeCard())
    assert isinstance(result.outcome, RenderDone)
    assert set(result.outcome.phase_seconds) == {"loading", "encoding", "denoising", "decoding", "finishing"}
    assert all(seconds >= 0 for seconds in result.outcome.phase_seconds.values())
    assert sum(result.outcome.phase_seconds.values()) == pytest.approx(result.outcome.seconds, abs=0.2)


class Branching(nn.Module):
    """Calls its blocks in an order that is told, and one of them twice."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList([nn.Linear(4, 4) for _ in range(6)])
        self.scale = nn.Parameter(torch.ones(4))

    def forward(self, x: torch.Tensor, order: list[int]) -> torch.Tensor:
        for number in order:
            x = torch.tanh(self.blocks[number](x)) * self.scale
        return x


@given(
    orders=st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=9), min_size=1, max_size=5),
    level=st.sampled_from(["block", "leaf"]),
    slots=st.integers(1, 7),
    beside=st.booleans(),
    pinned=st.sampled_from([0, 600, 1200, 2000, EVERYTHING]),
)
def test_whatever_order_the_groups_are_called_in(
    orders: list[list[int]], level: Level, slots: int, beside: bool, pinned: int
) -> None:
    torch.manual_seed(1)
    module, x = Branching().requires_grad_(False), torch.randn(3, 4)
    expected = [module(x, order) for order in orders]
    before = [tensor.data_ptr() for tensor in tensors_of([module])]
    card = FakeCard()
    with streamed(module, card, Streaming(level, slots, beside, pinned)):
        for order, wanted in zip(orders, expected, strict=True):
            assert torch.equal(module(x, order), wanted)
        # Out of turn its weights are not there at all, on any device.
        assert all(block.get_parameter("weight").numel() == 0 for block in module.blocks)
    assert (card.taken, card.locked, card.files) == (0, 0, {})
    assert before == [tensor.data_ptr() for tensor in tensors_of([module])]
    assert card.locked_peak <= pinned
    group = group_of(module.blocks[0]).size
    assert card.peak == min(slots, 6) * group + module.scale.nbytes


@given(st.lists(st.integers(1, 100), max_size=8), st.integers(0, 900))
def test_page_locked_memory_stays_within_its_budget(sizes: list[int], budget: int) -> None:
    pins = pins_within(sizes, budget)
    used = sum(sizes[: pins.whole]) + pins.staging * max(sizes, default=0)
    assert used <= budget
    assert pins.whole == len(sizes) or pins.staging == 2 or pins.whole == 0
    # More of it is never used worse.
    more = pins_within(sizes, budget + 50)
    assert more.whole >= pins.whole


def test_small_leaves_stay_on_the_device() -> None:
    inner = nn.Sequential(nn.Linear(64, 32))
    module = nn.Sequential(nn.Linear(64, 64), nn.LayerNorm(8), inner)
    groups, staying = divide(module, "leaf")
    assert [group.module for group in groups] == [module[0], inner[0]]
    assert [tensor.shape for tensor in staying] == [(8,), (8,)]


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=8),
    st.integers(1, 100),
    st.randoms(use_true_random=False),
)
def test_what_comes_together_lies_together(sizes: list[int], reach: int, order: random.Random) -> None:
    tensors = list(torch.zeros(sum(sizes), dtype=torch.uint8).split(sizes))
    order.shuffle(tensors)
    runs = list(neighbours(tensors, reach))
    assert sorted(map(id, itertools.chain(*runs))) == sorted(map(id, tensors))
    for each in runs:
        assert len(each) == 1 or each[-1].data_ptr() + each[-1].nbytes - each[0].data_ptr() <= reach
    for before, after in itertools.pairwise(runs):
        assert after[-1].data_ptr() + after[-1].nbytes - before[0].data_ptr() > reach


def test_streams_have_more_groups_on_their_way() -> None:
    def slots(placement: dict[str, Any]) -> int:
        from reelwright_sidecar.contract import GroupOffload

        return streaming_of(GroupOffload.model_validate(placement)).slots

    assert slots(group_offload("block", stream=False)) == 1
    assert slots(group_offload("block")) == 2
    assert slots(group_offload("block", record_stream=True)) == 3
    assert slots(group_offload("leaf")) == 4
    assert slots(group_offload("leaf", record_stream=True)) == 6
