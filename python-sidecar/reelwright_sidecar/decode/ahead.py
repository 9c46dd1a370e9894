"""Makes the kernels of a decode while something else is at work: on a machine that has none of them on its disk yet
that takes ten seconds, for which the first clip would wait."""

from __future__ import annotations

import logging
from functools import cache
from threading import Thread
from typing import Any

import torch

from . import pointwise
from .geometry import HISTORY, Stage, Structure, stages
from .pointwise import Modulation
from .slabs import kernels_for
from .windows import Window

# Latents so small are enough: what differs with the size of the picture or the slabs is the same kernel.
_SIDE, _FRAMES = 2, 2


@cache
def kernels_in_the_making(structure: Structure, dtype: torch.dtype, device: torch.device) -> Thread | None:
    """A thread that makes them, begun with the first call; it is over when they are there. None where there are none.

    Whatever fails, the decode meets by itself.
    """
    kernels = kernels_for(device)
    if kernels is pointwise:
        return None
    thread = Thread(target=_make, args=(kernels, structure, dtype, device), name="kernels", daemon=True)
    thread.start()
    return thread


def _make(kernels: Any, structure: Structure, dtype: torch.dtype, device: torch.device) -> None:
    try:
        with torch.inference_mode(), torch.device(device):
            run_each(kernels, structure, dtype)
    except Exception:
        logging.getLogger(__name__).warning("Kernels of the decode were not made ahead.", exc_info=True)


def run_each(kernels: Any, structure: Structure, dtype: torch.dtype) -> None:
    """Every kernel of a decode with this structure, once, as it is called there; on torch's default device."""
    changes = False
    for stage in stages(structure, _FRAMES, _SIDE, _SIDE):
        target = torch.zeros(stage.frames, stage.height, stage.width, stage.outputs, dtype=dtype)
        bias = torch.zeros(stage.outputs)
        if stage.kind == "up":
            few = stage.frames if stage.frames == 1 else stage.frames // 2
            raw = torch.zeros(few, stage.height // 2 + 1, stage.width // 2 + 1, 4, stage.outputs, dtype=dtype)
            kernels.settle_upsampled(raw, bias, target, stage.frames // few)
            continue
        _fill(kernels, stage, dtype)
        # A convolution gives multiples of eight.
        padded = stage.outputs + -stage.outputs % 8
        raw = torch.zeros(stage.frames, stage.height, stage.width, padded, dtype=dtype)
        if stage.kind == "first":
            changes = stage.inputs != stage.outputs
        add = stage.kind == "second" and not changes
        kernels.settle(raw[..., : stage.outputs], bias, target, add)


def _fill(kernels: Any, stage: Stage, dtype: torch.dtype) -> None:
    source = torch.zeros(stage.frames, stage.height, stage.width, stage.inputs, dtype=dtype)
    values = torch.empty(stage.frames + HISTORY, stage.height + 2, stage.width, stage.inputs, dtype=dtype)
    window = Window(stage, 0, stage.height, values, None, "nowhere", None, keep=False)
    modulation = None
    if stage.kind != "in":
        factors = torch.zeros(_FRAMES, _SIDE, _SIDE, 2, stage.inputs, dtype=dtype)
        modulation = Modulation(torch.zeros(2, stage.inputs), factors, stage.frames // _FRAMES)
    kernels.fill(window, source, modulation)
