"""What a clip of the paper world can show, and which combinations training never sees."""

from __future__ import annotations

from typing import Final, NamedTuple

import torch
from torch import Tensor

HEIGHT: Final = 160
WIDTH: Final = 256
FRAMES: Final = 17

SETTINGS: Final = ("hills", "sea", "desert", "mountains", "city", "forest", "clouds")
TIMES: Final = ("day", "sunset", "night")
SUBJECTS: Final = ("balloon", "boat", "car", "ball", "bird", "kite", "star", "rocket")
COLORS: Final = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "white")
MOTIONS: Final = ("left", "right", "rises", "falls", "bounces", "closer", "away", "floats")

ATTRIBUTES: Final[dict[str, tuple[str, ...]]] = {
    "setting": SETTINGS,
    "time": TIMES,
    "subject": SUBJECTS,
    "color": COLORS,
    "motion": MOTIONS,
}

PALETTE: Final = torch.tensor(
    [
        [0.88, 0.20, 0.18],
        [0.97, 0.53, 0.13],
        [0.99, 0.82, 0.20],
        [0.22, 0.68, 0.34],
        [0.16, 0.44, 0.86],
        [0.54, 0.30, 0.76],
        [0.97, 0.50, 0.68],
        [0.94, 0.94, 0.95],
    ]
)


class Description(NamedTuple):
    """The names of one clip's attributes."""

    subject: str
    color: str
    motion: str
    setting: str
    time: str


def is_held_out(subject: Tensor, color: Tensor, setting: Tensor) -> Tensor:
    """True for about 6 % of the (subject, colour, setting) triples. Training never draws one, in any
    motion or at any time of day, so what is judged on them was put together by the model itself."""
    return (subject * 5 + color * 3 + setting * 7) % 17 == 0
