"""The host's memory: weights are there once, and frames of a clip never pile up."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import MakeOrder
from safetensors.torch import save_file

from reelwright_sidecar.checkpoints import Checkpoints
from reelwright_sidecar.families.cogvideox_load import fingerprint
from reelwright_sidecar.render import order_fingerprint

linux = pytest.mark.skipif(
    sys.platform != "linux", reason="the highest resident set can be put back on Linux only"
)
SIDECAR = Path(__file__).parent.parent
MIB = 2**20

DECODE = """
import json, sys, torch
from reelwright_sidecar.contract import RenderOrder
from reelwright_sidecar.placement import Shelf
from reelwright_sidecar.render import Render
torch.set_num_threads(1)
outcome = Render(RenderOrder.model_validate_json(sys.stdin.read()), Shelf(), lambda _: None, lambda: False).run()
assert outcome.kind == "done", outcome
print(outcome.kept.kind, outcome.phase_peaks["decoding"].host_bytes)
"""

LOAD = """
import sys, torch
from pathlib import Path
from reelwright_sidecar import meter
from reelwright_sidecar.weights import load_module
torch.set_num_threads(1)
with torch.device("meta"):
    module = torch.nn.ModuleList([torch.nn.Linear(2048, 2048, bias=False) for _ in range(32)])
meter.begin()
before = meter.peak().host_bytes
load_module(module, [Path(sys.argv[1])], getattr(torch, sys.argv[2]))
print(meter.peak().host_bytes - before, sum(weight.nbytes for weight in module.parameters()))
"""


def measured(code: str, *arguments: str, told: str = "") -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        input=told,
        capture_output=True,
        text=True,
        check=False,
        cwd=SIDECAR,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@linux
def test_frames_go_into_the_clip_as_they_come(make_order: MakeOrder, models: dict[str, Path]) -> None:
    """Of a clip four times as long, decoding takes no more memory than its latents do."""
    peaks, frames = [], (81, 321)
    for count in frames:
        order: Any = make_order(width=192, height=128, frames=count, steps=1, order={"overwrite": True})
        store = Checkpoints(Path(order.folder), order_fingerprint(order, fingerprint(models["text"])))
        store.save_latents(torch.randn(1, (count - 1) // 4 + 1, 4, 16, 24))
        told = json.dumps(order.model_dump(mode="json", by_alias=True))
        kept, peak = measured(DECODE, told=told)
        assert kept == "latents"
        peaks.append(int(peak))
    picture = 192 * 128 * 3
    assert peaks[1] - peaks[0] < 0.5 * picture * (frames[1] - frames[0]), (
        "less than as bytes, let alone as floats"
    )


@linux
@pytest.mark.parametrize("precision", ["bfloat16", "float16", "float32"])
def test_weights_are_in_memory_once(precision: str, tmp_path: Path) -> None:
    file = tmp_path / "weights.safetensors"
    save_file({f"{number}.weight": torch.randn(2048, 2048).bfloat16() for number in range(32)}, file)
    took, kept = map(int, measured(LOAD, str(file), precision))
    assert took < 1.15 * kept + 16 * MIB
