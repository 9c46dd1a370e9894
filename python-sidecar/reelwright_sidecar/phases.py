"""Which phase a render is in, and what of time and memory each has taken."""

from __future__ import annotations

import time
from collections.abc import Callable

from . import meter
from .contract import Phase, PhasePeak


class Phases:
    """The clock of one render. What comes before the first phase counts as loading."""

    def __init__(self, entered: Callable[[Phase], None]) -> None:
        """`entered` hears of each phase."""
        self.now: Phase | None = None
        self.step: int | None = None
        self.seconds: dict[Phase, float] = {}
        self.peaks: dict[Phase, PhasePeak] = {}
        self._entered = entered
        self._began = self._since = time.perf_counter()

    @property
    def all_seconds(self) -> float:
        """What all of it has taken so far."""
        return time.perf_counter() - self._began

    def enter(self, phase: Phase) -> None:
        """The phase before it ends."""
        self.settle()
        self.now, self.step = phase, None
        meter.begin()
        self._entered(phase)

    def enter_step(self, step: int) -> None:
        """A step of the denoising or the decoding is under way."""
        self.step = step

    def settle(self) -> None:
        """Counts what the phase has taken until now."""
        now = time.perf_counter()
        phase = self.now or "loading"
        self.seconds[phase] = self.seconds.get(phase, 0.0) + now - self._since
        self._since = now
        if self.now is not None:
            self.peaks[self.now] = meter.peak()

    def spent_loading(self, seconds: float) -> None:
        """What was spent on bringing weights to the device counts as loading, whatever phase it was for."""
        self.seconds["loading"] = self.seconds.get("loading", 0.0) + seconds
        self._since += seconds
