"""Our loop gives, bit for bit, what the library's own pipelines give."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy
import pytest
import torch
from conftest import MakeOrder
from in_process import by_library, pictures_in, run
from safetensors.torch import load_file, save_file
from tiny_models import KINDS
from transformers import T5EncoderModel, T5Tokenizer

from reelwright_sidecar.checkpoints import Checkpoints
from reelwright_sidecar.contract import RenderDone
from reelwright_sidecar.families.cogvideox_load import load_component
from reelwright_sidecar.families.cogvideox_text import load_tokenizer
from reelwright_sidecar.media.clip import ClipWriter


@pytest.mark.parametrize("guidance", [6.0, 1.0])
@pytest.mark.parametrize("scheduler", ["ddim", "dpm"])
@pytest.mark.parametrize("kind", list(KINDS))
def test_latents_and_frames(
    kind: str,
    scheduler: str,
    guidance: float,
    make_order: MakeOrder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    latents: list[torch.Tensor] = []
    save = Checkpoints.save_latents

    def keep(self: Checkpoints, final: torch.Tensor) -> None:
        latents.append(final)
        save(self, final)

    monkeypatch.setattr(Checkpoints, "save_latents", keep)
    order = make_order(kind, scheduler=scheduler, guidance=guidance)
    ours = run(order)
    assert isinstance(ours.outcome, RenderDone), ours.outcome
    theirs = by_library(order)
    assert torch.equal(latents[0], theirs.latents)
    assert len(theirs.frames) == ours.outcome.frames == 17
    # The encoder is deterministic: equal clips come from equal frames.
    settings = order.settings
    reference = tmp_path / "out" / "reference.mp4"
    with ClipWriter(
        reference, "reference", settings.width, settings.height, settings.fps, order.metadata
    ) as writer:
        writer.write(theirs.frames)
        writer.finish(overwrite=False)
    assert ours.clip == pictures_in(reference)


@pytest.mark.parametrize("frames", [1, 9, 25])
def test_other_lengths_and_sizes(frames: int, make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures: list[numpy.ndarray] = []
    write = ClipWriter.write

    def keep(self: ClipWriter, batch: numpy.ndarray) -> None:
        pictures.append(batch)
        write(self, batch)

    monkeypatch.setattr(ClipWriter, "write", keep)
    order = make_order("text-rotary", frames=frames, width=32, height=64, steps=2)
    assert isinstance(run(order).outcome, RenderDone)
    assert numpy.array_equal(numpy.concatenate(pictures), by_library(order).frames)


@pytest.mark.parametrize("stored", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_text_encoder(
    dtype: torch.dtype, stored: torch.dtype, models: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(models["text"] / "text_encoder", folder / "text_encoder")
    file = folder / "text_encoder" / "model.safetensors"
    weights = {name: weight.to(stored) for name, weight in load_file(file).items()}
    save_file(weights, file, metadata={"format": "pt"})
    theirs = T5EncoderModel.from_pretrained(folder / "text_encoder", dtype=dtype)
    ours = load_component("text_encoder", folder, dtype, lambda: None)
    tokens = torch.randint(0, 60, (1, 16), generator=torch.Generator().manual_seed(3))
    with torch.inference_mode():
        assert torch.equal(ours(tokens), theirs(tokens)[0])
    assert {weight.dtype for name, weight in ours.named_parameters() if ".wo." not in name} == {dtype}
    wide = {weight.dtype for name, weight in ours.named_parameters() if ".wo." in name}
    assert wide == {stored if dtype == torch.float16 else dtype}, "no second copy where it says no more"


@pytest.mark.parametrize(
    "text", ["", "a red balloon", "  A  Red ballooon\tover\nthe é hills ", "zebra " * 40]
)
def test_tokens(text: str, models: dict[str, Path]) -> None:
    folder = models["text"] / "tokenizer"
    theirs = T5Tokenizer.from_pretrained(folder)(
        [text],
        padding="max_length",
        max_length=16,
        truncation=True,
        add_special_tokens=True,
        return_tensors="pt",
    ).input_ids
    assert torch.equal(load_tokenizer(folder)(text, 16).ids, theirs)


def test_the_words_that_are_cut(models: dict[str, Path]) -> None:
    tokenizer = load_tokenizer(models["text"] / "tokenizer")
    fits = " ".join(["red"] * 15)
    assert tokenizer(fits, 16).cut == ""
    assert tokenizer(f"{fits} balloon over hills", 16).cut == "balloon over hills"
    # A word of which the model sees only the beginning is told whole.
    assert tokenizer(" ".join(["red"] * 12) + " zzzzzz over", 16).cut == "zzzzzz over"
