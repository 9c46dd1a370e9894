"""Give every latent channel of the VAE a standard deviation of one, without changing what it draws."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from .autoencoder import channel_statistics, decode, encode, fold_scale, load_autoencoder
from .world.parameters import sample_parameters
from .world.render import render

SEED = 600_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--vae", type=Path, required=True, help="the trained VAE's folder")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--clips", type=int, default=64)
    parser.add_argument("--device", default="cpu")


def run(arguments: argparse.Namespace) -> None:
    vae = load_autoencoder(arguments.vae, arguments.device)
    clips, _ = render(sample_parameters(arguments.clips, SEED), arguments.device, chunk=8)
    latents = encode(vae, clips, batch=4)
    before = decode(vae, latents[:2])
    mean, deviation = channel_statistics(latents)
    print("mean", [round(v, 3) for v in mean.tolist()])
    print("standard deviation", [round(v, 3) for v in deviation.tolist()])
    fold_scale(vae, deviation)
    again = encode(vae, clips[:2])
    print("after", [round(v, 3) for v in channel_statistics(again)[1].tolist()])
    print("largest change of a pixel", (decode(vae, again) - before).abs().max().item())
    vae.to(torch.float16).save_pretrained(arguments.out)
