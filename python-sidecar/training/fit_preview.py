"""Fit the map from latents to colours that previews use, and say how near it comes on clips it was not fitted to."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor

from reelwright_sidecar.preview.projection import FILE, Projection, fit, stored

from .autoencoder import encode, load_autoencoder
from .world.parameters import sample_parameters
from .world.render import render

SEED = 700_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", type=Path, required=True, nargs="+", help="model folders of one and the same VAE"
    )
    parser.add_argument("--clips", type=int, default=24, help="a third of them to test with")
    parser.add_argument("--device", default="cpu")


def run(options: argparse.Namespace) -> None:
    vae = load_autoencoder(options.model[0] / "vae", options.device)
    clips, _ = render(sample_parameters(options.clips, SEED), options.device, chunk=8)
    latents = encode(vae, clips, batch=4).flatten(0, 1)
    pictures = blend(clips).flatten(0, 1)
    kept = len(latents) * 2 // 3
    projection = fit(latents[:kept], pictures[:kept])
    print("explained", round(explained(projection, latents[kept:], pictures[kept:]), 4))
    for folder in options.model:
        (folder / FILE).write_text(stored(projection), encoding="utf-8")


def blend(clips: Tensor) -> Tensor:
    """[n, frames, 3, h, w] to the mean of the frames that share a latent: the first alone, then every four."""
    later = [clips[:, first : first + 4].mean(1, keepdim=True) for first in range(1, clips.shape[1], 4)]
    return torch.cat([clips[:, :1], *later], dim=1)


def explained(projection: Projection, latents: Tensor, pictures: Tensor) -> float:
    """The share of the colours' variance that the map explains: R squared. Arguments as those of fit."""
    height, width = latents.shape[-2:]
    shown = projection.colours(latents.cpu()).movedim(-1, 1).double() / 255
    wanted = torch.nn.functional.adaptive_avg_pool2d(pictures.cpu().double(), (height, width))
    spread = wanted - wanted.mean((0, 2, 3), keepdim=True)
    return 1 - float((shown - wanted).square().sum() / spread.square().sum())
