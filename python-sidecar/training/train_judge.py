"""Train the judge on drawn clips, or the judge of single frames with --frames, and test it on held-out ones, as
drawn and after the VAE."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from .autoencoder import decode, encode, load_autoencoder
from .judge_model import (
    FRAME_ATTRIBUTES,
    FRAME_WEIGHTS,
    WEIGHTS,
    Judge,
    accuracy,
    load_judge,
    save_judge,
    shrink,
)
from .world.attributes import ATTRIBUTES
from .world.motion import MOMENTS
from .world.parameters import Parameters, sample_held_out_parameters, sample_parameters, select
from .world.render import render

SEED = 424_242
HELD_OUT_SEED = 999


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--vae", type=Path, required=True)
    parser.add_argument("--frames", action="store_true", help="the judge of single frames")
    parser.add_argument("--start-from", type=Path, help="weights to begin with instead of random ones")
    parser.add_argument("--out", type=Path, help="file to write, else the one that the evaluation reads")
    parser.add_argument("--clips", type=int, default=8192)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--test-only", type=int, metavar="N", help="test the weights at --out on N clips")


def run(options: argparse.Namespace) -> None:
    torch.backends.cudnn.benchmark = True
    out = options.out or (FRAME_WEIGHTS if options.frames else WEIGHTS)
    if not options.test_only:
        save_judge(_train(options), out)
    judge = load_judge(out, options.device)
    print(json.dumps(_test(judge, options), indent=1))


def _train(options: argparse.Namespace) -> Judge:
    torch.manual_seed(SEED)
    device = torch.device(options.device)
    small, truth = _draw(options, device)
    names = FRAME_ATTRIBUTES if options.frames else tuple(ATTRIBUTES)
    judge = (load_judge(options.start_from, device) if options.start_from else Judge().to(device)).train()
    optimiser = torch.optim.AdamW(judge.parameters(), 2e-3, weight_decay=0.02)
    for step in range(options.steps):
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * min(1, (step + 1) / 50) * (1 - step / options.steps)
        rows = torch.randint(0, len(small), (min(options.batch, len(small)),), device=device)
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            logits = judge(_roughen(small[rows].float() / 255, step))
        losses = [functional.cross_entropy(logits[name].float(), truth[name][rows]) for name in names]
        loss = torch.stack(losses).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 100 == 0:
            print(json.dumps({"step": step, "loss": round(loss.item(), 4)}), flush=True)
    return judge


def _draw(options: argparse.Namespace, device: torch.device) -> tuple[Tensor, Parameters]:
    """What the judge looks at, as bytes; for --frames each few clips at a moment of their own."""
    parameters = sample_parameters(options.clips, SEED)
    chunk = 8 if options.frames else 64
    anywhere = torch.rand(options.clips, generator=torch.Generator().manual_seed(SEED))
    parts = []
    for rows in torch.arange(options.clips).split(chunk):
        moments = anywhere[rows[:1]] if options.frames else MOMENTS
        clips, _ = render(select(parameters, rows), device, moments, chunk)
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
def _test(judge: Judge, options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """On clips of held-out combinations; the judge of frames sees their last ones."""
    truth = sample_held_out_parameters(options.test_only or 256, HELD_OUT_SEED)
    clips, _ = render(truth, options.device, chunk=8)
    vae = load_autoencoder(options.vae, options.device)
    again = decode(vae, encode(vae, clips, batch=4), batch=4)
    names = FRAME_ATTRIBUTES if options.frames else tuple(ATTRIBUTES)
    shown = {"as drawn": clips, "after the VAE": again}
    seen = {name: value[:, -1:] if options.frames else value for name, value in shown.items()}
    return {f"held out, {k}": accuracy(judge.name_attributes(v), truth, names) for k, v in seen.items()}
