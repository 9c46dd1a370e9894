"""The worker as a process: its protocol, its life, and what is left when it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import MakeOrder
from in_process import pictures_in, run
from sample_plans import plan
from workers import SIDECAR, Worker, notified, progressed

from reelwright_sidecar import gauge
from reelwright_sidecar.contract import Probe, Ready, RenderDone, RenderOrder
from reelwright_sidecar.worker import PROTOCOL_VERSION

linux = pytest.mark.skipif(sys.platform != "linux", reason="signals and /proc of Linux")


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in ("Z", "X")


def gone_within(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not alive(pid):
            return True
        time.sleep(0.01)
    return False


def test_a_session(make_order: MakeOrder) -> None:
    """Requests before `ready` wait; broken ones are answered; one render at a time; then an orderly end."""
    order = make_order("text", order={"overwrite": True})
    expected = run(order)
    with Worker() as worker:
        worker.send({"id": 9, "method": "probe"})
        worker.send({"id": 10, "method": "paint"})
        worker.stdin.write(b"Content-Length: 3\r\n\r\n{]}" + b"Content-Length: x\r\n\r\n")
        worker.send({"id": 11, "method": "render", "params": {"jobId": "j"}})
        worker.cancel(77)
        worker.send({"method": "$/cancelRequest", "params": [3]})
        seen = worker.until(lambda message: message.get("id") == 9)
        errors = [(item["id"], item["error"]["code"]) for item in seen if "error" in item]
        assert errors == [(10, -32601), (None, -32700), (None, -32700), (11, -32602), (None, -32602)]
        ready = Ready.model_validate(next(item["params"] for item in seen if item.get("method") == "ready"))
        assert ready.pid == worker.process.pid
        assert ready.protocol == PROTOCOL_VERSION
        probe = Probe.model_validate(seen[-1]["result"])
        assert probe.devices[-1].kind == "cpu"
        assert probe.operation.kind == "worked"

        worker.render(order, 1)
        worker.until(progressed(type="step", step=1))
        worker.render(order, 2)
        assert worker.answer(2)["error"]["code"] == -32000
        outcome = RenderDone.model_validate(worker.answer(1)["result"])
        assert outcome.frames == 17
        # Another process and another way of importing the library: the same clip.
        assert pictures_in(Path(order.out)) == expected.clip

        worker.render(order, 3)
        worker.until(progressed(type="step", step=2))
        worker.cancel(3)
        cancelled = worker.answer(3)["result"]
        assert cancelled["kind"] == "cancelled"
        worker.render(order, 4)
        assert worker.answer(4)["result"]["kept"] == cancelled["kept"]

        worker.render(order, 5)
        worker.until(progressed(type="step", step=1))
        worker.send({"id": 6, "method": "shutdown"})
        assert worker.answer(5)["result"]["kind"] == "cancelled"
        assert worker.answer(6)["result"] is None
        assert worker.receive() is None
        assert worker.process.wait() == 0


@linux
def test_killed_and_killed_again(make_order: MakeOrder) -> None:
    """SIGKILL after each thing that is saved and while decoding; each next worker goes on where the last one was."""
    order = make_order("text", scheduler="dpm", order={"overwrite": True})
    expected = run(order).clip
    Path(order.out).unlink()
    kills = [
        (progressed(type="saved", kept="embeddings"), "nothing"),
        (progressed(type="step", phase="denoising", step=3), "embeddings"),
        (progressed(type="step", phase="decoding", step=1), "checkpoint"),
    ]
    for moment, kept in kills:
        with Worker() as worker:
            worker.render(order)
            seen = worker.until(moment)
            worker.process.kill()
            worker.process.wait()
        first = next(item["params"] for item in seen if item.get("method") == "progress")
        assert first["kept"]["kind"] == kept
        assert not Path(order.out).exists()
    with Worker() as worker:
        worker.render(order)
        outcome = worker.answer()["result"]
    assert outcome["kind"] == "done"
    assert outcome["kept"] == {"kind": "latents"}
    assert pictures_in(Path(order.out)) == expected
    assert os.listdir(Path(order.out).parent) == ["clip.mp4"]
    assert os.listdir(order.folder) == []


NOISE = """
import ctypes, os, runpy, sys, threading
libc = ctypes.CDLL(None)
def shout():
    while True:
        libc.puts(b"Content-Length: 5")
        libc.fflush(None)
        libc.write(1, b"noise on one", 12)
        os.write(2, b"noise on two\\n")
        print("a line from Python")
        subprocess.run(["echo", "a child"])
