"""The numbers that fix a batch of clips, drawn on the CPU so that a seed means the same everywhere."""

from __future__ import annotations

import torch
from torch import Tensor

from .attributes import (
    COLORS,
    MOTIONS,
    SETTINGS,
    SUBJECTS,
    TIMES,
    Description,
    is_held_out,
)

Parameters = dict[str, Tensor]
"""Attribute indices [n] under their names; `scalar` [n, 32], `table` [n, 4, 48], `stars` [n, 4, 10, 16] and
`clouds` [n, 4, 8] are uniform in 0..1 and decide everything else."""


def sample_parameters(count: int, seed: int, allow_held_out: bool = False) -> Parameters:
    """`count` clips; without `allow_held_out` none of them shows a held-out combination."""
    generator = torch.Generator().manual_seed(seed)

    def integers(upper: int) -> Tensor:
        return torch.randint(0, upper, (count,), generator=generator)

    def uniform(*shape: int) -> Tensor:
        return torch.rand(count, *shape, generator=generator)

    setting = integers(len(SETTINGS))
    time = torch.multinomial(torch.tensor([0.4, 0.3, 0.3]), count, True, generator=generator)
    assert len(TIMES) == 3
    subject, color, motion = integers(len(SUBJECTS)), integers(len(COLORS)), integers(len(MOTIONS))
    while not allow_held_out:
        forbidden = is_held_out(subject, color, setting)
        if not forbidden.any():
            break
        color = torch.where(forbidden, integers(len(COLORS)), color)
    return {
        "setting": setting,
        "time": time,
        "subject": subject,
        "color": color,
        "motion": motion,
        "scalar": uniform(32),
        "table": uniform(4, 48),
        "stars": uniform(4, 10, 16),
        "clouds": uniform(4, 8),
    }


def sample_held_out_parameters(count: int, seed: int) -> Parameters:
    """`count` clips that all show held-out combinations."""
    drawn = sample_parameters(count * 24 + 400, seed, allow_held_out=True)
    chosen = is_held_out(drawn["subject"], drawn["color"], drawn["setting"]).nonzero()[:count, 0]
    return select(drawn, chosen)


def select(parameters: Parameters, index: Tensor) -> Parameters:
    return {name: value[index] for name, value in parameters.items()}


def to_device(parameters: Parameters, device: torch.device) -> Parameters:
    return {name: value.to(device, non_blocking=True) for name, value in parameters.items()}


def describe(parameters: Parameters) -> list[Description]:
    columns = [parameters[name].tolist() for name in ("subject", "color", "motion", "setting", "time")]
    return [
        Description(SUBJECTS[su], COLORS[co], MOTIONS[mo], SETTINGS[se], TIMES[ti])
        for su, co, mo, se, ti in zip(*columns, strict=True)
    ]
