"""What the worker tells beside its pictures."""

from __future__ import annotations

from conftest import MakeOrder
from in_process import run

from reelwright_sidecar.contract import PromptCutProgress, RenderDone
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
    assert sum(outcome.phase_seconds.values()) <= outcome.seconds + 0.01


def test_probe_computes() -> None:
    result = probe()
    assert result.operation.kind == "worked"
    assert result.devices[-1].total_bytes > 0
