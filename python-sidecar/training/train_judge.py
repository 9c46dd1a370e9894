"""Train the judge on drawn clips, and test it on held-out ones, as drawn and after the VAE."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from .autoencoder import decode, encode, load_autoencoder
from .judge_model import WEIGHTS, Judge, accuracy, load_judge, save_judge, shrink
from .world.attributes import ATTRIBUTES
from .world.parameters import Parameters, sample_held_out_parameters, sample_parameters, select
from .world.render import render

SEED = 424_242
HELD_OUT_SEED = 999


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--vae", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--clips", type=int, default=8192)
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--test-only", type=int, metavar="N", help="test the weights at --out on N clips")


def run(options: argparse.Namespace) -> None:
    torch.backends.cudnn.benchmark = True
    if not options.test_only:
        save_judge(_train(options), options.out)
    judge = load_judge(options.out, options.device)
    print(json.dumps(_test(judge, options.vae, options.device, options.test_only or 256), indent=1))


def _train(options: argparse.Namespace) -> Judge:
    torch.manual_seed(SEED)
    device = torch.device(options.device)
    clips, truth = _draw(options.clips, device)
    judge = Judge().to(device)
    optimiser = torch.optim.AdamW(judge.parameters(), 2e-3, weight_decay=0.02)
    for step in range(options.steps):
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * min(1, (step + 1) / 50) * (1 - step / options.steps)
        rows = torch.randint(0, len(clips), (min(128, len(clips)),), device=device)
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            logits = judge(_roughen(clips[rows].float() / 255, step))
        loss = torch.stack(
            [functional.cross_entropy(logits[name].float(), truth[name][rows]) for name in ATTRIBUTES]
        ).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 100 == 0:
            print(json.dumps({"step": step, "loss": round(loss.item(), 4)}), flush=True)
    return judge


def _draw(count: int, device: torch.device) -> tuple[Tensor, Parameters]:
    parameters = sample_parameters(count, SEED)
    parts = []
    for rows in torch.arange(count).split(64):
        clips, _ = render(select(parameters, rows), device, chunk=64)
        parts.append((shrink(clips) * 255).to(torch.uint8))
    return torch.cat(parts), {name: parameters[name].to(device) for name in ATTRIBUTES}


def _roughen(small: Tensor, step: int) -> Tensor:
    """Half of the batches blurred, half with noise: generated clips are never as crisp as drawn ones."""
    if step % 2:
        small = functional.avg_pool3d(small, (1, 3, 3), 1, (0, 1, 1))
    if step % 4 >= 2:
        contrast = 1 + 0.08 * torch.randn(len(small), 1, 1, 1, 1, device=small.device)
        small = small * contrast + 0.03 * torch.randn_like(small)
    return small


@torch.no_grad()
def _test(judge: Judge, vae_folder: Path, device: str, count: int) -> dict[str, dict[str, float]]:
    parameters = sample_held_out_parameters(count, HELD_OUT_SEED)
    clips, _ = render(parameters, device, chunk=16)
    vae = load_autoencoder(vae_folder, device)
    again = decode(vae, encode(vae, clips, batch=4), batch=4)
    return {
        "held-out clips as drawn": accuracy(judge.name_attributes(clips), parameters),
        "held-out clips after the VAE": accuracy(judge.name_attributes(again), parameters),
    }
