"""How often the check of frames is right: clips of the starter model and drawn ones, as they are and spoiled.

Prints how many clean clips are taken for spoiled, and the table of `docs/oom-recovery.md`: of those with borders of
tiles or jumps between batches, the share that is found. All are of combinations that training never saw.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator, Sequence
from functools import partial
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
Spoil = Callable[[Clip, float], Clip]
STEPS = (2, 4, 6, 10)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--models", type=Path, default=Path(__file__).parents[2] / "resources" / "models")
    parser.add_argument("--count", type=int, default=20, help="clips of the model")
    parser.add_argument("--drawn", type=int, default=128, help="drawn clips")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)


def run(options: argparse.Namespace) -> None:
    torch.set_num_threads(options.threads)
    drawn, _ = render(sample_held_out_parameters(options.drawn, SEED), options.device)
    sets = [[pictures(clip) for clip in clips] for clips in (made(options), drawn)]
    for name, clips in zip(("model", "drawn"), sets, strict=True):
        print(f"{name}: {sum(any(judged(clip)) for clip in clips)} false alarms in {len(clips)} clips")
    print("| spoiled by | step (of 255, or %) | model | drawn |")
    print("| --- | --- | --- | --- |")
    for check, ways in enumerate((BORDERS, JUMPS)):
        for name, spoil in ways.items():
            found = (
                " / ".join(f"{caught(clips, spoil, step, check):.0%}" for step in STEPS) for clips in sets
            )
            print(f"| {name} | {' / '.join(map(str, STEPS))} |", " | ".join(found), "|", flush=True)


def made(options: argparse.Namespace) -> torch.Tensor:
    """Clips of the model."""
    rng = random.Random(SEED)
    truth = sample_held_out_parameters(options.count, SEED)
    prompts = [caption(description, rng, plain=True) for description in describe(truth)]
    pipeline = load_pipeline(options.models / "paper-world", False, options.device)
    return make_clips(pipeline, prompts, None, Sampling("ddim", 16, 3.0), 1)[0]


def pictures(clip: torch.Tensor) -> Clip:
    frames: Clip = (clip.permute(0, 2, 3, 1) * 255).round().to(torch.uint8).cpu().numpy()
    return frames


def caught(clips: list[Clip], spoil: Spoil, step: float, check: int) -> float:
    """The share of spoiled clips that are found. check: 0 for borders, 1 for jumps."""
    spoiled = (spoil(clip.astype(float), step).clip(0, 255).round().astype(numpy.uint8) for clip in clips)
    return sum(judged(clip)[check] for clip in spoiled) / len(clips)


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


def tiled(clip: Clip, step: float, rows: Sequence[int] = (), columns: Sequence[int] = ()) -> Clip:
    """Every second tile is brighter."""
    row = numpy.searchsorted(rows, numpy.arange(clip.shape[1]), side="right")
    column = numpy.searchsorted(columns, numpy.arange(clip.shape[2]), side="right")
    spoiled: Clip = clip + step * ((row[:, None] + column) % 2 - 0.5)[None, :, :, None]
    return spoiled


BORDERS: dict[str, Spoil] = {
    "4 x 4 tiles, every second one brighter": partial(tiled, rows=(40, 80, 120), columns=(64, 128, 192)),
    "4 slabs of rows": partial(tiled, rows=(40, 80, 120)),
    "4 columns": partial(tiled, columns=(64, 128, 192)),
}


def by_batch(clip: Clip, step: float, change: Spoil) -> Clip:
    """Every second batch is changed."""
    every = [clip[part] for part in parts(len(clip))]
    return numpy.concatenate([change(part, step) if n % 2 else part for n, part in enumerate(every)])


JUMPS: dict[str, Spoil] = {
    "every second batch brighter": partial(by_batch, change=lambda part, step: part + step),
    "every second batch brighter by a factor": partial(
        by_batch, change=lambda part, step: part * (1 + step / 100)
    ),
    "every second batch bluer": partial(by_batch, change=lambda part, step: part + numpy.array([0, 0, step])),
}
