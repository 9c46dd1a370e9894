"""How often the check of frames is right: clips of the starter model and drawn ones, as they are and spoiled.

Prints how many clean clips are taken for spoiled, and how many of those with borders of tiles or jumps between
batches are found. The clips of the model are of combinations that training never saw.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy
import torch

from reelwright_sidecar.decode.flaws import Flicker, Seams
from reelwright_sidecar.decode.geometry import batches

from .evaluate import SEED, Sampling, load_pipeline, make_clips
from .world.captions import caption
from .world.parameters import describe, sample_held_out_parameters
from .world.render import render

Clip = numpy.ndarray[tuple[int, ...], numpy.dtype[Any]]
TILES = {
    "tiles": ((40, 80, 120), (64, 128, 192)),
    "slabs": ((40, 80, 120), ()),
    "columns": ((), (64, 128, 192)),
}
STEPS = (2, 4, 6, 10)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--models", type=Path, default=Path(__file__).parents[2] / "resources" / "models")
    parser.add_argument("--count", type=int, default=24, help="clips of the model, and as many drawn ones")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)


def run(options: argparse.Namespace) -> None:
    torch.set_num_threads(options.threads)
    truth = sample_held_out_parameters(options.count, SEED)
    rng = random.Random(SEED)
    prompts = [caption(description, rng, plain=True) for description in describe(truth)]
    pipeline = load_pipeline(options.models / "paper-world", False, options.device)
    made, _ = make_clips(pipeline, prompts, None, Sampling("ddim", 16, 3.0), 1)
    drawn, _ = render(truth, options.device)
    for name, clips in (("model", made), ("drawn", drawn)):
        report(name, [pictures(clip) for clip in clips])


def pictures(clip: torch.Tensor) -> Clip:
    frames: Clip = (clip.permute(0, 2, 3, 1) * 255).round().to(torch.uint8).cpu().numpy()
    return frames


def report(name: str, clips: list[Clip]) -> None:
    """Prints a line for what is clean, and one for each way of spoiling it."""
    clean = [judged(clip) for clip in clips]
    print(f"{name}: {len(clips)} clips, {sum(map(bool, (any(one) for one in clean)))} false alarms")
    for kind, (rows, columns) in TILES.items():
        spoil = [(step, lambda clip, step=step: tiled(clip, rows, columns, step)) for step in STEPS]  # noqa: B023
        print(f"  {kind}:", *(f"{step}: {caught(clips, change, 0):.0%}" for step, change in spoil))
    for kind, change in JUMPS.items():
        print(f"  {kind}:", *(f"{step}: {caught(clips, by_batch(change, step), 1):.0%}" for step in STEPS))


def caught(clips: list[Clip], change: Callable[[Clip], Clip], check: int) -> float:
    return sum(judged(as_pictures(change(clip.astype(float))))[check] for clip in clips) / len(clips)


def as_pictures(clip: Clip) -> Clip:
    pictures: Clip = clip.clip(0, 255).round().astype(numpy.uint8)
    return pictures


def judged(clip: Clip) -> tuple[bool, bool]:
    """Whether borders and whether jumps are found."""
    seams, flicker = Seams(), Flicker()
    for part in parts(len(clip)):
        seams.add(clip[part])
        flicker.add(clip[part])
    return seams.found() is not None, flicker.found() is not None


def parts(frames: int) -> Iterator[slice]:
    """The frames of each batch of the decoder, of 4 n + 1."""
    for start, stop in batches((frames - 1) // 4 + 1):
        yield slice(4 * start - 3 if start else 0, 4 * stop - 3)


def tiled(clip: Clip, rows: tuple[int, ...], columns: tuple[int, ...], step: float) -> Clip:
    """Every second tile is brighter."""
    row = numpy.searchsorted(rows, numpy.arange(clip.shape[1]), side="right")
    column = numpy.searchsorted(columns, numpy.arange(clip.shape[2]), side="right")
    spoiled: Clip = clip + step * ((row[:, None] + column) % 2 - 0.5)[None, :, :, None]
    return spoiled


JUMPS: dict[str, Callable[[Clip, float], Clip]] = {
    "brightness": lambda part, step: part + step,
    "factor": lambda part, step: part * (1 + step / 100),
    "colour": lambda part, step: part + numpy.array([0, 0, step]),
}


def by_batch(change: Callable[[Clip, float], Clip], step: float) -> Callable[[Clip], Clip]:
    """Every second batch is changed."""

    def spoiled(clip: Clip) -> Clip:
        every = [clip[part] for part in parts(len(clip))]
        return numpy.concatenate([change(part, step) if n % 2 else part for n, part in enumerate(every)])

    return spoiled
