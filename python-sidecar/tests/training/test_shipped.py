"""The two model folders as they are shipped."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from diffusers import CogVideoXImageToVideoPipeline, CogVideoXPipeline

from training.assemble import NAMES
from training.evaluate import Sampling, make_clips
from training.world.attributes import FRAMES, HEIGHT, WIDTH

MODELS = Path(__file__).parents[3] / "resources" / "models"
FOLDERS = [MODELS / name for name in NAMES.values()]


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


def test_both_models_fit_forty_megabytes() -> None:
    assert sum(file.stat().st_size for folder in FOLDERS for file in _files(folder)) <= 40_000_000


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_weights_are_half_precision_safetensors_and_nothing_else(folder: Path) -> None:
    assert {file.suffix for file in _files(folder)} <= {".safetensors", ".json", ".md", ".png"}
    kind = CogVideoXPipeline if folder.name == NAMES["text"] else CogVideoXImageToVideoPipeline
    pipeline = kind.from_pretrained(folder, dtype=torch.float16)
    assert pipeline.transformer.dtype == pipeline.vae.dtype == torch.float16
    assert pipeline.transformer.config.in_channels == (16 if kind is CogVideoXPipeline else 32)
    config = pipeline.scheduler.config
    assert (config.prediction_type, config.timestep_spacing) == ("v_prediction", "trailing")
    assert config.rescale_betas_zero_snr
    assert not any(p.isnan().any() for p in pipeline.transformer.parameters())


def test_every_model_has_its_card_and_contact_sheet() -> None:
    for folder in FOLDERS:
        card = (folder / "README.md").read_text(encoding="utf-8")
        assert "paper toy world" in card and "Apache-2.0" in card
        assert 10_000 < (folder / "contact-sheet.png").stat().st_size < 1_000_000


def test_it_makes_a_clip() -> None:
    pipeline = CogVideoXPipeline.from_pretrained(MODELS / NAMES["text"], dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    clips, seconds = make_clips(pipeline, ["a red balloon rising"], None, Sampling.parse("ddim:2:3"), 1)
    assert clips.shape == (1, FRAMES, 3, HEIGHT, WIDTH)
    assert clips.std() > 0.05 and seconds > 0
