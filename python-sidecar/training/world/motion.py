"""Where the toy is, how large and how turned, at each moment of a clip.

Where it starts does not depend on how it moves (only a toy of the ground that rises or falls starts in the
air), so that a model given the first picture still has to read the prompt to know what happens next.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from .attributes import FRAMES, MOTIONS, SUBJECTS
from .parameters import Parameters


class Trajectory(NamedTuple):
    """Each [b, t]; lengths in units of the picture's height."""

    x: Tensor
    y: Tensor
    size: Tensor
    angle: Tensor
    facing: Tensor
    squash: Tensor
    roll: Tensor


MOMENTS = torch.linspace(0, 1, FRAMES)
"""When each frame of a clip is taken."""

TRAVEL_ACROSS = 0.44
TRAVEL_UP = 0.25
GROWTH = 0.65
SHRINKAGE = 0.48
TURN = 2 * math.pi


def trajectory(parameters: Parameters, moments: Tensor) -> Trajectory:
    """`moments` [t] in 0..1"""
    subject, motion, scalar = parameters["subject"], parameters["motion"], parameters["scalar"]
    t = moments.view(1, -1).expand(subject.shape[0], -1)

    def is_subject(*names: str) -> Tensor:
        return torch.stack([subject == SUBJECTS.index(name) for name in names]).any(0)[:, None]

    def moves(*names: str) -> Tensor:
        return torch.stack([motion == MOTIONS.index(name) for name in names]).any(0)[:, None]

    def uniform(index: int, low: float, high: float) -> Tensor:
        return low + (high - low) * scalar[:, index : index + 1]

    def wave(turns: float, amount: Tensor | float = 1.0) -> Tensor:
        """Sways about the start, from zero."""
        return amount * (torch.sin(t * TURN * turns + phase) - torch.sin(phase))

    on_ground = is_subject("boat", "car", "ball")
    ground = torch.where(is_subject("boat"), 0.735, torch.where(is_subject("car"), 0.80, 0.79))
    phase = TURN * uniform(25, 0, 1)
    airy_start = uniform(22, 0.42, 0.56)
    start_x = uniform(23, 0.60, 1.00)
    start_y = torch.where(
        on_ground, torch.where(moves("rises", "falls"), uniform(22, 0.50, 0.58), ground), airy_start
    )
    start_size = uniform(24, 0.150, 0.180)
    still = torch.zeros_like(t)

    sign = torch.where(moves("left"), -1.0, torch.where(moves("right"), 1.0, 0.0))
    sway = torch.where(moves("floats"), torch.where(on_ground, 0.05, 0.07), 0.010)
    x = start_x + sign * TRAVEL_ACROSS * t + wave(0.8, sway)

    climb = torch.where(moves("falls"), 1.0, torch.where(moves("rises"), -1.0, 0.0)) * TRAVEL_UP
    bob = torch.where(moves("floats"), 0.030, 0.008) * torch.where(on_ground, 0.4, 1.0)
    bob = torch.where(moves("bounces"), 0.0, bob)
    y = start_y + climb * t + wave(1.1, bob)
    hop = torch.where(on_ground, torch.sin(1.5 * math.pi * t).abs(), torch.cos(1.5 * math.pi * t).abs())
    floor = torch.where(on_ground, ground, 0.74)
    top = torch.where(on_ground, ground - uniform(27, 0.22, 0.28), airy_start)
    y = torch.where(moves("bounces"), floor + (top - floor) * hop, y)
    squash = torch.where(moves("bounces"), 1 - 0.22 * (1 - hop / 0.35).clamp(0, 1), still + 1)

    scale = 1 + t * torch.where(moves("closer"), GROWTH, torch.where(moves("away"), -SHRINKAGE, 0.0))
    size = start_size * scale
    y = y - torch.where(on_ground, 0.7, 0.0) * (size - start_size)

    tilt = torch.where(is_subject("car", "ball"), 0.3, 1.0) * torch.where(moves("floats"), 0.12, 0.04)
    angle = tilt * torch.sin(t * TURN * 0.8 + phase)
    angle = angle + torch.where(is_subject("rocket") & moves("left", "right"), 0.9, 0.0)
    facing = torch.where(moves("left"), -1.0, 1.0) + still
    roll = torch.where(moves("left", "right"), -TRAVEL_ACROSS * t / (size * 1.3), -0.8 * t)
    return Trajectory(x, y, size, angle, facing, squash, roll)
