"""The boundary to the device: its memory, the host's page-locked memory, and copies beside the calculation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import torch

from .. import gauge
from ..memory import lock, lock_mapped, read_device_memory, unlock
from ..memory_errors import DeviceMemory

Mark = Any
"""A point in the work that a device was asked for: of a lane's copies, or of the calculation."""


class Lane(Protocol):
    """Copies to the device, in the order in which they are asked for."""

    def copy(self, targets: Sequence[torch.Tensor], sources: Sequence[torch.Tensor], after: Mark) -> Mark:
        """Copies once `after` has been reached; gives the mark of the arrival."""

    def calculated(self) -> Mark:
        """The mark of all that the calculation was asked for so far."""

    def await_arrival(self, mark: Mark) -> None:
        """Nothing that is asked of the calculation from now on begins before the mark is reached."""

    def settle(self, mark: Mark) -> None:
        """Waits, here and now, until the mark is reached."""

    def finish(self) -> None:
        """Waits for every copy."""


class Card(Protocol):
    """A device whose memory is not the host's."""

    @property
    def device(self) -> torch.device:
        """Where tensors are that it calculates with."""

    def room(self, size: int) -> torch.Tensor:
        """So many bytes of its memory, with nothing in them."""

    def bring(self, tensor: torch.Tensor) -> torch.Tensor:
        """The tensor on the device."""

    def lock(self, size: int) -> torch.Tensor:
        """So many page-locked bytes of the host's memory. Raises MemoryError when the system gives none."""

    def lock_mapped(self, pages: torch.Tensor) -> bool:
        """Page-locks bytes of a mapped file where they are; False where that cannot be."""

    def unlock(self, memory: torch.Tensor) -> None:
        """Gives back what `lock` gave, which must not be used any more, or `lock_mapped` locked."""

    def lane(self, beside: bool) -> Lane:
        """A lane beside the calculation, or one whose copies are part of it."""

    def clean(self) -> None:
        """After something has left: gives free memory back to the driver."""

    def memory(self) -> DeviceMemory:
        """How much of it is taken now."""


class CudaCard:
    """The CUDA device that torch uses."""

    device = torch.device("cuda")

    def room(self, size: int) -> torch.Tensor:
        return torch.empty(size, dtype=torch.uint8, device=self.device)

    def bring(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor.to(self.device)

    def lock(self, size: int) -> torch.Tensor:
        return lock(size)

    def lock_mapped(self, pages: torch.Tensor) -> bool:
        return lock_mapped(pages)

    def unlock(self, memory: torch.Tensor) -> None:
        unlock(memory)

    def lane(self, beside: bool) -> Lane:
        return _CudaLane(torch.cuda.Stream() if beside else torch.cuda.current_stream())

    def clean(self) -> None:
        torch.cuda.empty_cache()
        gauge.read()

    def memory(self) -> DeviceMemory:
        return read_device_memory()


class _CudaLane:
    def __init__(self, stream: torch.cuda.Stream) -> None:
        self._stream = stream

    def copy(self, targets: Sequence[torch.Tensor], sources: Sequence[torch.Tensor], after: Mark) -> Mark:
        self._stream.wait_event(after)
        with torch.cuda.stream(self._stream):
            for target, source in zip(targets, sources, strict=True):
                target.copy_(source, non_blocking=True)
        return self._stream.record_event()

    def calculated(self) -> Mark:
        return torch.cuda.current_stream().record_event()

    def await_arrival(self, mark: Mark) -> None:
        torch.cuda.current_stream().wait_event(mark)

    def settle(self, mark: Mark) -> None:
        mark.synchronize()

    def finish(self) -> None:
        self._stream.synchronize()


def card_of(device: str) -> Card | None:
    """The card that a plan names; None for the processor, whose memory is the host's."""
    return CudaCard() if device == "cuda" else None
