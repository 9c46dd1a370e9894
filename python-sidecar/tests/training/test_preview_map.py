"""The maps from latents to colours: the one that is shipped, and the one any other model would get."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from reelwright_sidecar.preview.projection import (
    FILE,
    Projection,
    colour_fields,
    fit,
    read_projection,
    stored,
)
from training.assemble import NAMES
from training.autoencoder import encode, load_autoencoder
from training.fit_preview import blend, explained
from training.world.parameters import sample_held_out_parameters
from training.world.render import render

MODELS = Path(__file__).parents[3] / "resources" / "models"
FOLDERS = [MODELS / name for name in NAMES.values()]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_it_is_shipped_as_it_was_written(folder: Path) -> None:
    projection = read_projection(folder, 16)
    assert projection is not None
    assert stored(projection) == (folder / FILE).read_text(encoding="utf-8")


def test_both_explain_the_colours_of_clips_never_seen() -> None:
    vae = load_autoencoder(FOLDERS[0] / "vae")
    clips, _ = render(sample_held_out_parameters(3, 11), chunk=1)
    latents, pictures = encode(vae, clips, batch=1).flatten(0, 1), blend(clips).flatten(0, 1)
    shipped = read_projection(FOLDERS[0], 16)
    assert shipped is not None
    fields = colour_fields()
    found = fit(encode(vae, fields[:, None])[:, 0], fields)
    nothing = Projection(torch.zeros(16, 3), pictures.mean((0, 2, 3)))
    shares = [explained(projection, latents, pictures) for projection in (shipped, found, nothing)]
    print("shipped, found, the mean colour:", shares)
    assert shares[0] > 0.985
    assert shares[1] > 0.95
    assert abs(shares[2]) < 0.01
