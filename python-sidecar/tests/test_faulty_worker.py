"""The failures that other tests ask for really happen, where they were wanted and as often."""

from __future__ import annotations

import json
import runpy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import MakeOrder
from sample_plans import plan
from workers import SIDECAR, Worker, notified

FAULTY = SIDECAR / "tests" / "faulty_worker.py"


def faulty(faults: Sequence[dict[str, Any]], state: Path | None = None, code: str | None = None) -> Worker:
    environment = {"REELWRIGHT_TEST_FAULTS": json.dumps(faults)}
    if state is not None:
        environment["REELWRIGHT_TEST_FAULTS_STATE"] = str(state)
    return Worker(code, file=FAULTY if code is None else None, env=environment)


def test_each_failure_where_it_is_wanted(make_order: MakeOrder) -> None:
    order = make_order("text", frames=33, order={"overwrite": True})
    wanted = [
        ("loading", 1, "host-memory", "host-memory"),
        ("encoding", 2, "device-memory", "device-memory"),
        ("denoising", 1, "fragmented", "device-memory"),
        ("denoising", 4, "nan", "bad-frames"),
        ("decoding", 2, "internal", "internal"),
        ("decoding", 4, "nan", "bad-frames"),
    ]
    with faulty([{"at": at, "step": step, "what": what} for at, step, what, _ in wanted]) as worker:
        for id, (at, _, _, cause) in enumerate(wanted, start=1):
            worker.render(order, id)
            answer = worker.answer(id)["result"]
            assert (answer["kind"], answer["failure"]["cause"]) == ("failed", cause), answer
            assert answer["failure"]["phase"] == at
        worker.render(order, 9)
        assert worker.answer(9)["result"]["kind"] == "done"


def test_a_failure_that_stays_until_the_plan_changes(make_order: MakeOrder) -> None:
    fault = {"at": "decoding", "what": "device-memory", "times": None, "while": {"decode.slabRows": None}}
    with faulty([fault]) as worker:
        for id in (1, 2):
            worker.render(make_order("text"), id)
            assert worker.answer(id)["result"]["failure"]["requestedBytes"] == 2.5 * 2**30
        slabs = {"slabRows": 16, "residentBytes": 0}
        worker.render(make_order("text", order={"plan": plan(decode=slabs)}), 3)
        answer = worker.answer(3)["result"]
        assert (answer["kind"], answer["kept"]["kind"]) == ("done", "latents")


def test_what_happened_is_counted_over_workers(make_order: MakeOrder, tmp_path: Path) -> None:
    faults = [
        {"at": "denoising", "step": 2, "what": "killed", "times": 2},
        {"at": "denoising", "step": 3, "what": "killed"},
    ]
    order = make_order("text")
    for _ in range(3):
        with faulty(faults, tmp_path / "state.json") as worker:
            worker.until(notified("ready"))
            worker.render(order)
            worker.process.wait()
    with faulty(faults, tmp_path / "state.json") as worker:
        worker.render(order)
        answer = worker.answer()["result"]
        assert (answer["kind"], answer["kept"]) == ("done", {"kind": "checkpoint", "step": 2})


def test_a_worker_that_hangs_beats_and_a_silent_one_does_not(make_order: MakeOrder) -> None:
    with faulty([{"at": "denoising", "step": 2, "what": "hang"}]) as worker:
        worker.render(make_order("text"))
        worker.until(lambda item: notified("progress")(item) and item["params"].get("step") == 1)
        seen = [item for _ in range(3) for item in worker.until(notified("heartbeat"))]
        assert [item["params"]["type"] for item in seen if not notified("heartbeat")(item)] in ([], ["saved"])
    with faulty([{"at": "loading", "what": "silent"}]) as worker:
        worker.render(make_order("text"))
        worker.until(lambda item: notified("progress")(item) and item["params"]["type"] == "phase")
        # It has fallen silent with the next breath; the end of the parent ends it all the same.
        worker.stdin.close()
        worker.process.wait(20)
        assert all(notified("heartbeat")(item) for item in iter(worker.receive, None))


def test_steps_that_take_longer(make_order: MakeOrder) -> None:
    with faulty([{"at": "denoising", "step": 3, "what": "slow", "seconds": 0.3}]) as worker:
        worker.render(make_order("text"))
        seen = worker.until(lambda item: item.get("id") == 1)
        assert seen[-1]["result"]["kind"] == "done"
        told = [item["params"] for item in seen if item.get("method") == "progress"]
        seconds = [item["seconds"] for item in told if item.get("phase") == "denoising" and "step" in item]
        assert [taken > 0.3 for taken in seconds[2:]] == [True, True]


def test_what_cannot_be_wanted() -> None:
    fault = runpy.run_path(str(FAULTY), run_name="faulty")["Fault"]
    for wrong in ({"at": "loading", "what": "seams"}, {"at": "lunch", "what": "nan"}):
        with pytest.raises(ValueError):
            fault.model_validate(wrong)
