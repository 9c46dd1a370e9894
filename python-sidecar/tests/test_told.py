"""What the worker tells beside its pictures."""

from __future__ import annotations

import pytest
import torch
from conftest import MakeOrder
from in_process import run

from reelwright_sidecar import probe as probing
from reelwright_sidecar.contract import PromptCutProgress, RenderDone
from reelwright_sidecar.decode import pointwise
from reelwright_sidecar.probe import probe


def test_words_that_are_cut_are_told(make_order: MakeOrder) -> None:
    order = make_order(
        "text", prompt="red " * 15 + "balloon over hills", negativePrompt="blue " * 15 + "night"
    )
    cuts = [item for item in run(order).progress if isinstance(item, PromptCutProgress)]
    assert [(item.field, item.limit, item.cut) for item in cuts] == [
        ("negativePrompt", 16, "night"),
        ("prompt", 16, "balloon over hills"),
    ]


def test_without_guidance_the_negative_prompt_is_not_read(make_order: MakeOrder) -> None:
    result = run(make_order("text", guidance=1.0, negativePrompt="blue " * 50))
    assert not [item for item in result.progress if isinstance(item, PromptCutProgress)]


def test_seconds_are_those_of_the_phases(make_order: MakeOrder) -> None:
    outcome = run(make_order("text")).outcome
    assert isinstance(outcome, RenderDone)
    assert set(outcome.phase_seconds) == {"loading", "encoding", "denoising", "decoding", "finishing"}
    assert sum(outcome.phase_seconds.values()) <= outcome.seconds


def test_probe_computes() -> None:
    result = probe()
    assert result.operation.kind == "worked"
    assert result.devices[-1].total_bytes > 0
    assert (result.abilities is None) == (result.operation.device == "cpu")


@pytest.mark.parametrize(
    ("made", "told"),
    [(True, (True, True, 0.5)), (False, (False, False, 0.5))],
)
def test_what_the_software_of_a_card_can_do_is_tried(
    made: bool, told: tuple[bool, bool, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probing, "sage_share", lambda capability: 0.5 if capability == (8, 9) else None)
    monkeypatch.setattr(probing, "kernels_for", lambda _: object() if made else pointwise)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (8, 9))
    found = probing._abilities.__wrapped__()
    assert (found.kernels, found.compiler, found.sage_attention) == told
