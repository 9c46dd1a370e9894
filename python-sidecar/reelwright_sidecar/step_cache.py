"""Steps in which the denoiser does not run: what it would give follows from what it gave in the last two that it did.

From one step to the next its output hardly changes its course, but for the first steps, in which the picture takes
shape out of pure noise. Which steps are calculated is a matter of their number alone: the time is known before, and a
render that goes on gives the very numbers of one made in one go. The planner counts them in the same way
(contract/stepCache.ts).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from .contract import Steps

_FIRST_SHARE = 5
_FIRST = 8
"""The first fifth of the steps is calculated, and no fewer than these."""


def is_calculated(steps: Steps, index: int, of: int) -> bool:
    """Whether the denoiser runs in step `index`, from 0, of so many: where steps are cached in the first, in the last,
    and in every other one between."""
    if steps == "all":
        return True
    first = max(_FIRST, -(-of // _FIRST_SHARE))
    return index < first or (index - first) % 2 == 1 or index == of - 1


@dataclass(frozen=True)
class Outputs:
    """What the denoiser gave in the last two steps in which it ran, the guidance reckoned in.

    Each is [1, frames, channels, height, width] in float32; None where it has not run as often.
    """

    earlier: torch.Tensor | None = None
    later: torch.Tensor | None = None

    def then(self, output: torch.Tensor) -> Outputs:
        """After one more."""
        return Outputs(self.later, output)

    def to(self, device: torch.device) -> Outputs:
        """The same there."""
        return Outputs(*(one if one is None else one.to(device) for one in (self.earlier, self.later)))

    def ahead(self, index: int, of: int) -> torch.Tensor:
        """What the denoiser would give in step `index`: the straight line through both."""
        assert self.earlier is not None and self.later is not None  # the first steps are calculated
        before, last = [step for step in range(index) if is_calculated("cached", step, of)][-2:]
        return torch.lerp(self.earlier, self.later, (index - before) / (last - before))


NO_OUTPUTS = Outputs()
