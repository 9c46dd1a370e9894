"""Compare the denoiser's gradients on the GPU with the CPU's, for every way of computing attention.

An earlier run had gradient norms of thousands on the GPU where the CPU gave 0.1, whenever memory was reused: so
every way is tried several times, with the free memory filled with NaN and large numbers in between. Prints one
line for each, then the fastest that agrees.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import torch
from diffusers import CogVideoXTransformer3DModel
from torch import Tensor, nn
from torch.nn.attention import sdpa_kernel

from .denoiser import LATENT_CHANNELS, LATENT_FRAMES, new_denoiser
from .prompts import PROMPT_TOKENS
from .train_denoiser import BACKENDS
from .world.attributes import HEIGHT, WIDTH

TOLERANCE = 0.03
"""Relative distance of all gradients together: bfloat16 alone gives about 0.01."""

Inputs = tuple[Tensor, Tensor, Tensor, Tensor]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, help="JSON file with all figures")
    parser.add_argument("--repeats", type=int, default=4)
    parser.add_argument("--batch", type=int, default=256, help="clips a step when timing")
    parser.add_argument("--device", default="cuda")


def run(options: argparse.Namespace) -> None:
    model = _model()
    truth = _gradient(model, _inputs(4))
    device = torch.device(options.device)
    gpu = _model().to(device)
    large = _inputs(options.batch if device.type == "cuda" else 4, device)
    small = _inputs(4, device)
    rows: list[dict[str, object]] = []
    for compiled in (False, True):
        for name, backend in BACKENDS.items():
            if compiled and not any(r["attention"] == name and r["agrees"] for r in rows):
                continue
            row: dict[str, object] = {"attention": name, "compiled": compiled, "agrees": False}
            try:
                with sdpa_kernel(backend):
                    row |= _compare(gpu, small, large, truth, options.repeats, compiled)
            except RuntimeError as error:
                row["error"] = str(error).splitlines()[0][:200]
            rows.append(row)
            print(json.dumps(row), flush=True)
    good = [row for row in rows if row["agrees"]]
    best = min(good, key=lambda row: float(str(row["seconds"]))) if good else None
    print("fastest that agrees:", json.dumps(best))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps({"rows": rows, "best": best}, indent=1) + "\n")
    if best is None:
        raise SystemExit("no way of computing attention agrees with the CPU")


def _model() -> CogVideoXTransformer3DModel:
    """A denoiser with every gate open, so that every weight has a gradient; the same one at each call."""
    torch.manual_seed(3)
    model = new_denoiser()
    generator = torch.Generator().manual_seed(3)
    for parameter in model.parameters():
        if not parameter.any():
            parameter.data.copy_(torch.randn(parameter.shape, generator=generator) * 0.05)
    return model


def _inputs(count: int, device: torch.device | str = "cpu") -> Inputs:
    g = torch.Generator().manual_seed(4)
    shape = (count, LATENT_FRAMES, LATENT_CHANNELS, HEIGHT // 8, WIDTH // 8)
    hidden = torch.randn(count, LATENT_FRAMES, 2 * LATENT_CHANNELS, *shape[3:], generator=g)
    text = torch.randn(count, PROMPT_TOKENS, 128, generator=g)
    timestep = torch.randint(0, 1000, (count,), generator=g)
    target = torch.randn(shape, generator=g)
    return hidden.to(device), text.to(device), timestep.to(device), target.to(device)


def _backward(model: nn.Module, inputs: Inputs) -> None:
    hidden, text, timestep, target = inputs
    model.zero_grad(set_to_none=True)
    with torch.autocast(hidden.device.type, torch.bfloat16, enabled=hidden.is_cuda):
        output = model(
            hidden_states=hidden, encoder_hidden_states=text, timestep=timestep, return_dict=False
        )[0]
    (output.float() - target).square().mean().backward()


def _gradient(model: nn.Module, inputs: Inputs) -> Tensor:
    _backward(model, inputs)
    return torch.cat([p.grad.flatten().float().cpu() for p in model.parameters() if p.grad is not None])


def _poison(device: torch.device) -> None:
    """Fill what the allocator will hand out next with values that nothing should ever read."""
    if device.type != "cuda":
        return
    blocks = [
        torch.full((size,), value, device=device)
        for size in (2**29, 2**27, 2**24, 2**20, 2**16, 2**12)
        for value in (float("nan"), 1e4)
    ]
    del blocks
    torch.cuda.synchronize()


def _compare(
    model: CogVideoXTransformer3DModel,
    small: Inputs,
    large: Inputs,
    truth: Tensor,
    repeats: int,
    compiled: bool,
) -> dict[str, object]:
    if compiled:
        torch._dynamo.reset()
        for block in model.transformer_blocks:
            block.compile(dynamic=False)
    device = small[0].device
    errors, norms = [], []
    for _ in range(repeats):
        _poison(device)
        gradient = _gradient(model, small)
        errors.append(((gradient - truth).norm() / truth.norm()).item())
        norms.append(gradient.norm().item())
    large_norms = []
    for _ in range(repeats):
        _poison(device)
        large_norms.append(_gradient(model, large).norm().item())
    seconds = _time(lambda: _backward(model, large), device)
    steady = max(large_norms) < 1.1 * min(large_norms)
    return {
        "agrees": max(errors) < TOLERANCE and steady,
        "worst_error": max(errors),
        "norms": norms,
        "cpu_norm": truth.norm().item(),
        "large_batch_norms": large_norms,
        "seconds": round(seconds, 4),
    }


def _time(work: Callable[[], None], device: torch.device, times: int = 5) -> float:
    work()
    if device.type == "cuda":
        torch.cuda.synchronize()
    began = time.monotonic()
    for _ in range(times):
        work()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return (time.monotonic() - began) / times
