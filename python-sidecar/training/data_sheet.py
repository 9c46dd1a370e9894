"""Draw a contact sheet of the world that training draws from, with the prompts of its clips."""

from __future__ import annotations

import argparse
import random
from pathlib import Path

from .world.captions import caption
from .world.parameters import describe, sample_parameters
from .world.render import render
from .world.sheet import contact_sheet


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, help="the picture to write")
    parser.add_argument("--clips", type=int, default=24)
    parser.add_argument("--seed", type=int, default=3)


def run(options: argparse.Namespace) -> None:
    parameters = sample_parameters(options.clips, options.seed)
    clips, _ = render(parameters, chunk=8)
    contact_sheet(clips, options.out)
    rng = random.Random(options.seed)
    for i, description in enumerate(describe(parameters)):
        print(i, caption(description, rng))
