"""The real worker, with failures where a test wants them. Start it in the worker's place: `python -s faulty_worker.py`.

REELWRIGHT_TEST_FAULTS: a list in JSON, or a file with one, which is read at the begin of each render. Each is
`{"at": phase, "what": failure, ...}`:

- `at`: "loading" (a component's weights), "encoding" (the text encoder), "denoising" (the denoiser), "decoding".
- `what`: "device-memory", "fragmented" (the same with more free than was asked for), "host-memory", "driver-lost",
  "internal", "hang" (the thread that runs torch stands, the heart beats), "silent" (nothing is heard any more),
  "killed" (as the system does when memory runs out); "nan" in denoising and decoding. From there to the end of the
  render: "slow" (each step or batch takes `seconds` more), and in decoding "black", "seams" and "flicker".
- `step`: the component, prompt, step or batch, from 1; without it the first that comes. A prompt that is in the
  cache, or a component that the worker still has, is not read again.
- `times`: in how many renders it happens, 1 without it; null for every one.
- `while`: what the plan must say, by paths into it: `{"decode.slabRows": null}` happens only in decodes in whole
  maps, `{"placements.textEncoder.kind": "resident", "precision": "float16"}` while both are so.
- `seconds`: for "slow", 1 without it.

In each place the first of the list that is due happens. REELWRIGHT_TEST_FAULTS_STATE: a file in which is counted how
often each of this list has happened, over all workers that are given it; without it every worker counts for itself.
Another list is counted anew.
"""

from reelwright_sidecar.descriptors import take_descriptors

if __name__ == "__main__":
    _read, _write = take_descriptors()

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol
from unittest.mock import patch

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from reelwright_sidecar.__main__ import main
from reelwright_sidecar.contract import RenderOrder
from reelwright_sidecar.worker import Worker

if TYPE_CHECKING:
    import torch

Place = Literal["loading", "encoding", "denoising", "decoding"]
What = Literal[
    "device-memory",
    "fragmented",
    "host-memory",
    "driver-lost",
    "internal",
    "hang",
    "silent",
    "killed",
    "slow",
    "nan",
    "black",
    "seams",
    "flicker",
]


_LASTING = ("slow", "black", "seams", "flicker")


class Fault(BaseModel):
    """One failure that is wanted."""

    model_config = ConfigDict(extra="forbid")
    at: Place
    what: What
    step: int | None = None
    times: int | None = 1
    plan: dict[str, Any] = Field(default={}, alias="while")
    seconds: float = 1.0

    def model_post_init(self, _: object) -> None:
        places: dict[What, tuple[Place, ...]] = {
            "nan": ("denoising", "decoding"),
            "black": ("decoding",),
            "seams": ("decoding",),
            "flicker": ("decoding",),
        }
        if self.at not in places.get(self.what, (self.at,)):
            raise ValueError(f"{self.what} does not happen in {self.at}.")


def out_of_memory(asked: str, free: str, unused: str) -> str:
    """What torch 2.11 says on a card of 8 GiB."""
    return (
        f"CUDA out of memory. Tried to allocate {asked}. GPU 0 has a total capacity of 7.79 GiB of which {free} is "
        "free. Including non-PyTorch memory, this process has 7.18 GiB memory in use. 7.60 GiB allowed; Of the "
        f"allocated memory 5.02 GiB is allocated by PyTorch, and {unused} is reserved by PyTorch but unallocated. If "
        "reserved but unallocated memory is large try setting PYTORCH_ALLOC_CONF=expandable_segments:True to avoid "
        "fragmentation.  See documentation for Memory Management"
    )


class Meets(Protocol):
    """Hears of every place that a render comes by."""

    def meet(self, place: Place, step: int) -> What | None: ...

    def next(self, place: Literal["loading", "encoding"]) -> What | None: ...


