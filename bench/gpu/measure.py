"""What a phase takes, and how near two results are."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from surroundings import GIB

from reelwright_sidecar import meter


class Phases:
    """Seconds and peaks of each phase."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self.told: dict[str, dict[str, Any]] = {}

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        gc.collect()
        self._settle()
        meter.begin()
        began = time.perf_counter()
        yield
        self._settle()
        peak = meter.peak()

        def gib(size: int | None) -> float | None:
            return None if size is None else round(size / GIB, 3)

        self.told[name] = {
            "seconds": round(time.perf_counter() - began, 3),
            "allocated_gib": gib(peak.allocated_bytes),
            "reserved_gib": gib(peak.reserved_bytes),
            "host_gib": gib(peak.host_bytes),
        }

    def _settle(self) -> None:
        if self._device.type == "cuda":
            torch.cuda.synchronize()


def psnr(values: torch.Tensor, reference: torch.Tensor, peak: float) -> float | None:
    """In dB. None: they are equal."""
    error = (values.float() - reference.float()).square().mean().item()
    return None if error == 0 else round(10 * math.log10(peak**2 / error), 1)


def cap_at(gib: float | None) -> None:
    """No more than that of the card for this process; None: all of it."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
        total = torch.cuda.mem_get_info()[1]
        torch.cuda.set_per_process_memory_fraction(1.0 if gib is None else min(gib * GIB / total, 1.0))
