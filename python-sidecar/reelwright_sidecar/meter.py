"""The most that a phase takes at once, of the device and of the host."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

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
        _seen = max(_seen, _resident())


def peak() -> PhasePeak:
    """The most since `begin`."""
    look()
    allocated, reserved = _of_card()
    return PhasePeak(
        allocated_bytes=allocated,
        reserved_bytes=reserved,
        host_bytes=_status("VmHWM") if sys.platform == "linux" else _seen,
    )


def _of_card() -> tuple[int | None, int | None]:
    if torch.cuda.is_initialized():
        with suppress(RuntimeError):
            return torch.cuda.max_memory_allocated(), torch.cuda.max_memory_reserved()
    return None, None


def _status(name: str) -> int:
    with suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
    return 0


def _resident() -> int:
    if sys.platform == "win32":
        return _working_set(ctypes.WinDLL("kernel32"))
    import resource

    # The highest ever, in bytes on macOS.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _working_set(kernel: Any) -> int:
    class Counters(ctypes.Structure):
        _fields_ = (
            ("cb", ctypes.c_uint32),
            ("PageFaultCount", ctypes.c_uint32),
            *((f"size{number}", ctypes.c_size_t) for number in range(8)),
        )

    counters = Counters()
    counters.cb = ctypes.sizeof(counters)
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    kernel.K32GetProcessMemoryInfo.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32)
    if not kernel.K32GetProcessMemoryInfo(kernel.GetCurrentProcess(), ctypes.byref(counters), counters.cb):
        return 0
    return int(counters.size1)  # WorkingSetSize; size0 is its peak
