"""How a training run changes as it goes on: pure functions of the share of it that is done."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    total: float  # seconds or steps
    in_steps: bool = False
    singles: float = 0.10  # share of the run spent on single frames
    learning_rate: float = 6e-3
    warm_up: int = 200  # steps
    decay_from: float = 0.55
    final: float = 0.02

    def done(self, spent: float) -> float:
        return min(1.0, spent / self.total)

    def trains_singles(self, spent: float) -> bool:
        return self.done(spent) < self.singles

    def rate(self, step: int, spent: float) -> float:
        """Warm up, hold, then fall in a straight line as the run's time runs out."""
        warm = min(1.0, (step + 1) / self.warm_up)
        left = min(1.0, (1 - self.done(spent)) / (1 - self.decay_from))
        return self.learning_rate * warm * (self.final + (1 - self.final) * left)


def average_decay(step: int, longest: float = 0.9985) -> float:
    """Of the running average of the weights, which is short at first."""
    return min(longest, (1 + step) / (10 + step))
