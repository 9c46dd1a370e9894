"""Latents to colours by one linear map: what a decoder does in billions of operations, seen from far away.

A model folder may carry the map in preview.json, fitted to pictures such as the model makes. For any other folder it is
fitted in an instant to a few fields of colour that the model's own VAE encodes.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, FiniteFloat, ValidationError
from torch import Tensor
from torch.nn import functional

FILE = "preview.json"
_FILE_LIMIT = 64 * 1024
_RIDGE = 1e-4
_FIELDS, _FIELD_SIDE = 8, 64
# How coarse the patterns of a field are, and how strong: as in pictures, the coarser the stronger.
_PATTERNS = ((2, 1.0), (4, 0.7), (8, 0.5), (16, 0.25), (_FIELD_SIDE, 0.05))

Colour = tuple[FiniteFloat, FiniteFloat, FiniteFloat]


class _Stored(BaseModel):
    model_config = ConfigDict(extra="ignore")
    version: Literal[1]
    weights: list[Colour]
    bias: Colour


@dataclass(frozen=True)
class Projection:
    """Colours in 0..1 are latents @ weights + bias, of latents as the denoiser sees them.

    weights: [channels, 3]. bias: [3].
    """

    weights: Tensor
    bias: Tensor

    def to(self, device: torch.device) -> Projection:
        """The same map on another device."""
        return Projection(self.weights.to(device), self.bias.to(device))

    def colours(self, latents: Tensor) -> Tensor:
        """[frames, channels, height, width] to uint8 [frames, height, width, 3]."""
        pictures = latents.float().permute(0, 2, 3, 1) @ self.weights + self.bias
        return (pictures.clamp(0, 1) * 255).round().to(torch.uint8)


def read_projection(folder: Path, channels: int) -> Projection | None:
    """The map that the model folder carries; None when there is none for so many channels."""
    file = folder / FILE
    try:
        with file.open("rb") as stream:
            stored = _Stored.model_validate_json(stream.read(_FILE_LIMIT))
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        logging.getLogger(__name__).warning("%s is of no use: %s", file, error)
        return None
    if len(stored.weights) != channels:
        logging.getLogger(__name__).warning("%s is not for %d channels.", file, channels)
        return None
    return Projection(torch.tensor(stored.weights), torch.tensor(stored.bias))


def stored(projection: Projection) -> str:
    """The text of preview.json."""
    weights = [tuple(round(value, 5) for value in row) for row in projection.weights.tolist()]
    rows = ",\n".join(f"    [{', '.join(map(str, row))}]" for row in weights)
    bias = ", ".join(str(round(value, 5)) for value in projection.bias.tolist())
    return f'{{\n  "version": 1,\n  "bias": [{bias}],\n  "weights": [\n{rows}\n  ]\n}}\n'


def fit(latents: Tensor, pictures: Tensor) -> Projection:
    """The map that comes nearest, by least squares, from latents to the mean colour of the area of each.

    latents: [n, channels, height, width]. pictures: [n, 3, any height, any width], in 0..1.
    Raises ArithmeticError when the latents are not numbers.
    """
    if not bool(torch.isfinite(latents).all()):
        raise ArithmeticError("The latents are not numbers.")
    height, width = latents.shape[-2:]
    areas = functional.adaptive_avg_pool2d(pictures.cpu().double(), (height, width))
    values = latents.cpu().double().movedim(1, -1).flatten(0, 2)
    colours = areas.movedim(1, -1).flatten(0, 2)
    mean, centre = values.mean(0), colours.mean(0)
    covariance = (values - mean).T @ (values - mean) / len(values)
    # A little of the latents' own spread on the diagonal: the fields may leave a channel nearly unmoved.
    covariance += _RIDGE * covariance.diagonal().mean() * torch.eye(len(mean), dtype=torch.float64)
    weights = torch.linalg.pinv(covariance) @ ((values - mean).T @ (colours - centre) / len(values))
    return Projection(weights.float(), (centre - mean @ weights).float())


def colour_fields() -> Tensor:
    """Soft random fields of colour, the same each time: [n, 3, side, side] in 0..1."""
    generator = torch.Generator().manual_seed(0)
    fields = torch.zeros(_FIELDS, 3, _FIELD_SIDE, _FIELD_SIDE)
    for side, strength in _PATTERNS:
        pattern = torch.randn(_FIELDS, 3, side, side, generator=generator)
        fields += strength * functional.interpolate(pattern, size=fields.shape[-2:], mode="bicubic")
    return torch.sigmoid(1.2 * fields)
