"""Runs clip.py in a process of its own and watches it from here: its moments, its memory, how busy the card is."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from utilisation import Utilisation


@dataclass
class Told:
    """What was heard of one clip. Moments: name, step, seconds since its process was started."""

    way: str
    moments: list[dict[str, Any]] = field(default_factory=list)
    utilisation: float | None = None
    private_gib: float | None = None
    mapped_gib: float | None = None

    def at(self, moment: str, step: int | None = None) -> float | None:
        """Seconds from the start of the process to a moment."""
        began = self.moments[0]["at"] if self.moments else 0.0
        for each in self.moments:
            if each["moment"] == moment and each.get("step") == step:
                return float(each["at"] - began)
        return None

    @property
    def spent(self) -> dict[str, float]:
        """Seconds until the first step, by what they went into; empty where the way does not say."""
        return next((each.get("spent", {}) for each in self.moments if each["moment"] == "step"), {})

    @property
    def failed(self) -> str | None:
        """Why there is no clip."""
        last = self.moments[-1] if self.moments else {}
        if last.get("moment") == "failed":
            return str(last["reason"])
        return None if self.moments else "Its process ended without a word."

    @property
    def steps(self) -> list[float]:
        """Seconds of each step but the first."""
        times = [each["at"] for each in self.moments if each["moment"] == "step"]
        return [after - before for before, after in itertools.pairwise(times)]


class Memory(threading.Thread):
    """The memory of a process, fifty times a second. private: its own. mapped: pages of files, of which there are none
    twice."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._file = Path(f"/proc/{pid}/status")
        self._ended = threading.Event()
        self.private = self.mapped = 0

    def run(self) -> None:
        """Until it ends."""
        while not self._ended.wait(0.02):
            self.private = max(self.private, sum(self._readings("RssAnon:", "RssShmem:")))
            self.mapped = max(self.mapped, sum(self._readings("RssFile:")))

    def stop(self) -> None:
        """Looks no more."""
        self._ended.set()
        self.join()

    def _readings(self, *names: str) -> Iterator[int]:
        try:
            for line in self._file.read_text().splitlines():
                if line.startswith(names):
                    yield int(line.split()[1]) * 1024
        except OSError:
            return


def run_clip(order: dict[str, Any], folder: Path, until: str | None = None) -> Told:
    """Makes the clip, or as much of it as there is until a moment. Its frames are left in `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    file = folder / "order.json"
    file.write_text(json.dumps({**order, "folder": str(folder)}), encoding="utf-8")
    told = Told(order["way"])
    program = [sys.executable, str(Path(__file__).with_name("clip.py")), str(file)]
    child = subprocess.Popen(program, stdout=subprocess.PIPE, text=True)
    memory = Memory(child.pid)
    memory.start()
    busy = Utilisation()
    watching = False
    assert child.stdout is not None
    for line in child.stdout:
        if not line.startswith("{"):
            continue
        moment = json.loads(line)
        told.moments.append(moment)
        name, step = moment["moment"], moment.get("step")
        if not watching and name == "step":
            busy.__enter__()
            watching = True
        elif watching and name != "step":
            busy.__exit__()
            watching, told.utilisation = False, busy.percent
        if until is not None and (name, step) == (until, 1 if until == "step" else None):
            child.kill()
            break
    child.wait()
    if watching:
        busy.__exit__()
    memory.stop()
    told.private_gib = round(memory.private / 2**30, 3) or None
    told.mapped_gib = round(memory.mapped / 2**30, 3) or None
    return told
