"""How busy the card is, by NVML, ten times a second, from a process of its own, which disturbs nobody."""

from __future__ import annotations

import ctypes
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator


class Utilisation:
    """Watches while it is entered. `percent`: the median, None without a card."""

    def __init__(self) -> None:
        self._watcher: subprocess.Popen[str] | None = None
        self.percent: float | None = None

    def __enter__(self) -> Utilisation:
        command = [sys.executable, "-S", __file__]
        self._watcher = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        if self._watcher is not None:
            seen = [int(line) for line in self._watcher.communicate()[0].split()]
            self.percent = statistics.median(seen) if seen else None


def _readings() -> Iterator[int]:
    class Rates(ctypes.Structure):
        _fields_ = (("gpu", ctypes.c_uint), ("memory", ctypes.c_uint))

    nvml = ctypes.CDLL("nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1")
    card, rates = ctypes.c_void_p(), Rates()
    nvml.nvmlInit_v2()
    if nvml.nvmlDeviceGetHandleByIndex_v2(0, ctypes.byref(card)):
        return
    while nvml.nvmlDeviceGetUtilizationRates(card, ctypes.byref(rates)) == 0:
        yield rates.gpu


def main() -> None:
    """Prints readings until the end of its input."""
    ended = threading.Event()

    def await_end() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=await_end, daemon=True).start()
    try:
        for busy in _readings():
            print(busy, flush=True)
            if ended.wait(0.1):
                return
    except OSError:  # no driver
        return


if __name__ == "__main__":
    main()
