"""Runs orders in this process, and the same through the library's own pipelines."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy
import pytest
import torch
from diffusers import (
    CogVideoXDDIMScheduler,
    CogVideoXDPMScheduler,
    CogVideoXImageToVideoPipeline,
    CogVideoXPipeline,
)
from PIL import Image
from tiny_models import LIMIT

from reelwright_sidecar.contract import (
    PhaseProgress,
    Progress,
    RenderCancelled,
    RenderDone,
    RenderFailed,
    RenderOrder,
    SavedProgress,
    StepProgress,
)
from reelwright_sidecar.families.cogvideox_load import load_component
from reelwright_sidecar.placement import Component, Shelf
from reelwright_sidecar.placement.card import Card, card_of
from reelwright_sidecar.render import Render


def pictures_in(clip: Path) -> bytes:
    """The encoded pictures, without the record, which says when the clip was made. Equal frames give equal ones."""
    with av.open(f"file:{clip}") as container:
        return b"".join(bytes(packet) for packet in container.demux(video=0))


@dataclass
class Run:
    """What an order came to, and what was heard on the way. clip: its encoded pictures."""

    outcome: RenderDone | RenderFailed | RenderCancelled
    progress: list[Progress]
    clip: bytes | None = None
    snapshots: list[tuple[str, Path]] = field(default_factory=list)


def run(
    order: RenderOrder,
    *,
    shelf: Shelf | None = None,
    cancel_when: Callable[[Progress], bool] = lambda _: False,
    snapshots: Path | None = None,
    card: Card | None = None,
) -> Run:
    """Runs an order. `cancel_when` looks at each progress and may stop the render.

    With `snapshots` the job's folder is copied there after each `saved`: what a killed worker would have left.
    `card` stands in for the device that the plan names.
    """
    stopped = False
    progress: list[Progress] = []
    kept: list[tuple[str, Path]] = []

    def report(item: Progress) -> None:
        nonlocal stopped
        progress.append(item)
        stopped = stopped or cancel_when(item)
        if snapshots is not None and isinstance(item, SavedProgress):
            name = item.kept.kind + str(getattr(item.kept, "step", ""))
            shutil.copytree(order.folder, snapshots / name)
            kept.append((name, snapshots / name))

    outcome = Render(
        order,
        Shelf() if shelf is None else shelf,
        report,
        lambda: stopped,
        card_of if card is None else lambda _: card,
    ).run()
    out = Path(order.out)
    clip = pictures_in(out) if isinstance(outcome, RenderDone) else None
    return Run(outcome, progress, clip, kept)


def on_loading(monkeypatch: pytest.MonkeyPatch, loaded: Callable[[Component, Any], None]) -> None:
    """Every component that renders load comes by here, and may be changed."""

    def load(name: Component, folder: Path, dtype: torch.dtype, check: Callable[[], None]) -> Any:
        component = load_component(name, folder, dtype, check)
        loaded(name, component)
        return component

    monkeypatch.setattr("reelwright_sidecar.render.load_component", load)


def at_phase(phase: str) -> Callable[[Progress], bool]:
    return lambda item: isinstance(item, PhaseProgress) and item.phase == phase


def at_step(phase: str, step: int) -> Callable[[Progress], bool]:
    return lambda item: isinstance(item, StepProgress) and (item.phase, item.step) == (phase, step)


@dataclass
class Library:
    """What the library's pipeline makes of an order: latents, and frames as uint8 [frames, height, width, 3]."""

    latents: torch.Tensor
    frames: numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.uint8]]


@functools.cache
def _pipeline(folder: str, image: bool) -> Any:
    pipeline = (CogVideoXImageToVideoPipeline if image else CogVideoXPipeline).from_pretrained(
        folder, dtype=torch.float32
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def by_library(order: RenderOrder) -> Library:
    """The same order through CogVideoXPipeline or CogVideoXImageToVideoPipeline."""
    settings = order.settings
    pipeline = _pipeline(order.model.folder, order.model.task == "image-to-video")
    kind = CogVideoXDDIMScheduler if settings.scheduler == "ddim" else CogVideoXDPMScheduler
    pipeline.scheduler = kind.from_config(pipeline.scheduler.config)
    given = {"image": Image.open(settings.image).convert("RGB")} if settings.image is not None else {}
    latents, frames = (
        pipeline(
            prompt=settings.prompt,
            negative_prompt=settings.negative_prompt,
            width=settings.width,
            height=settings.height,
            num_frames=settings.frames,
            num_inference_steps=settings.steps,
            guidance_scale=settings.guidance,
            generator=torch.Generator("cpu").manual_seed(settings.seed),
            max_sequence_length=LIMIT,
            output_type=output,
            **given,
        ).frames
        for output in ("latent", "pil")
    )
    return Library(latents, numpy.stack([numpy.array(frame) for frame in frames[0]]))