import subprocess
# After the worker took its descriptors, and before it imports anything heavy.
import reelwright_sidecar.descriptors as descriptors
take = descriptors.take_descriptors
def take_then_shout():
    taken = take()
    threading.Thread(target=shout, daemon=True).start()
    return taken
descriptors.take_descriptors = take_then_shout
runpy.run_module("reelwright_sidecar", run_name="__main__")
"""


@linux
def test_what_others_print_does_not_reach_the_protocol(make_order: MakeOrder) -> None:
    order = make_order("text", steps=2, frames=9)
    with Worker(NOISE) as worker:
        assert worker.process.stderr is not None
        drain = subprocess.Popen(["wc", "-c"], stdin=worker.process.stderr, stdout=subprocess.PIPE)
        worker.render(order)
        assert worker.answer()["result"]["kind"] == "done"
        worker.process.kill()
        worker.process.wait()
        assert int(drain.communicate()[0]) > 1000


@linux
@pytest.mark.parametrize("moment", ["importing", "rendering"])
def test_it_ends_when_the_pipe_closes(moment: str, make_order: MakeOrder) -> None:
    with Worker() as worker:
        if moment == "importing":
            worker.until(notified("heartbeat"))
        else:
            worker.render(make_order("text", steps=400))
            worker.until(progressed(type="step", step=1))
        worker.stdin.close()
        assert gone_within(worker.process.pid, 2)


PARENT = """
import subprocess, sys, time
worker = subprocess.Popen([sys.executable, "-m", "reelwright_sidecar"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
# Somebody else holds the pipe open, so that closing it tells nothing.
holder = subprocess.Popen(["sleep", "60"], stdin=worker.stdout, stdout=worker.stdin)
worker.stdout.readline()
print(worker.pid, holder.pid, flush=True)
time.sleep(60)
"""


@linux
def test_it_dies_with_its_parent_even_when_stopped() -> None:
    if sys.platform == "win32":
        return
    parent = subprocess.Popen([sys.executable, "-c", PARENT], cwd=SIDECAR, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    worker, holder = (int(number) for number in parent.stdout.readline().split())
    try:
        os.kill(worker, signal.SIGSTOP)
        parent.kill()
        parent.communicate()
        assert gone_within(worker, 2)
    finally:
        os.kill(holder, signal.SIGKILL)


BROKEN = """
import runpy, sys
sys.modules["av"] = None
runpy.run_module("reelwright_sidecar", run_name="__main__")
"""


def test_a_broken_installation_is_said_to_be_one(make_order: MakeOrder) -> None:
    with Worker(BROKEN) as worker:
        worker.render(make_order("text"))
        answer: dict[str, Any] = worker.answer()["result"]
        assert answer["kind"] == "failed"
        assert answer["failure"]["cause"] == "environment"
        assert "av" in answer["failure"]["detail"]
        assert worker.process.wait() == 78
        assert b"ModuleNotFoundError" in worker.errors()


def test_the_heart_beats_while_torch_is_busy(make_order: MakeOrder) -> None:
    order: RenderOrder = make_order("text", width=320, height=256, frames=9, steps=2)
    with Worker() as worker:
        worker.render(order)
        beats: list[int] = []
        while (message := worker.receive()) is not None and message.get("id") != 1:
            if notified("heartbeat")(message):
                beats.append(message["params"]["beat"])
                assert message["params"]["reservedBytes"] is None
                held = message["params"]["hostBytes"]
                assert 2**23 < held < 2**35 if sys.platform != "darwin" else held is None
        assert message is not None
        assert message["result"]["kind"] == "done", message
        assert beats == list(range(len(beats)))
        assert len(beats) >= 2


CARD = """
import runpy, threading
import torch
# A card as far as the gauge can see. Only the thread that runs torch may ask what its allocator holds.
torch.cuda.is_initialized = lambda: True
def reserved():
    assert threading.current_thread() is threading.main_thread()
    return 2**33
torch.cuda.memory_reserved = reserved
torch.cuda.reset_peak_memory_stats = lambda: None
torch.cuda.max_memory_allocated = torch.cuda.max_memory_reserved = lambda: 2**33
runpy.run_module("reelwright_sidecar", run_name="__main__")
"""


def test_the_heart_tells_what_the_allocator_held_when_torch_was_last_asked(make_order: MakeOrder) -> None:
    with Worker(CARD) as worker:
        worker.until(notified("ready"))
        worker.render(make_order("text", steps=1, frames=9))
        assert worker.answer()["result"]["kind"] == "done"
        worker.until(lambda item: notified("heartbeat")(item) and item["params"]["reservedBytes"] == 2**33)


def test_a_lost_card_is_no_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost() -> int:
        raise RuntimeError("CUDA error: device is lost")

    monkeypatch.setattr(gauge, "reserved", 2**33)
    monkeypatch.setattr("torch.cuda.is_initialized", lambda: True)
    monkeypatch.setattr("torch.cuda.memory_reserved", lost)
    gauge.read()
    assert gauge.reserved is None


# Holds the worker in the middle of a piece of work until it has been told to cancel.
HELD = """
import runpy, sys
from reelwright_sidecar import render, worker
from reelwright_sidecar.libraries import CogVideoXTransformer3DModel
workers = []
run = worker.Worker.run
def watched(self):
    workers.append(self)
    run(self)
worker.Worker.run = watched
def hold(call, at):
    done = 0
    def held(*args, **kwargs):
        nonlocal done
        done += 1
        print("call", done, file=sys.stderr, flush=True)
        if done == at:
            assert workers[0]._cancel.wait(60)
        return call(*args, **kwargs)
    return held
%s
runpy.run_module("reelwright_sidecar", run_name="__main__")
"""


@pytest.mark.parametrize(
    ("hold", "told", "calls", "kept"),
    [
        # In the first of four components.
        (
            "render.load_component = hold(render.load_component, 1)",
            {"type": "phase", "phase": "loading"},
            1,
            {"kind": "nothing"},
        ),
        # In the third of twelve steps.
        (
            "CogVideoXTransformer3DModel.forward = hold(CogVideoXTransformer3DModel.forward, 3)",
            {"type": "step", "phase": "denoising", "step": 2},
            3,
            {"kind": "checkpoint", "step": 3},
        ),
        # In the second of four batches.
        (
            "render.FrameCheck.pictures = hold(render.FrameCheck.pictures, 2)",
            {"type": "step", "phase": "decoding", "step": 1},
            2,
            {"kind": "latents"},
        ),
    ],
    ids=["loading", "denoising", "decoding"],
)
def test_a_cancellation_is_answered_before_the_next_piece_of_work(
    hold: str, told: dict[str, Any], calls: int, kept: dict[str, Any], make_order: MakeOrder
) -> None:
    """However long a step takes: none is begun after the cancellation arrived. Counted, not timed."""
    order = {"plan": plan(checkpointEverySteps=100), "preview": True}
    with Worker(HELD % hold) as worker:
        worker.render(make_order("text", steps=12, frames=33, order=order))
        worker.until(progressed(**told))
        worker.cancel(1)
        seen = worker.until(lambda message: message.get("id") == 1)
        steps = [item["params"]["step"] for item in seen[:-1] if item["params"]["type"] == "step"]
        # It may arrive in the moment between two steps: then the next one is not begun at all.
        early = told["type"] == "step" and not steps
        if early and told["phase"] == "denoising":
            kept = {"kind": "checkpoint", "step": told["step"]}
        assert seen[-1]["result"] == {"kind": "cancelled", "phase": told["phase"], "kept": kept}
        assert steps == ([] if early or told["type"] == "phase" else [told["step"] + 1])
        worker.process.kill()
        assert worker.errors().count(b"call ") == calls - early
