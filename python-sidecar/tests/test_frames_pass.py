"""Frames pass through the decode and the writing of the clip; none of them stays."""

from __future__ import annotations

import gc
import weakref

import numpy
import pytest
import torch
from conftest import MakeOrder
from in_process import run

from reelwright_sidecar.contract import RenderDone
from reelwright_sidecar.decode.check import FrameCheck

Pictures = numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.uint8]]


def tensor_bytes() -> int:
    storages = {
        storage.data_ptr(): storage.nbytes()
        for item in gc.get_objects()
        if issubclass(type(item), torch.Tensor) and (storage := item.untyped_storage()).device.type == "cpu"
    }
    return sum(storages.values())


@pytest.mark.parametrize("slabs", [None, 16], ids=["whole maps", "slabs"])
def test_as_many_frames_are_alive_in_a_long_decode_as_in_a_short_one(
    slabs: int | None, make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[weakref.ref[torch.Tensor]] = []
    frames: list[weakref.ref[Pictures]] = []
    alive: list[tuple[int, ...]] = []
    taken: list[int] = []
    pictures = FrameCheck.pictures

    def watched(check: FrameCheck, batch: torch.Tensor) -> Pictures:
        made = pictures(check, batch)
        batches.append(weakref.ref(batch))
        frames.append(weakref.ref(made))
        alive.append(tuple(sum(item() is not None for item in kept) for kept in (batches, frames)))
        taken.append(tensor_bytes())
        return made

    monkeypatch.setattr(FrameCheck, "pictures", watched)
    order = make_order("text", frames=97, steps=1)
    decode = {"slabRows": slabs, "residentBytes": 2**20}
    plan = order.plan.model_copy(update={"decode": type(order.plan.decode).model_validate(decode)})
    outcome = run(order.model_copy(update={"plan": plan})).outcome
    assert isinstance(outcome, RenderDone), outcome
    assert len(alive) == 12
    # The one that is looked at, and the one before while the next is made.
    assert max(count for pair in alive for count in pair) <= 2
    # From the third batch on nothing grows but what the record of jumps holds, a few numbers a frame.
    frame = 48 * 32 * 3 * numpy.dtype(numpy.float32).itemsize
    assert max(taken[2:-1]) - min(taken[2:-1]) < 4 * frame
