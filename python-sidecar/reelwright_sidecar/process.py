"""What the system says of this process's memory. Without torch, so that any thread may ask at any time."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any


def held() -> int | None:
    """What others could use of the machine's memory if this process left; None where the system does not say.

    Linux counts the pages of mapped files as free to take, whoever maps them, and Windows those that are in no process.
    """
    if sys.platform == "linux":
        return status("RssAnon") or None
    return resident() or None if sys.platform == "win32" else None


def status(name: str) -> int:
    """A figure of Linux's, in bytes; 0 where it is not told."""
    with suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
    return 0


def resident() -> int:
    """The memory that it has in use, pages of files included; on macOS the most that it ever had."""
    if sys.platform == "win32":
        return _working_set(ctypes.WinDLL("kernel32"))
    import resource

    # The highest ever, in bytes on macOS.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


class _Counters(ctypes.Structure):
    """PROCESS_MEMORY_COUNTERS. size0: the highest working set; size1: the present one."""

    _fields_ = (
        ("cb", ctypes.c_uint32),
        ("PageFaultCount", ctypes.c_uint32),
        *((f"size{number}", ctypes.c_size_t) for number in range(8)),
    )


def _working_set(kernel: Any) -> int:
    counters = _Counters()
    counters.cb = ctypes.sizeof(counters)
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    kernel.K32GetProcessMemoryInfo.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32)
    if not kernel.K32GetProcessMemoryInfo(kernel.GetCurrentProcess(), ctypes.byref(counters), counters.cb):
        return 0
    return int(counters.size1)
