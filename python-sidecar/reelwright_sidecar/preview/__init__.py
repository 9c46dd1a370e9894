"""Pictures of a render under way: what each step takes the clean latents to be, projected to colours."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ..contract import PreviewProgress
from ..memory import page_locked
from .lenient import Lenient
from .projection import Projection

SHARE = 0.02
"""Of the time that the steps take, previews may take so much more."""
SIDE_LIMIT, FRAME_LIMIT = 512, 128
# In base64, and with the rest of its message, that stays under 2 MB.
_BYTES = 1_490_000


class Pace:
    """Decides which steps are shown, so that previews keep within their share of the time of the steps so far."""

    def __init__(self) -> None:
        self._steps = 0.0
        self._spent = 0.0
        self._least: float | None = None

    def stepped(self, seconds: float) -> None:
        """A step took so long."""
        self._steps += seconds

    def paid(self, seconds: float) -> None:
        """A preview took so long."""
        self._spent += seconds
        self._least = seconds if self._least is None else min(self._least, seconds)

    def allows(self) -> bool:
        """Whether there is time for one more. The first is always allowed."""
        return self._least is None or self._spent + self._least <= SHARE * self._steps


def reduced(latents: Tensor) -> Tensor:
    """[frames, channels, height, width] averaged over areas and thinned out until a message may hold its colours."""
    side = -(-max(latents.shape[-2:]) // SIDE_LIMIT)
    height, width = (-(-length // side) for length in latents.shape[-2:])
    most = max(min(FRAME_LIMIT, _BYTES // (height * width * 3)), 1)
    some = latents[:: -(-len(latents) // most)]
    return some if side == 1 else functional.avg_pool2d(some.float(), side, ceil_mode=True)


@dataclass(frozen=True)
class _Pending:
    """Colours that were asked for; with `events` they are on their way to the host until the second is reached."""

    step: int
    colours: Tensor
    events: tuple[torch.cuda.Event, torch.cuda.Event] | None
    seconds: float


class Previews:
    """Sends the previews of one denoising: of the first and the last step, and of as many between as Pace allows.

    A card goes on with the next step while the colours travel to the host; they are sent after that step.
    """

    def __init__(
        self,
        job: str,
        of: int,
        projection: Projection,
        device: torch.device,
        report: Callable[[PreviewProgress], None],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._job = job
        self._of = of
        self._projection = projection.to(device)
        self._device = device
        self._report = report
        self._clock = clock
        self._pace = Pace()
        self._pending: _Pending | None = None
        self._lenient = Lenient()

    def show(self, step: int, seconds: float, clean: Tensor) -> None:
        """A step has ended after `seconds`. clean: [frames, channels, height, width], what it takes the end to be."""
        self._pace.stepped(seconds)
        self._lenient.attempt(lambda: self._show(step, clean))

    def close(self) -> None:
        """Sends what is still on its way."""
        self._lenient.attempt(self._send)

    def _show(self, step: int, clean: Tensor) -> None:
        self._send()
        if step != self._of and not self._pace.allows():
            return
        began = self._clock()
        colours, events = self._colours(clean)
        self._pending = _Pending(step, colours, events, self._clock() - began)
        if events is None:
            self._send()

    def _colours(self, clean: Tensor) -> tuple[Tensor, tuple[torch.cuda.Event, torch.cuda.Event] | None]:
        if self._device.type == "cpu":
            return self._projection.colours(reduced(clean)), None
        began, done = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        began.record()
        colours = self._projection.colours(reduced(clean))
        host = page_locked(colours.shape, colours.dtype)
        host.copy_(colours, non_blocking=True)
        done.record()
        return host, (began, done)

    def _send(self) -> None:
        pending, self._pending = self._pending, None
        if pending is None:
            return
        began = self._clock()
        on_card = 0.0
        if pending.events is not None:
            pending.events[1].synchronize()
            on_card = pending.events[0].elapsed_time(pending.events[1]) / 1000
        frames, height, width, _ = pending.colours.shape
        self._report(
            PreviewProgress(
                job_id=self._job,
                phase="denoising",
                step=pending.step,
                of=self._of,
                before=0,
                frames=frames,
                width=width,
                height=height,
                rgb=base64.b64encode(pending.colours.contiguous().numpy().data).decode("ascii"),
            )
        )
        self._pace.paid(pending.seconds + on_card + self._clock() - began)
