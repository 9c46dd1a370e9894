"""Keeps the protocol's descriptors away from everybody else, and ties the process to its parent."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress


def take_descriptors() -> tuple[int, int]:
    """Moves the parent's pipe from descriptors 0 and 1 to private ones, (read, write), that no child inherits.

    From then on descriptor 1 is the error stream and descriptor 0 is empty, for C code as well.
    """
    read, write = os.dup(0), os.dup(1)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(read, os.O_BINARY)
        msvcrt.setmode(write, os.O_BINARY)
    nothing = os.open(os.devnull, os.O_RDWR)
    try:
        os.fstat(2)
    except OSError:
        os.dup2(nothing, 2)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return read, write


def die_with_parent() -> None:
    """On Linux the kernel kills the worker when the parent dies, even while the worker is stopped.

    Elsewhere the closed pipe does it, and on Windows also the parent's job object.
    """
    if sys.platform != "linux":
        return
    pr_set_pdeathsig = 1
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, int(signal.SIGKILL), 0, 0, 0)
