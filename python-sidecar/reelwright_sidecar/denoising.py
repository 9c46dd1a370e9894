"""The steps of a render: each is told and shown, and kept as often as that costs next to nothing."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Generator
from contextlib import closing, suppress

import torch

from .checkpoints import Checkpoints
from .contract import Kept, KeptCheckpoint, KeptLatents, Progress, RenderOrder, StepProgress
from .failure import BadFrames, Cancelled
from .families.cogvideox import DenoiseState
from .files import StorageError
from .preview import Previews
from .step_cache import is_calculated

Steps = Generator[tuple[DenoiseState, torch.Tensor], None, None]

_COST = 0.01
"""Of the time that the steps take, saving may take so much more."""


class SavePace:
    """Decides after which steps to save: as soon as that costs no more than a hundredth of the time since the last
    save, and at the latest after as many steps as may be lost."""

    def __init__(self, at_risk: int) -> None:
        """`at_risk`: steps after which to save in any case."""
        self._at_risk = at_risk
        self._cost = 0.0
        self._seconds = 0.0
        self._steps = 0

    def stepped(self, seconds: float) -> None:
        """A step took so long."""
        self._seconds += seconds
        self._steps += 1

    def saved(self, seconds: float) -> None:
        """A save took so long."""
        self._cost = seconds
        self._seconds, self._steps = 0.0, 0

    @property
    def is_due(self) -> bool:
        """Whether to save now. What the first save costs is found out at once."""
        return self._steps > 0 and (self._cost <= _COST * self._seconds or self._steps >= self._at_risk)


class Denoising:
    """The steps of one render."""

    def __init__(
        self,
        order: RenderOrder,
        store: Checkpoints,
        previews: Previews | None,
        report: Callable[[Progress], None],
        kept: Callable[[Kept], None],
        cancelled: Callable[[], bool],
    ) -> None:
        """`kept` hears of everything that is saved; `cancelled` is asked after each step."""
        self._job = order.job_id
        self._of = order.settings.steps
        self._steps = order.plan.steps
        self._store = store
        self._previews = previews
        self._report = report
        self._kept = kept
        self._cancelled = cancelled
        self._pace = SavePace(order.plan.checkpoint_every_steps)
        self._saved = 0
        self._missed = False

    def run(self, start: DenoiseState, steps: Steps) -> torch.Tensor:
        """Takes the steps that follow `start`; the final latents, which are saved.

        Raises BadFrames nan, StorageError, Cancelled and whatever a step does.
        """
        state, self._saved = start, start.step
        began = time.perf_counter()
        try:
            with closing(steps):
                for after, clean in steps:
                    if not bool(torch.isfinite(after.latents).all()):
                        raise BadFrames("nan", f"Step {after.step} gave values that are not numbers.")
                    state = after
                    self._stepped(state.step, time.perf_counter() - began, clean)
                    if state.step < self._of:  # the final latents are saved instead
                        self._keep_when_due(state)
                    began = time.perf_counter()
        except (BadFrames, StorageError, Cancelled):
            raise
        except Exception:
            if self._saved < state.step < self._of:
                # What was calculated is still there. That it can be saved is hoped, not needed.
                with suppress(Exception):
                    self._save(state)
            raise
        if self._previews is not None:
            self._previews.close()
        self._store.save_latents(state.latents)
        self._kept(KeptLatents())
        return state.latents

    def _stepped(self, step: int, seconds: float, clean: torch.Tensor) -> None:
        self._pace.stepped(seconds)
        cached = None if is_calculated(self._steps, step - 1, self._of) else True
        self._report(
            StepProgress(
                job_id=self._job, phase="denoising", step=step, of=self._of, seconds=seconds, cached=cached
            )
        )
        if self._previews is not None:
            self._previews.show(step, seconds, clean)

    def _keep_when_due(self, state: DenoiseState) -> None:
        stop = self._cancelled()
        if stop or self._pace.is_due:
            try:
                self._save(state)
                self._missed = False
            except StorageError:
                # Somebody may look at the file, the disk be full for a moment: after the next step again.
                if stop or self._missed:
                    raise
                self._missed = True
                traceback.print_exc()
        if stop:
            raise Cancelled

    def _save(self, state: DenoiseState) -> None:
        began = time.perf_counter()
        self._store.save_state(state)
        self._saved = state.step
        self._kept(KeptCheckpoint(step=state.step))
        self._pace.saved(time.perf_counter() - began)
