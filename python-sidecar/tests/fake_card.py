"""A card made of the host's memory, which is as slow, as small and as unforgiving as a real one may be.

Copies beside the calculation do not happen until the calculation waits for them: who reads earlier reads garbage. A
copy into memory that the calculation may still read is an error, and so is taking more memory than there is.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from reelwright_sidecar.memory_errors import DeviceMemory

GARBAGE = 0xFF
"""As bytes of a float of any size: not a number."""


@dataclass(frozen=True)
class Mark:
    """A point on a lane (`copies` asked for before it) or in the calculation (its `moment`)."""

    copies: int = 0
    moment: int = 0


@dataclass(frozen=True)
class Copy:
    """A copy that was asked for."""

    number: int
    place: int
    pairs: list[tuple[torch.Tensor, torch.Tensor]]


@dataclass
class Lane:
    """Copies that wait until somebody waits for them. `overlapped`: groups that were calculated meanwhile."""

    beside: bool
    pending: list[Copy] = field(default_factory=list)
    asked: int = 0
    moment: int = 0
    read_since: dict[int, int] = field(default_factory=dict)
    overlapped: int = 0

    def copy(self, targets: Sequence[torch.Tensor], sources: Sequence[torch.Tensor], after: Mark) -> Mark:
        self.asked += 1
        pairs = list(zip(targets, sources, strict=True))
        place = targets[0].data_ptr()
        if after.copies == 0:
            assert after.moment > self.read_since.get(place, 0), "memory is written while it is read"
        for target, _ in pairs:
            target.view(torch.uint8).fill_(GARBAGE)
        self.pending.append(Copy(self.asked, place, pairs))
        if not self.beside:
            self._arrive(self.asked)
        return Mark(copies=self.asked)

    def calculated(self) -> Mark:
        self.moment += 1
        self.overlapped += bool(self.pending)
        return Mark(moment=self.moment)

    def await_arrival(self, mark: Mark) -> None:
        self._arrive(mark.copies)

    def settle(self, mark: Mark) -> None:
        self._arrive(mark.copies)

    def finish(self) -> None:
        self._arrive(self.asked)

    def _arrive(self, last: int) -> None:
        while self.pending and self.pending[0].number <= last:
            copy = self.pending.pop(0)
            for target, source in copy.pairs:
                target.copy_(source)
            self.moment += 1
            self.read_since[copy.place] = self.moment


class FakeCard:
    """`total`: bytes that it has. `peak`: the most that was taken of it. `locked_peak`: of page-locked memory that it
    gave. `files`: stretches of files that are locked where they are, of which it locks `lockable_files` at once.
    """

    device = torch.device("cpu")

    def __init__(self, total: int = 2**40) -> None:
        self.total = total
        self.taken = self.peak = 0
        self.locked = self.locked_peak = 0
        self.lockable = self.lockable_files = 2**40
        self.files: dict[int, int] = {}
        self.lanes: list[Lane] = []

    def room(self, size: int) -> torch.Tensor:
        return self._own(torch.full((size,), GARBAGE, dtype=torch.uint8))

    def bring(self, tensor: torch.Tensor) -> torch.Tensor:
        return self._own(tensor.clone())

    def lock(self, size: int) -> torch.Tensor:
        if self.locked + size > self.lockable:
            raise MemoryError(f"Cannot pin memory: {size} bytes, error 2.")
        self.locked += size
        self.locked_peak = max(self.locked_peak, self.locked)
        return torch.full((size,), GARBAGE, dtype=torch.uint8)

    @property
    def locked_in_files(self) -> int:
        return sum(self.files.values())

    def lock_mapped(self, pages: torch.Tensor) -> bool:
        if self.locked_in_files + pages.nbytes > self.lockable or len(self.files) == self.lockable_files:
            return False
        start, end = pages.data_ptr(), pages.data_ptr() + pages.nbytes
        assert all(end <= other or other + size <= start for other, size in self.files.items()), (
            "locked twice"
        )
        self.files[start] = pages.nbytes
        return True

    def unlock(self, memory: torch.Tensor) -> None:
        assert not any(lane.pending for lane in self.lanes), "copies from it are still on their way"
        # Pages of a file may only be read.
        if self.files.pop(memory.data_ptr(), None) is None:
            self.locked -= memory.numel()
            memory.fill_(GARBAGE)

    def lane(self, beside: bool) -> Lane:
        self.lanes.append(Lane(beside))
        return self.lanes[-1]

    def clean(self) -> None:
        pass

    def memory(self) -> DeviceMemory:
        free = self.total - self.taken
        return DeviceMemory(allocated=self.taken, reserved=self.taken, free=free, allowed=self.total)

    def _own(self, tensor: torch.Tensor) -> torch.Tensor:
        size = tensor.nbytes
        if self.taken + size > self.total:
            raise torch.cuda.OutOfMemoryError(f"CUDA out of memory. Tried to allocate {size} bytes.")
        self.taken += size
        self.peak = max(self.peak, self.taken)
        weakref.finalize(tensor.untyped_storage(), self._lost, size)
        return tensor

    def _lost(self, size: int) -> None:
        self.taken -= size
