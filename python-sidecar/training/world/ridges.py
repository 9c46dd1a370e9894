"""The paper layers of each setting: for a column x, the height at which each sheet begins (y downwards)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from .parameters import Parameters

TURN = 2 * math.pi
Ridge = Callable[[Tensor], Tensor]
"""x [1, 1, 1, w] (or [b, 1, 1, 1]) -> y [b, t or 1, 1, w]"""


@dataclass(frozen=True)
class Land:
    """What the ridges of a batch of clips of one setting are drawn from."""

    parameters: Parameters
    moments: Tensor  # [1, t, 1, 1]

    def scalar(self, index: int) -> Tensor:
        return self.parameters["scalar"][:, index].view(-1, 1, 1, 1)

    def cells(self, x: Tensor, row: int, width: float, offset: Tensor) -> tuple[Tensor, Tensor]:
        """Cut x into cells: a random number for each, and the place within it (-1..1)."""
        u = (x + offset) / width
        table = self.parameters["table"]
        count = table.shape[-1]
        index = u.floor().long().clamp(0, count - 1).expand(table.shape[0], -1, -1, -1)
        values = table[:, row][:, None, None, :].expand(-1, index.shape[1], 1, count).gather(3, index)
        return values, (u - u.floor()) * 2 - 1


def _rolling(land: Land, base: Tensor, height: float, frequency: Tensor, phase: Tensor) -> Ridge:
    def ridge(x: Tensor) -> Tensor:
        second = torch.sin(2.1 * frequency * x + 1.7 * phase + 1.0)
        return base - height * (torch.sin(frequency * x + phase) * 0.65 + second * 0.35)

    return ridge


def _level(land: Land, height: float) -> Ridge:
    return lambda x: (x * 0 + height).expand(land.parameters["time"].shape[0], 1, 1, -1)


def hills(land: Land) -> list[Ridge]:
    r = land.scalar
    return [
        _rolling(land, 0.60 + 0.05 * r(6), 0.055, 3.2 + r(7), TURN * r(8)),
        _rolling(land, 0.71 + 0.03 * r(9), 0.045, 2.6 + r(10), TURN * r(11)),
        _rolling(land, 0.83 + 0.02 * r(12), 0.030, 2.2 + r(13), TURN * r(14)),
    ]


def sea(land: Land) -> list[Ridge]:
    t = land.moments

    def waves(base: float, height: float, frequency: float, index: int, speed: float) -> Ridge:
        phase, swell = TURN * land.scalar(index), TURN * land.scalar(index + 1)

        def ridge(x: Tensor) -> Tensor:
            crest = torch.sin(frequency * x + phase + speed * TURN * t).abs() ** 0.8
            return base - height * crest + 0.008 * torch.sin(TURN * t + swell)

        return ridge

    return [
        waves(0.635, 0.020, 13.0, 6, 0.22),
        waves(0.700, 0.026, 10.5, 8, -0.30),
        waves(0.775, 0.030, 8.5, 10, 0.40),
        waves(0.865, 0.036, 7.0, 12, -0.50),
    ]


def desert(land: Land) -> list[Ridge]:
    r = land.scalar

    def pyramids(x: Tensor) -> Tensor:
        left = 0.46 + 0.05 * r(8) + (x - 0.3 - 0.5 * r(6)).abs() * 0.85
        right = 0.54 + 0.04 * r(9) + (x - 0.9 - 0.5 * r(7)).abs() * 0.85
        return torch.minimum(left, right).clamp(max=0.68)

    return [
        pyramids,
        _rolling(land, 0.70 + 0.02 * r(10), 0.045, 3.0 + r(11), TURN * r(12)),
        _rolling(land, 0.83 + 0.02 * r(13), 0.035, 2.4 + r(14), TURN * r(15)),
    ]


def mountains(land: Land) -> list[Ridge]:
    r = land.scalar

    def peaks(row: int, base: float, height: float, width: float, index: int) -> Ridge:
        def ridge(x: Tensor) -> Tensor:
            size, place = land.cells(x, row, width, 0.3 * r(index))
            other_size, other_place = land.cells(x, row + 1, width * 0.63, 0.3 * r(index + 1))
            high = height * (0.55 + 0.45 * size) * (1 - place.abs())
            low = height * 0.8 * (0.4 + 0.6 * other_size) * (1 - other_place.abs())
            return base - torch.maximum(high, low)

        return ridge

    foreground = _rolling(land, torch.full_like(r(13), 0.84), 0.025, 2.2 + r(13), TURN * r(14))
    return [peaks(0, 0.70, 0.40, 0.62, 6), peaks(2, 0.80, 0.30, 0.50, 8), foreground]


CITY_CELLS: Final = (0.13, 0.19)


def city(land: Land) -> list[Ridge]:
    def towers(row: int, base: float, height: float) -> Ridge:
        def ridge(x: Tensor) -> Tensor:
            size, place = land.cells(x, row, CITY_CELLS[row], 0.2 * land.scalar(6 + row))
            street = (place.abs() > 0.88).float()
            mast = (place.abs() < 0.12).float() * (size > 0.6).float()
            return base - height * (0.30 + 0.70 * size) * (1 - street) - height * 0.06 * mast

        return ridge

    return [towers(0, 0.74, 0.36), towers(1, 0.82, 0.34), _level(land, 0.85)]


def forest(land: Land) -> list[Ridge]:
    r = land.scalar

    def pines(row: int, base: float, height: float, width: float) -> Ridge:
        def ridge(x: Tensor) -> Tensor:
            size, place = land.cells(x, row, width, 0.2 * r(6 + row))
            slope = 1 - place.abs()
            return base - height * (0.55 + 0.45 * size) * (slope - 0.10 * ((slope * 3) % 1.0)).clamp(min=0)

        return ridge

    meadow = _rolling(land, torch.full_like(r(13), 0.84), 0.02, 3.2 + r(13), TURN * r(14))
    return [pines(0, 0.72, 0.26, 0.13), pines(1, 0.82, 0.30, 0.19), meadow]


def clouds(land: Land) -> list[Ridge]:
    t = land.moments

    def bank(base: float, height: float, frequency: float, index: int, speed: float) -> Ridge:
        phase, swell = TURN * land.scalar(index), TURN * land.scalar(index + 1)

        def ridge(x: Tensor) -> Tensor:
            puffs = torch.sin(frequency * x + phase + speed * t).abs() ** 0.6
            return base - height * puffs - height * 0.6 * torch.sin(0.37 * frequency * x + swell)

        return ridge

    return [bank(0.70, 0.05, 7.5, 6, 0.35), bank(0.80, 0.055, 6.2, 8, -0.5), bank(0.90, 0.06, 5.0, 10, 0.7)]


RIDGES: Final[dict[str, Callable[[Land], list[Ridge]]]] = {
    "hills": hills,
    "sea": sea,
    "desert": desert,
    "mountains": mountains,
    "city": city,
    "forest": forest,
    "clouds": clouds,
}

PAPER_COLORS: Final[dict[str, tuple[tuple[float, float, float], ...]]] = {
    "hills": ((0.64, 0.84, 0.56), (0.43, 0.73, 0.40), (0.27, 0.59, 0.31)),
    "sea": ((0.50, 0.80, 0.88), (0.32, 0.67, 0.84), (0.18, 0.52, 0.75), (0.10, 0.38, 0.62)),
    "desert": ((0.94, 0.76, 0.52), (0.97, 0.80, 0.50), (0.90, 0.63, 0.34)),
    "mountains": ((0.58, 0.66, 0.82), (0.40, 0.50, 0.70), (0.92, 0.95, 0.99)),
    "city": ((0.74, 0.79, 0.88), (0.50, 0.55, 0.73), (0.40, 0.41, 0.48)),
    "forest": ((0.55, 0.78, 0.66), (0.26, 0.56, 0.42), (0.45, 0.66, 0.33)),
    "clouds": ((0.80, 0.89, 0.97), (0.90, 0.95, 0.99), (0.99, 1.0, 1.0)),
}
"""The sheets of each setting by day, from the farthest to the nearest."""
