"""After a failure the worker holds nothing of the render; after a lost card it is no more."""

from __future__ import annotations

import functools
import gc
import itertools
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import MakeOrder
from fake_card import FakeCard
from in_process import run
from sample_plans import MODEL_OFFLOAD, RESIDENT, everywhere, group_offload, plan
from test_faulty_worker import faulty

from reelwright_sidecar import render
from reelwright_sidecar.contract import RenderDone, RenderFailed
from reelwright_sidecar.families import cogvideox
from reelwright_sidecar.families.t5 import T5Encoder
from reelwright_sidecar.libraries import CogVideoXTransformer3DModel
from reelwright_sidecar.placement import Shelf

OUT_OF_MEMORY = "CUDA out of memory. Tried to allocate 2.00 GiB."
HOST = "DefaultCPUAllocator: can't allocate memory: you tried to allocate 9663676416 bytes."


class Failing:
    """Lets a call go by some times and then fail, and remembers weakly what it was given."""

    def __init__(self, call: Callable[..., Any], at: int, error: Callable[[], Exception]) -> None:
        self._call = call
        self._left = at
        self._error = error
        self.given: list[weakref.ref[Any]] = []

    def bound(self) -> Callable[..., Any]:
        """As a function, which a class binds to its objects."""

        def failing(*args: Any, **options: Any) -> Any:
            held = [*args, *options.values()]
            self.given += [
                weakref.ref(item) for item in held if isinstance(item, torch.Tensor | torch.nn.Module)
            ]
            # Held by the frame, as activations are, and by itself, as some of the library's objects are.
            activation = torch.zeros(1000)
            held.append((activation, held))
            self.given.append(weakref.ref(activation))
            self._left -= 1
            if self._left < 0:
                raise self._error()
            return self._call(*args, **options)

        return failing


PLACES = [
    ("load", 2),
    ("encoder", 0),
    ("denoiser", 0),
    ("denoiser", 3),
    ("decoder", 0),
]


def place(monkeypatch: pytest.MonkeyPatch, name: str, at: int, error: Callable[[], Exception]) -> Failing:
    owner, attribute = {
        "load": (render, "load_component"),
        "encoder": (T5Encoder, "forward"),
        "denoiser": (CogVideoXTransformer3DModel, "forward"),
        "decoder": (cogvideox, "decode_video"),
    }[name]
    failing = Failing(getattr(owner, attribute), at, error)
    monkeypatch.setattr(owner, attribute, failing.bound())
    return failing


def tensors() -> int:
    """How many there are."""
    # Asking some objects for their class, as isinstance does, wakes deprecated modules.
    return sum(issubclass(type(item), torch.Tensor) for item in gc.get_objects())


@pytest.mark.parametrize("error", [torch.cuda.OutOfMemoryError, MemoryError], ids=["device", "host"])
@pytest.mark.parametrize(("name", "at"), PLACES)
def test_nothing_of_the_failed_render_is_alive(
    name: str, at: int, error: type[Exception], make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    streamed = everywhere(group_offload("block", pinned=2**40))
    card, shelf = FakeCard(), Shelf()
    with monkeypatch.context() as patched:
        failing = place(patched, name, at, lambda: error(OUT_OF_MEMORY))
        outcome = run(make_order("text", order={"plan": plan(**streamed)}), card=card, shelf=shelf).outcome
        assert isinstance(outcome, RenderFailed), outcome
        # Without help of the test's: the worker has collected what hung together.
        assert failing.given
        assert not [weak for weak in failing.given if weak() is not None]
    assert (card.taken, card.locked) == (0, 0)
    assert not shelf._components


def test_twenty_failures_leave_nothing_behind(make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf, counts = Shelf(), []
    whole = run(make_order("text", order={"overwrite": True})).clip
    placements = itertools.cycle([RESIDENT, MODEL_OFFLOAD, group_offload("leaf", pinned=60_000)])
    for number, (name, at) in zip(range(20), itertools.cycle(PLACES), strict=False):
        card = FakeCard()
        order = {"plan": plan(**everywhere(next(placements))), "overwrite": True}
        error = torch.cuda.OutOfMemoryError(OUT_OF_MEMORY) if number % 2 else RuntimeError(HOST)
        with monkeypatch.context() as patched:
            place(patched, name, at, functools.partial(type(error), *error.args))
            outcome = run(make_order("text", order=order), card=card, shelf=shelf).outcome
        assert isinstance(outcome, RenderFailed), (number, outcome)
        assert outcome.failure.cause in ("device-memory", "host-memory")
        assert (card.taken, card.locked) == (0, 0)
        for file in Path(make_order("text").folder).iterdir():
            file.unlink()
        counts.append(tensors())
    assert counts[-1] <= counts[0], counts
    last = run(make_order("text", order={"overwrite": True}), shelf=shelf)
    assert isinstance(last.outcome, RenderDone)
    assert last.clip == whole


def test_another_failure_keeps_the_model(make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf()
    with monkeypatch.context() as patched:
        place(patched, "decoder", 0, lambda: ValueError("a bug"))
        outcome = run(make_order("text"), shelf=shelf).outcome
    assert isinstance(outcome, RenderFailed)
    assert "vae" in shelf._components


def test_the_memory_of_the_card_is_measured_before_it_is_cleared_up(
    make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library's words for want of memory mean it only where there is none."""
    for total, step, cause in ((2**30, 2, "device-memory"), (2**40, 3, "driver-lost")):
        card = FakeCard(total)
        with monkeypatch.context() as patched:
            place(patched, "denoiser", 1, lambda: RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"))
            # Of a gigabyte so much is taken that a library has no room.
            patched.setattr(card, "taken", min(total - 2**28, 2**39))
            outcome = run(make_order("text", order={"overwrite": True}), card=card).outcome
        assert isinstance(outcome, RenderFailed)
        assert outcome.failure.cause == cause, outcome
        assert outcome.failure.step == step


def test_a_lost_card_ends_the_worker_after_it_has_said_so(make_order: MakeOrder) -> None:
    with faulty([{"at": "denoising", "step": 2, "what": "driver-lost"}]) as worker:
        worker.render(make_order("text"))
        answer = worker.answer()["result"]
        assert answer["failure"]["cause"] == "driver-lost"
        assert answer["failure"]["step"] == 2
        assert worker.process.wait(20) == 69


def test_a_library_that_never_lets_a_process_go_does_not_keep_this_one(make_order: MakeOrder) -> None:
    """A driver's own end of the process may wait for a card that answers no more."""
    stuck = """
import atexit, runpy, sys, threading
atexit.register(threading.Event().wait)
threading.Thread(target=threading.Event().wait).start()
sys.argv = ["faulty_worker.py"]
runpy.run_path("tests/faulty_worker.py", run_name="__main__")
"""
    with faulty([{"at": "decoding", "what": "driver-lost"}], code=stuck) as worker:
        worker.render(make_order("text"))
        assert worker.answer()["result"]["failure"]["cause"] == "driver-lost"
        assert worker.process.wait(20) == 69