class Faults:
    """What is wanted, and what of it has happened."""

    def __init__(self, wanted: str, state: Path | None, worker: Worker) -> None:
        self._source = wanted
        self._state = state
        self._worker = worker
        self._wanted = ""
        self._faults: list[Fault] = []
        self._happened: list[int] = []
        self._plan: dict[str, Any] = {}
        self._reached = {"loading": 0, "encoding": 0}
        self._lasting: Fault | None = None

    def begin(self, order: RenderOrder) -> None:
        """A render begins."""
        self._read()
        self._plan = order.plan.model_dump(mode="json", by_alias=True)
        self._reached = {"loading": 0, "encoding": 0}
        self._lasting = None

    def _read(self) -> None:
        is_file = not self._source.startswith("[")
        wanted = Path(self._source).read_text(encoding="utf-8") if is_file else self._source
        if wanted != self._wanted:
            self._faults = TypeAdapter(list[Fault]).validate_json(wanted)
            self._happened = [0] * len(self._faults)
            self._wanted = wanted
        if self._state is not None:
            counted = json.loads(self._state.read_text(encoding="utf-8")) if self._state.is_file() else {}
            self._happened = counted.get(wanted) or [0] * len(self._faults)

    def next(self, place: Literal["loading", "encoding"]) -> What | None:
        """As `meet`, at the next of its kind."""
        self._reached[place] += 1
        return self.meet(place, self._reached[place])

    def meet(self, place: Place, step: int) -> What | None:
        """Lets happen what is due here. What is to be done to the numbers is returned."""
        fault = next((fault for fault in self._faults if self._is_due(fault, place, step)), None)
        if fault is not None:
            self._count(fault)
            if fault.what not in _LASTING:
                return self._fail(fault.what)
            self._lasting = fault
        lasting = self._lasting
        if lasting is None or lasting.at != place:
            return None
        if lasting.what != "slow":
            return lasting.what
        time.sleep(lasting.seconds)
        return None

    def _is_due(self, fault: Fault, place: Place, step: int) -> bool:
        happened = self._happened[self._faults.index(fault)]
        return (
            fault.at == place
            and fault.step in (None, step)
            and fault is not self._lasting
            and (fault.times is None or happened < fault.times)
            and all(_at(self._plan, path) == value for path, value in fault.plan.items())
        )

    def _count(self, fault: Fault) -> None:
        self._happened[self._faults.index(fault)] += 1
        if self._state is not None:
            temporary = self._state.with_suffix(".part")
            temporary.write_text(json.dumps({self._wanted: self._happened}), encoding="utf-8")
            os.replace(temporary, self._state)

    def _fail(self, what: What) -> What:
        import torch

        match what:
            case "nan":
                return what
            case "device-memory":
                raise torch.cuda.OutOfMemoryError(out_of_memory("2.50 GiB", "422.00 MiB", "96.00 MiB"))
            case "fragmented":
                raise torch.cuda.OutOfMemoryError(out_of_memory("900.00 MiB", "1.10 GiB", "1.30 GiB"))
            case "host-memory":
                raise RuntimeError(
                    "[enforce fail at alloc_cpu.cpp:121] err == 0. DefaultCPUAllocator: can't allocate memory: you "
                    "tried to allocate 9663676416 bytes. Error code 12 (Cannot allocate memory)"
                )
            case "driver-lost":
                raise RuntimeError(
                    "CUDA error: unspecified launch failure\nCUDA kernel errors might be asynchronously reported at "
                    "some other API call, so the stacktrace below might be incorrect."
                )
            case "killed":
                if sys.platform == "win32":
                    os.kill(os.getpid(), signal.SIGTERM)
                else:
                    os.kill(os.getpid(), signal.SIGKILL)
            case "silent":
                # Whoever has something to say waits here; that the parent has gone is still seen.
                self._worker._connection._lock.acquire()
            case "internal":
                raise ValueError("This was wanted by a test.")
        while True:
            threading.Event().wait(3600)


def _at(plan: Any, path: str) -> Any:
    for name in path.split("."):
        plan = plan[name]
    return plan


