"""The windows of the causal convolutions, and the histories that go into them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import torch

from ..memory import lock, unlock
from .geometry import HISTORY, Slabs, Stage, fresh, kept_on_device, slab_elements, spans

Past = Literal["nowhere", "arriving", "history"]


@dataclass(frozen=True)
class Window:
    """A convolution's input for the rows `start` to `stop` of its map: `values`, [frames, rows, width, channels].

    above: the window of the rows above, whose last two rows are this one's first two.
    past: where the two frames before the batch are. "nowhere" in the first batch, whose first frame stands for them;
    "arriving" when they are on their way into `values`; "history" when they are in `history`.
    history: [2, rows of the map, width, channels], if it stays on the device.
    keep: whether there is a batch after this one.
    """

    stage: Stage
    start: int
    stop: int
    values: torch.Tensor
    above: torch.Tensor | None
    past: Past
    history: torch.Tensor | None
    keep: bool

    @property
    def fresh(self) -> tuple[int, int]:
        """The rows of the map that the window above does not have."""
        return fresh(self.start, self.stop, self.stage.height)

    @property
    def fresh_values(self) -> torch.Tensor:
        """Where they go: of all frames."""
        first, end = self.fresh
        return self.values[:, first - self.start + 1 : end - self.start + 1]


class Windows:
    """Two pieces of memory in turn. While a convolution reads one, the history of the next comes into the other.

    Histories that do not stay on the device lie in page-locked memory of the host; two streams carry them there and
    back, so that no calculation waits for them.
    """

    def __init__(
        self, order: Sequence[Stage], slabs: Slabs, dtype: torch.dtype, device: torch.device
    ) -> None:
        """`order`: the stages of the largest batch."""
        convolutions = [stage for stage in order if stage.kind != "up"]
        self._elements = slab_elements(order, slabs.rows)
        self._dtype, self._device = dtype, device
        self._resident = kept_on_device(order, dtype.itemsize, slabs.resident)
        largest = max(stage.window(stage.rows(self._elements)) for stage in convolutions)
        self._memory = [torch.empty(largest, dtype=dtype, device=device) for _ in range(2)]
        self._histories: dict[str, torch.Tensor] = {}
        self._away = [stage for stage in convolutions if stage.name not in self._resident]
        self._carriers = carriers_of(device) if self._away else None
        self._locked: torch.Tensor | None = None
        self._queue: deque[Window] = deque()

    def begin(self, order: Sequence[Stage], *, first: bool, last: bool) -> None:
        """Before a batch: which stages it has. Before the first there is no history, after the last none is needed."""
        self._queue.clear()
        for stage in order:
            if stage.kind == "up":
                continue
            stays = stage.name in self._resident
            history = self._history(stage) if stays and not (first and last) else None
            above: torch.Tensor | None = None
            for start, stop in spans(stage.height, stage.rows(self._elements)):
                shape = (stage.frames + HISTORY, stop - start + 2, stage.width, stage.inputs)
                memory = self._memory[len(self._queue) % 2]
                values = memory[: stage.window(stop - start)].view(shape)
                past: Past = "nowhere" if first else "history" if stays else "arriving"
                self._queue.append(Window(stage, start, stop, values, above, past, history, keep=not last))
                above = values
        self._fetch()

    def of(self, stage: Stage) -> Iterator[Window]:
        """The windows of the stage that is next, one after the other.

        The caller fills each, calls `filled`, and has read it when it asks for the next.
        """
        while self._queue and self._queue[0].stage is stage:
            window = self._queue.popleft()
            if self._carriers:
                self._carriers.await_memory()
            yield window

    def filled(self, window: Window) -> None:
        """Sends for what the next window needs from the host's memory, and there what the next batch will need."""
        self._fetch()
        if window.keep and window.history is None:
            first, end = window.fresh
            rows = self._history(window.stage)[:, first:end]
            self._carry(window.fresh_values[-HISTORY:], rows, inward=False)

    def close(self) -> None:
        """Before the memory is let go, also when the decode was cut."""
        try:
            if self._carriers:
                self._carriers.finish()
        finally:
            self._histories.clear()
            locked, self._locked = self._locked, None
            if locked is not None:
                unlock(locked)

    def _fetch(self) -> None:
        if self._queue and self._queue[0].past == "arriving":
            window = self._queue[0]
            first, end = window.fresh
            rows = self._history(window.stage)[:, first:end]
            self._carry(rows, window.fresh_values[:HISTORY], inward=True)

    def _carry(self, source: torch.Tensor, target: torch.Tensor, *, inward: bool) -> None:
        """Frame by frame: the rows of a frame are in one piece, on both sides."""
        if self._carriers is None:
            target.copy_(source)
            return
        with self._carriers.inward() if inward else self._carriers.outward():
            for ours, theirs in zip(target, source, strict=True):
                ours.copy_(theirs, non_blocking=True)

    def _history(self, stage: Stage) -> torch.Tensor:
        if stage.name not in self._histories:
            if stage.name in self._resident:
                self._histories[stage.name] = _shaped(
                    stage, torch.empty(stage.history, dtype=self._dtype, device=self._device)
                )
            else:
                sizes = [other.history for other in self._away]
                memory = self._away_memory(sum(sizes))
                for other, part in zip(self._away, memory.split(sizes), strict=True):
                    self._histories[other.name] = _shaped(other, part)
        return self._histories[stage.name]

    def _away_memory(self, size: int) -> torch.Tensor:
        if self._carriers is None:
            return torch.empty(size, dtype=self._dtype, device=self._device)
        self._locked = lock(size * self._dtype.itemsize)
        return self._locked.view(self._dtype)


def carriers_of(device: torch.device) -> _Carriers | None:
    """None where the device's memory is the host's."""
    return _Carriers(device) if device.type == "cuda" else None


def _shaped(stage: Stage, memory: torch.Tensor) -> torch.Tensor:
    return memory.view(HISTORY, stage.height, stage.width, stage.inputs)


class _Carriers:
    """Two streams of copies beside the stream that calculates, none of which may overtake another's use of memory."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._inward, self._outward = torch.cuda.Stream(device), torch.cuda.Stream(device)
        self._arrived, self._left = torch.cuda.Event(), torch.cuda.Event()

    @contextmanager
    def inward(self) -> Iterator[None]:
        """Copies into memory that was read by what has been asked of the calculating stream, and sent away from."""
        self._inward.wait_stream(torch.cuda.current_stream(self._device))
        self._inward.wait_event(self._left)
        with torch.cuda.stream(self._inward):
            yield
        self._arrived.record(self._inward)

    @contextmanager
    def outward(self) -> Iterator[None]:
        """Copies out of what the calculating stream fills."""
        self._outward.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(self._outward):
            yield
        self._left.record(self._outward)

    def await_memory(self) -> None:
        """Has the calculating stream wait until the next window's history is there and its memory is free."""
        calculating = torch.cuda.current_stream(self._device)
        calculating.wait_event(self._arrived)
        calculating.wait_event(self._left)

    def finish(self) -> None:
        """Waits for every copy."""
        self._inward.synchronize()
        self._outward.synchronize()
