"""How busy the card is, how fast its clock, and what holds it back: by NVML, ten times a second, from a process of its
own, which disturbs nobody. Alone it says what is held of the card.

    python bench/gpu/utilisation.py
"""

from __future__ import annotations

import ctypes
import json
import statistics
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

# What a card says holds its clock back (nvml.h, nvmlClocksEventReasons).
REASONS = {
    "power": 0x4,
    "hardware": 0x8,
    "heat": 0x20 | 0x40,
    "power supply": 0x80,
}
_SM_CLOCK = 1
_TEMPERATURE = 0


class Utilisation:
    """Watches while it is entered."""

    def __init__(self) -> None:
        self._watcher: subprocess.Popen[str] | None = None
        self.readings: list[dict[str, Any]] = []

    def __enter__(self) -> Utilisation:
        command = [sys.executable, "-S", __file__, "watch"]
        self._watcher = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        if self._watcher is not None:
            self.readings = [json.loads(line) for line in self._watcher.communicate()[0].splitlines()]

    @property
    def percent(self) -> float | None:
        """The median; None without a card."""
        return statistics.median(each["busy"] for each in self.readings) if self.readings else None

    @property
    def clocks(self) -> dict[str, Any] | None:
        """Of the multiprocessors' clock and the power: medians and extremes. held_back: shares of the time. None
        without a card."""
        if not self.readings:
            return None

        def of(what: str) -> list[float]:
            return [each[what] for each in self.readings if each.get(what) is not None]

        def by(choose: Callable[[list[float]], float], what: str) -> float | None:
            return round(choose(of(what))) if of(what) else None

        reasons = [int(each) for each in of("reasons")]
        return {
            "mhz": by(statistics.median, "mhz"),
            "least_mhz": by(min, "mhz"),
            "most_mhz": by(max, "most_mhz"),
            "watts": by(statistics.median, "watts"),
            "limit_watts": by(max, "limit_watts"),
            "celsius": by(max, "celsius"),
            "held_back": {
                name: round(sum(bool(each & bit) for each in reasons) / max(len(reasons), 1), 3)
                for name, bit in REASONS.items()
            },
        }


class Card:
    """The first card by NVML. Raises OSError where there is no driver, or no card."""

    def __init__(self) -> None:
        self._nvml = ctypes.CDLL("nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1")
        self._card = ctypes.c_void_p()
        self._nvml.nvmlInit_v2()
        if self._nvml.nvmlDeviceGetHandleByIndex_v2(0, ctypes.byref(self._card)):
            raise OSError("NVML sees no card.")

    def _asked(self, name: str, answer: Any, *given: Any) -> Any:
        """None where the driver does not say."""
        ask = getattr(self._nvml, f"nvmlDeviceGet{name}", None)
        return None if ask is None or ask(self._card, *given, ctypes.byref(answer)) else answer

    def _number(self, name: str, *given: Any, parts: int = 1) -> float | None:
        found = self._asked(name, ctypes.c_uint(), *given)
        return None if found is None else found.value / parts

    def reading(self) -> dict[str, Any] | None:
        """MHz, watts, degrees; None where not even how busy it is is told."""

        class Rates(ctypes.Structure):
            _fields_ = (("gpu", ctypes.c_uint), ("memory", ctypes.c_uint))

        rates = self._asked("UtilizationRates", Rates())
        if rates is None:
            return None
        reasons = self._asked("CurrentClocksThrottleReasons", ctypes.c_ulonglong())
        return {
            "busy": rates.gpu,
            "mhz": self._number("ClockInfo", _SM_CLOCK),
            "most_mhz": self._number("MaxClockInfo", _SM_CLOCK),
            "watts": self._number("PowerUsage", parts=1000),
            "limit_watts": self._number("EnforcedPowerLimit", parts=1000),
            "celsius": self._number("Temperature", _TEMPERATURE),
            "reasons": None if reasons is None else reasons.value,
        }

    def memory(self) -> tuple[int, int] | None:
        """Bytes that are held, by whomever, and all."""

        class Memory(ctypes.Structure):
            _fields_ = tuple((name, ctypes.c_ulonglong) for name in ("total", "free", "used"))

        found = self._asked("MemoryInfo", Memory())
        return None if found is None else (found.used, found.total)


def held_and_all() -> tuple[float, float] | None:
    """GiB of the card that are held, by whomever, and all; None without a card."""
    try:
        memory = Card().memory()
    except OSError:
        return None
    return None if memory is None else (memory[0] / 2**30, memory[1] / 2**30)


def _readings() -> Iterator[dict[str, Any]]:
    card = Card()
    while (reading := card.reading()) is not None:
        yield reading


def main() -> None:
    """Prints readings until the end of its input, or what is held."""
    if sys.argv[1:] != ["watch"]:
        print(json.dumps({"held_and_all_gib": held_and_all()}))
        return
    ended = threading.Event()

    def await_end() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=await_end, daemon=True).start()
    try:
        for reading in _readings():
            print(json.dumps(reading), flush=True)
            if ended.wait(0.1):
                return
    except OSError:  # no driver
        return


if __name__ == "__main__":
    main()