def install(faults: Meets) -> None:
    """Puts the failures into the code of the family. Once, when it has been imported."""
    import torch

    from reelwright_sidecar.decode.geometry import Slabs, batches
    from reelwright_sidecar.decode.video import decode_video as decode
    from reelwright_sidecar.families import cogvideox, cogvideox_load
    from reelwright_sidecar.families.cogvideox import CogVideoX, Conditioning, DenoiseState
    from reelwright_sidecar.families.t5 import T5Encoder
    from reelwright_sidecar.libraries import CogVideoXTransformer3DModel
    from reelwright_sidecar.weights import load_module as load

    encode, denoise = T5Encoder.forward, CogVideoX.denoise
    predict = CogVideoXTransformer3DModel.forward
    under_way: list[int] = []

    def faulty_load(*args: Any, **options: Any) -> None:
        faults.next("loading")
        load(*args, **options)

    def faulty_encode(encoder: T5Encoder, tokens: torch.Tensor) -> torch.Tensor:
        faults.next("encoding")
        return encode(encoder, tokens)

    def faulty_denoise(
        video: CogVideoX, conditioning: Conditioning, state: DenoiseState, begun: Callable[[int], None]
    ) -> Generator[tuple[DenoiseState, torch.Tensor], None, None]:
        def begin(step: int) -> None:
            under_way[:] = [step]
            begun(step)

        return denoise(video, conditioning, state, begin)

    def faulty_predict(*args: Any, **options: Any) -> tuple[torch.Tensor, ...]:
        # Sequential guidance asks twice.
        what = faults.meet("denoising", under_way.pop()) if under_way else None
        (noise, *rest) = predict(*args, **options)
        return (torch.full_like(noise, torch.nan) if what == "nan" else noise, *rest)

    def faulty_decode(
        vae: Any, latents: torch.Tensor, slabs: Slabs | None
    ) -> Generator[torch.Tensor, None, None]:
        with closing(decode(vae, latents, slabs)) as frames:
            for step in range(1, len(batches(latents.shape[2])) + 1):
                what = faults.meet("decoding", step)
                yield spoiled(next(frames), what, step)
            # The end of the library's own work.
            next(frames, None)

    for owner, name, fault in (
        (cogvideox_load, "load_module", faulty_load),
        (T5Encoder, "forward", faulty_encode),
        (CogVideoX, "denoise", faulty_denoise),
        (cogvideox, "decode_video", faulty_decode),
        (CogVideoXTransformer3DModel, "forward", faulty_predict),
    ):
        patch.object(owner, name, fault).start()


def spoiled(frames: "torch.Tensor", what: What | None, step: int) -> "torch.Tensor":
    """Frames, [1, 3, frames, height, width] in -1..1, with something wrong."""
    import torch

    match what:
        case "nan":
            return torch.full_like(frames, torch.nan)
        case "black":
            return torch.full_like(frames, -1.0)
        case "flicker":
            return frames * 0.8 + (0.1 if step % 2 else -0.1)
        case "seams":
            rows = torch.arange(frames.shape[3]) // max(frames.shape[3] // 4, 1) % 2
            columns = torch.arange(frames.shape[4]) // max(frames.shape[4] // 4, 1) % 2
            return frames * 0.9 + 0.16 * ((rows[:, None] ^ columns).to(frames) - 0.5)
    return frames


def inject() -> None:
    """Has every render of this process meet what the environment asks for."""
    wanted = os.environ.get("REELWRIGHT_TEST_FAULTS", "[]")
    state = os.environ.get("REELWRIGHT_TEST_FAULTS_STATE")
    render = Worker._render
    installed: list[Faults] = []

    def faulty_render(worker: Worker, id: int | str, order: RenderOrder) -> None:
        if not installed:
            installed.append(Faults(wanted, None if state is None else Path(state), worker))
            install(installed[0])
        installed[0].begin(order)
        render(worker, id, order)

    patch.object(Worker, "_render", faulty_render).start()


if __name__ == "__main__":
    inject()
    main(_read, _write)
