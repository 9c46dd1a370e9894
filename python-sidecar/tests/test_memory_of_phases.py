"""The host's memory: weights are there once."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
import torch
from safetensors.torch import save_file

from reelwright_sidecar import process

linux = pytest.mark.skipif(
    sys.platform != "linux", reason="the highest resident set can be put back on Linux only"
)
SIDECAR = Path(__file__).parent.parent
MIB = 2**20

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


def measured(code: str, *arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=SIDECAR,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


HELD = """
import sys, torch
from pathlib import Path
from reelwright_sidecar.process import held
before = held()
own = torch.ones(64 * 2**20, dtype=torch.uint8)
between = held()
mapped = torch.from_file(sys.argv[1], shared=False, size=64 * 2**20, dtype=torch.uint8)
assert int(mapped.max()) == 0
print(between - before, held() - between)
"""


@linux
def test_pages_of_a_file_are_nobodys(tmp_path: Path) -> None:
    file = tmp_path / "weights"
    file.write_bytes(bytes(64 * MIB))
    own, mapped = map(int, measured(HELD, str(file)))
    assert own > 60 * MIB
    assert mapped < 16 * MIB


@linux
@pytest.mark.parametrize("precision", ["bfloat16", "float16", "float32"])
def test_weights_are_in_memory_once(precision: str, tmp_path: Path) -> None:
    file = tmp_path / "weights.safetensors"
    save_file({f"{number}.weight": torch.randn(2048, 2048).bfloat16() for number in range(32)}, file)
    took, kept = map(int, measured(LOAD, str(file), precision))
    assert took < 1.15 * kept + 16 * MIB


STREAM = """
import sys, torch
from pathlib import Path
from fake_card import FakeCard
from reelwright_sidecar.process import held
from reelwright_sidecar.placement.groups import Streaming
from reelwright_sidecar.placement.streamed import streamed
from reelwright_sidecar.weights import load_module
torch.set_num_threads(1)
class Chain(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = torch.nn.ModuleList([torch.nn.Linear(2048, 2048, bias=False) for _ in range(32)])
    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x
with torch.device("meta"):
    module = Chain()
x = torch.zeros(1, 2048, dtype=torch.bfloat16)
torch.nn.functional.linear(x, torch.zeros(2048, 2048, dtype=torch.bfloat16))
before = held()
load_module(module, [Path(sys.argv[1])], torch.bfloat16)
card = FakeCard()
with streamed(module, card, Streaming("block", 2, True, 2**40)), torch.inference_mode():
    module(x)
    print(held() - before, card.locked_in_files, card.peak)
"""


@linux
def test_weights_that_are_locked_stay_pages_of_their_file(tmp_path: Path) -> None:
    file = tmp_path / "weights.safetensors"
    save_file({f"blocks.{number}.weight": torch.randn(2048, 2048).bfloat16() for number in range(32)}, file)
    own, locked, on_card = map(int, measured(STREAM, str(file)))
    assert locked == 32 * 8 * MIB
    # The card is made of the host's memory.
    assert own - on_card < 0.05 * locked


def test_windows_is_asked_for_the_present_working_set() -> None:
    class Kernel:
        """As kernel32 answers, or refuses."""

        def __init__(self, answer: int) -> None:
            self.answer = answer
            self.GetCurrentProcess = MagicMock(return_value=2**64 - 1)
            self.K32GetProcessMemoryInfo = MagicMock(side_effect=self.fill)

        def fill(self, own: int, counters: Any, size: int) -> int:
            assert (own, size) == (2**64 - 1, 8 + 8 * ctypes.sizeof(ctypes.c_size_t))
            told = counters._obj
            told.size0, told.size1 = 9 * 2**30, 5 * 2**30
            return self.answer

    assert process._working_set(Kernel(1)) == 5 * 2**30
    assert process._working_set(Kernel(0)) == 0
