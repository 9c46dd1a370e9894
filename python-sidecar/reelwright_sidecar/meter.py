"""The most that a phase takes at once, of the device and of the host."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import torch

from . import process
from .contract import PhasePeak

_seen = 0
"""The most that was seen since `begin`, where the system keeps no such mark that can be put back."""


def begin() -> None:
    """At the start of a phase: what was taken before counts no more."""
    global _seen
    _seen = 0
    # A card that is lost is a failure of what uses it, not of who reads its figures.
    if torch.cuda.is_initialized():
        with suppress(RuntimeError):
            torch.cuda.reset_peak_memory_stats()
    with suppress(OSError):
        # 5: the highest resident set becomes the present one; proc(5).
        Path("/proc/self/clear_refs").write_text("5")


def look() -> None:
    """Now and then, where looking is the only way."""
    global _seen
    if sys.platform != "linux":
        _seen = max(_seen, process.resident())


def peak() -> PhasePeak:
    """The most since `begin`."""
    look()
    allocated, reserved = _of_card()
    return PhasePeak(
        allocated_bytes=allocated,
        reserved_bytes=reserved,
        host_bytes=process.status("VmHWM") if sys.platform == "linux" else _seen,
    )


def _of_card() -> tuple[int | None, int | None]:
    if torch.cuda.is_initialized():
        with suppress(RuntimeError):
            return torch.cuda.max_memory_allocated(), torch.cuda.max_memory_reserved()
    return None, None
