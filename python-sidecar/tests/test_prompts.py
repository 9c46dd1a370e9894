"""A prompt that was encoded before needs no text encoder, and a damaged file is nobody's prompt."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import MakeOrder
from in_process import Run, on_loading, run
from sample_plans import plan

from reelwright_sidecar.contract import (
    PhaseProgress,
    PromptCutProgress,
    RenderDone,
    RenderFailed,
    RenderOrder,
)
from reelwright_sidecar.placement import Component
from reelwright_sidecar.prompts import Prompt, PromptCache


def phases(result: Run) -> list[str]:
    return [item.phase for item in result.progress if isinstance(item, PhaseProgress)]


@pytest.fixture
def cached(make_order: MakeOrder, tmp_path: Path) -> MakeOrder:
    """An order that may keep its prompts."""

    def make(kind: str = "text", order: dict[str, Any] | None = None, **settings: Any) -> RenderOrder:
        more = {"cache": str(tmp_path / "cache"), "overwrite": True, **(order or {})}
        return make_order(kind, order=more, **{"steps": 2, "frames": 9, **settings})

    return make


def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    on_loading(monkeypatch, lambda name, _: names.append(name))
    return names


@pytest.mark.parametrize("guidance", [6.0, 1.0])
def test_the_second_time_no_text_encoder_is_loaded(
    guidance: float, cached: MakeOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = loaded(monkeypatch)
    first = run(cached(guidance=guidance))
    assert isinstance(first.outcome, RenderDone), first.outcome
    assert sorted(names) == ["text_encoder", "tokenizer", "transformer", "vae"]
    names.clear()
    second = run(cached(guidance=guidance))
    assert second.clip == first.clip
    assert sorted(names) == ["transformer", "vae"]
    assert "encoding" in phases(first)
    assert "encoding" not in phases(second)
    assert isinstance(second.outcome, RenderDone)
    assert "encoding" not in second.outcome.phase_seconds


def test_another_seed_or_model_of_the_same_encoder_takes_them_too(
    cached: MakeOrder, models: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "model"
    shutil.copytree(models["image"], other)
    shutil.rmtree(other / "text_encoder")
    shutil.copytree(models["text"] / "text_encoder", other / "text_encoder")
    run(cached())
    names = loaded(monkeypatch)
    run(cached(seed=8, steps=3))
    model = {"folder": str(other), "family": "cogvideox", "task": "image-to-video"}
    result = run(cached("image", order={"model": model}))
    assert isinstance(result.outcome, RenderDone), result.outcome
    assert "text_encoder" not in names
    assert "encoding" in phases(result), "the picture is encoded all the same"


@pytest.mark.parametrize(
    "changes",
    [
        {"prompt": "a blue bird"},
        {"negative_prompt": "red"},
        {"order": {"plan": plan(precision="bfloat16")}},
    ],
)
def test_other_words_or_precision_are_encoded(
    changes: dict[str, Any], cached: MakeOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(cached())
    names = loaded(monkeypatch)
    changes = {
        ("negativePrompt" if key == "negative_prompt" else key): value for key, value in changes.items()
    }
    assert isinstance(run(cached(**changes)).outcome, RenderDone)
    assert "text_encoder" in names


def test_the_words_that_did_not_fit_are_told_again(cached: MakeOrder) -> None:
    long = " ".join(["red"] * 15) + " balloon over hills"
    told = [
        [item.cut for item in run(cached(prompt=long)).progress if isinstance(item, PromptCutProgress)]
        for _ in range(2)
    ]
    assert told == [["balloon over hills"]] * 2


def truncated(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flipped(data: bytes) -> bytes:
    return data[:-20] + bytes([data[-20] ^ 4]) + data[-19:]


@pytest.mark.parametrize("damage", [truncated, flipped, lambda _: b"", lambda _: b"\x00" * 64])
def test_a_damaged_prompt_is_encoded_again(
    damage: Callable[[bytes], bytes], cached: MakeOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = cached()
    assert order.cache is not None
    first = run(order)
    folder = Path(order.cache) / "prompts"
    files = sorted(folder.iterdir())
    assert len(files) == 2
    for file in files:
        file.write_bytes(damage(file.read_bytes()))
    names = loaded(monkeypatch)
    assert run(cached()).clip == first.clip
    assert "text_encoder" in names
    names.clear()
    assert run(cached()).clip == first.clip
    assert "text_encoder" not in names


def test_one_prompt_under_the_name_of_another_is_not_taken(tmp_path: Path) -> None:
    cache = PromptCache(tmp_path, {"model": "one"})
    cache.keep("a", Prompt(torch.ones(1, 4, 2), ""))
    cache.keep("b", Prompt(torch.zeros(1, 4, 2), ""))
    one, other = (cache._file(text) for text in "ab")
    shutil.copy(one, other)
    assert cache.find("b") is None
    assert not other.exists()
    assert cache.find("a") is not None
    assert PromptCache(tmp_path, {"model": "two"}).find("a") is None


def test_the_one_longest_unused_goes_first(tmp_path: Path) -> None:
    size = len(_file_of(tmp_path / "measured"))
    cache = PromptCache(tmp_path / "kept", {}, limit=3 * size)
    for number, text in enumerate("abc"):
        cache.keep(text, Prompt(torch.ones(1, 64, 8), ""))
        os.utime(cache._file(text), ns=(number, number))
    assert cache.find("a") is not None  # and is the youngest now
    cache.keep("d", Prompt(torch.ones(1, 64, 8), ""))
    assert [text for text in "abcd" if cache.find(text) is not None] == ["a", "c", "d"]


def _file_of(folder: Path) -> bytes:
    cache = PromptCache(folder, {})
    cache.keep("a", Prompt(torch.ones(1, 64, 8), ""))
    return cache._file("a").read_bytes()


@pytest.mark.parametrize(("kind", "name"), [("text", "text_encoder"), ("image", "vae")])
def test_what_overflows_is_not_kept_for_a_precision_that_holds_it(
    kind: str, name: str, cached: MakeOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Encoders whose last layer gives more than float16 holds."""

    def large(loaded: Component, component: Any) -> None:
        if loaded == name:
            encoder = component.encoder
            last = encoder.final_layer_norm if name == "text_encoder" else encoder.conv_out.conv
            last.weight.data = torch.full_like(last.weight, 6e4)

    on_loading(monkeypatch, large)
    failed = run(cached(kind, order={"plan": plan(precision="float16")}))
    assert isinstance(failed.outcome, RenderFailed)
    failure = failed.outcome.failure
    assert (failure.cause, failure.phase) == ("bad-frames", "encoding")
    order = cached(kind, order={"plan": plan(precision="float32"), "acceptFrames": True})
    assert list(Path(order.folder).iterdir()) == []
    assert order.cache is not None
    cache = Path(order.cache) / "prompts"
    assert name != "text_encoder" or not cache.exists()
    again = run(order)
    assert isinstance(again.outcome, RenderDone), again.outcome
    assert again.outcome.kept.kind == "nothing"


def test_a_prompt_that_is_no_numbers_is_encoded_again(tmp_path: Path) -> None:
    cache = PromptCache(tmp_path, {})
    cache.keep("a", Prompt(torch.full((1, 4, 2), float("nan")), ""))
    assert cache.find("a") is None


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(cached: MakeOrder, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert isinstance(run(cached()).outcome, RenderDone)


def test_without_a_folder_nothing_is_kept(make_order: MakeOrder, tmp_path: Path) -> None:
    assert isinstance(run(make_order(steps=1)).outcome, RenderDone)
    assert not (tmp_path / "cache").exists()
