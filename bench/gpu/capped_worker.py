"""The real worker on a card whose limit falls in the middle of a render, as it does when another program wants memory:
from there on the allocator gets no more, and that is also all that is said to be there. Nothing raises it again, but
for `later`. On a machine without a card it is only said that there was no memory. Start it in the worker's place;
bench/recovery.ts does.

REELWRIGHT_BENCH_CAP: a file in JSON, read at every turn, so that it holds for all workers that are given it:

- `at`: "load" (the denoiser's weights come to the card), "text", "image", "denoising" or "decoding".
- `step`: of the denoising or decoding, from 1.
- `how`: the "limit" falls; "another-program" really takes the card's memory, and has it until the file says something
  else; the "driver" loses the card for this process, as after an access to memory that is not there; the process is
  "killed".
- `gib`: the limit from there on, or what another program leaves us in all. `later`: the limit once a render has failed
  of it, where it is another.
- `state`: "waiting", "fallen" or "later"; the worker writes it.
"""

from __future__ import annotations

from pathlib import Path
from sys import path

path.insert(0, str(Path(__file__).parents[2] / "python-sidecar"))

from reelwright_sidecar.descriptors import take_descriptors

if __name__ == "__main__":
    _read, _write = take_descriptors()

import json
import os
import signal
import subprocess
import sys
from typing import Any
from unittest.mock import patch

import surroundings
import torch
from faulty_worker import install, out_of_memory

from reelwright_sidecar.__main__ import main
from reelwright_sidecar.contract import RenderOrder
from reelwright_sidecar.worker import Worker


class Cap:
    """The limit of the card; for faulty_worker.py what is to go wrong."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._set_fraction = torch.cuda.set_per_process_memory_fraction
        self._info = torch.cuda.mem_get_info
        torch.cuda.set_per_process_memory_fraction = self._take
        torch.cuda.mem_get_info = self._say

    def bytes(self) -> float | None:
        """What may be taken; None: everything."""
        wanted = self._read()
        if wanted["how"] != "limit":
            return None
        gib = {"fallen": wanted["gib"], "later": wanted.get("later", wanted["gib"])}.get(wanted["state"])
        return None if gib is None else gib * surroundings.GIB

    def meet(self, place: str, step: int) -> None:
        """The limit falls if it is due here."""
        wanted = self._read()
        if wanted["state"] != "waiting" or (wanted["at"], wanted.get("step", step)) != (place, step):
            return
        self._move("fallen")
        if wanted["how"] == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if not torch.cuda.is_available():
            raise torch.cuda.OutOfMemoryError(out_of_memory("900.00 MiB", "1.10 GiB", "1.30 GiB"))
        if wanted["how"] == "driver":
            lose_card()
        # What the allocator has in hand is no longer there for the asking.
        torch.cuda.empty_cache()
        if wanted["how"] == "another-program":
            take_card(self._file, int(wanted["gib"] * surroundings.GIB) - torch.cuda.memory_reserved())
        else:
            self._take(1.0)

    def next(self, place: str) -> None:
        """As `meet`; which of them does not matter."""
        self.meet({"encoding": "text"}.get(place, place), 1)

    def failed(self) -> None:
        """A render has failed."""
        if self._read()["state"] == "fallen":
            self._move("later")

    def _take(self, fraction: float, device: Any = None) -> None:
        allowed = self.bytes()
        share = 1.0 if allowed is None else allowed / self._info()[1]
        self._set_fraction(min(fraction, share), device)

    def _say(self, device: Any = None) -> tuple[int, int]:
        free, total = self._info(device)
        allowed = self.bytes()
        if allowed is None:
            return free, total
        return max(0, min(free, int(allowed) - torch.cuda.memory_reserved())), total

    def _read(self) -> dict[str, Any]:
        values: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8"))
        return values

    def _move(self, state: str) -> None:
        temporary = self._file.with_suffix(".part")
        temporary.write_text(json.dumps({**self._read(), "state": state}), encoding="utf-8")
        os.replace(temporary, self._file)


def lose_card() -> None:
    """Raises what CUDA says, now and of every call of this process from here on."""
    row = torch.zeros(1, device="cuda")
    row[torch.full((1,), 2**20, device="cuda")].sum()
    torch.cuda.synchronize()


def take_card(file: Path, left: int) -> None:
    """Another program has everything of the card but so many bytes, as long as the fault lasts."""
    taker = [sys.executable, str(Path(__file__).with_name("taker.py")), str(file), str(max(left, 0))]
    # Nothing of ours is open to it: it outlives the worker, as another program would.
    other = subprocess.Popen(
        taker,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert other.stdout is not None
    other.stdout.readline()


def fall(cap: Cap) -> None:
    """Has the limit fall in every render of this process."""
    from reelwright_sidecar.families.cogvideox import CogVideoX
    from reelwright_sidecar.placement import Placement
    from reelwright_sidecar.render import Render

    install(cap)
    put, picture, run = Placement._put, CogVideoX._encode_image, Render.run

    def falling_put(placement: Any, stack: Any, name: Any, *more: Any) -> None:
        if name == "transformer":
            cap.meet("load", 1)
        put(placement, stack, name, *more)

    def falling_picture(*given: Any) -> Any:
        cap.meet("image", 1)
        return picture(*given)

    def watched_run(render: Any) -> Any:
        outcome = run(render)
        if outcome.kind == "failed":
            cap.failed()
        return outcome

    for owner, name, falling in (
        (Placement, "_put", falling_put),
        (CogVideoX, "_encode_image", falling_picture),
        (Render, "run", watched_run),
    ):
        patch.object(owner, name, falling).start()


if __name__ == "__main__":
    _cap = Cap(Path(os.environ["REELWRIGHT_BENCH_CAP"]))
    _render = Worker._render
    _installed: list[bool] = []

    def _falling_render(worker: Worker, id: int | str, order: RenderOrder) -> None:
        if not _installed:
            _installed.append(True)
            fall(_cap)
        # Of random weights a clip may show anything: borders and jumps as well.
        _render(worker, id, order.model_copy(update={"accept_frames": True}))

    patch.object(Worker, "_render", _falling_render).start()
    main(_read, _write)
