"""Judge both shipped models on held-out prompts, loaded and run as a user would.

Text-to-video gets plain captions of combinations that training never saw; image-to-video also gets the first
picture of a drawn clip of each. The judge names what every clip shows; for image-to-video the judge of single
frames also looks at the last frame alone, to see whether the toy is still there.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    CogVideoXDDIMScheduler,
    CogVideoXDPMScheduler,
    CogVideoXImageToVideoPipeline,
    CogVideoXPipeline,
    DiffusionPipeline,
)
from PIL import Image
from torch import Tensor

from .assemble import NAMES
from .judge_model import FRAME_ATTRIBUTES, FRAME_WEIGHTS, WEIGHTS, Judge, accuracy, load_judge
from .world.attributes import ATTRIBUTES, FRAMES, HEIGHT, WIDTH
from .world.captions import caption
from .world.motion import MOMENTS
from .world.parameters import Parameters, describe, sample_held_out_parameters
from .world.render import render
from .world.sheet import contact_sheet

SEED = 31_337
SHEET_CLIPS = 20
SCHEDULERS = {"ddim": CogVideoXDDIMScheduler, "dpm": CogVideoXDPMScheduler}


@dataclass(frozen=True)
class Sampling:
    scheduler: str
    steps: int
    guidance: float

    @classmethod
    def parse(cls, text: str) -> Sampling:
        scheduler, steps, guidance = text.split(":")
        if scheduler not in SCHEDULERS:
            raise argparse.ArgumentTypeError(f"scheduler {scheduler} is none of {', '.join(SCHEDULERS)}")
        return cls(scheduler, int(steps), float(guidance))

    def __str__(self) -> str:
        return f"{self.scheduler}:{self.steps}:{self.guidance:g}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--models", type=Path, default=Path(__file__).parents[2] / "resources" / "models")
    parser.add_argument("--out", type=Path, required=True, help="folder for the figures and contact sheets")
    parser.add_argument("--count", type=int, default=128)
    parser.add_argument(
        "--batch", type=int, default=1, help="clips made together; 1 gives a user's waiting time"
    )
    parser.add_argument("--only", choices=NAMES, help="only text-to-video or only image-to-video")
    parser.add_argument(
        "--sampling",
        type=Sampling.parse,
        nargs="+",
        default=[Sampling("ddim", 16, 3.0)],
        metavar="SCHEDULER:STEPS:GUIDANCE",
    )
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)


def run(options: argparse.Namespace) -> None:
    torch.set_num_threads(options.threads)
    truth = sample_held_out_parameters(options.count, SEED)
    rng = random.Random(SEED)
    prompts = [caption(description, rng, plain=True) for description in describe(truth)]
    judge = load_judge(WEIGHTS, options.device)
    frame_judge = load_judge(FRAME_WEIGHTS, options.device)
    for mode in [options.only] if options.only else list(NAMES):
        began = time.monotonic()
        pipeline = load_pipeline(options.models / NAMES[mode], mode == "picture", options.device)
        loading = time.monotonic() - began
        pictures = first_pictures(truth, options.device) if mode == "picture" else None
        for sampling in options.sampling:
            clips, seconds = make_clips(pipeline, prompts, pictures, sampling, options.batch)
            report = {
                "model": NAMES[mode],
                "sampling": str(sampling),
                "clips": len(clips),
                "device": options.device,
                "threads": options.threads,
                "seconds_to_load": round(loading, 2),
                "seconds_a_clip": round(seconds / len(clips), 3),
                **judge_clips(judge, frame_judge if pictures else None, clips, truth, prompts),
            }
            name = f"{NAMES[mode]}-{str(sampling).replace(':', '-')}"
            options.out.mkdir(parents=True, exist_ok=True)
            (options.out / f"{name}.json").write_text(json.dumps(report, indent=1) + "\n")
            contact_sheet(clips[:SHEET_CLIPS], options.out / f"{name}.png")
            print(json.dumps({k: v for k, v in report.items() if k != "misses"}), flush=True)


def load_pipeline(folder: Path, picture: bool, device: str) -> DiffusionPipeline:
    kind = CogVideoXImageToVideoPipeline if picture else CogVideoXPipeline
    pipeline: DiffusionPipeline = kind.from_pretrained(folder, dtype=torch.float32).to(device)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def first_pictures(truth: Parameters, device: str) -> list[Image.Image]:
    frames, _ = render(truth, device, MOMENTS[:1])
    pixels = (frames[:, 0].permute(0, 2, 3, 1) * 255).round().to(torch.uint8).cpu().numpy()
    return [Image.fromarray(picture) for picture in pixels]


def make_clips(
    pipeline: Any, prompts: list[str], pictures: list[Image.Image] | None, sampling: Sampling, batch: int
) -> tuple[Tensor, float]:
    """Clips [n, 17, 3, 160, 256] in 0..1, each from its own seed, and the seconds it took."""
    pipeline.scheduler = SCHEDULERS[sampling.scheduler].from_config(pipeline.scheduler.config)
    began, parts = time.monotonic(), []
    for rows in _batches(len(prompts), batch):
        given = {"image": [pictures[i] for i in rows]} if pictures else {}
        made = pipeline(
            prompt=[prompts[i] for i in rows],
            num_frames=FRAMES,
            height=HEIGHT,
            width=WIDTH,
            num_inference_steps=sampling.steps,
            guidance_scale=sampling.guidance,
            use_dynamic_cfg=False,
            max_sequence_length=pipeline.transformer.config.max_text_seq_length,
            generator=[torch.Generator().manual_seed(SEED + i) for i in rows],
            output_type="pt",
            **given,
        )
        parts.append(made.frames.float().cpu())
        print(f"{rows.stop} of {len(prompts)}", end="\r", file=sys.stderr, flush=True)
    return torch.cat(parts), time.monotonic() - began


def _batches(count: int, size: int) -> Iterator[range]:
    return (range(start, min(count, start + size)) for start in range(0, count, size))


def judge_clips(
    judge: Judge, frame_judge: Judge | None, clips: Tensor, truth: Parameters, prompts: list[str]
) -> dict[str, Any]:
    """Accuracies, and every miss with what the judge saw instead."""
    named = judge.name_attributes(clips)
    report: dict[str, Any] = {"accuracy": accuracy(named, truth)}
    if frame_judge:
        last = frame_judge.name_attributes(clips[:, -1:])
        report["last_frame"] = accuracy(last, truth, FRAME_ATTRIBUTES)
    misses = []
    for i, prompt in enumerate(prompts):
        wrong = {
            name: {"asked": values[int(truth[name][i])], "seen": values[int(named[name][i])]}
            for name, values in ATTRIBUTES.items()
            if named[name][i] != truth[name][i]
        }
        if wrong:
            misses.append({"clip": i, "prompt": prompt, **wrong})
    return {**report, "misses": misses}
