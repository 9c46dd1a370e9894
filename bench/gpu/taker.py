"""Another program on the card: takes its memory, says so, and has it as long as the fault of capped_worker.py lasts,
for two minutes at the most.

python bench/gpu/taker.py FAULT.json BYTES_LEFT
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from pathlib import Path

import torch

PIECE = 2**28


def take(left: int) -> list[torch.Tensor]:
    """All memory of the card but `left` bytes."""
    taken = []
    with suppress(torch.cuda.OutOfMemoryError):
        while (more := torch.cuda.mem_get_info()[0] - left) > 2**21:
            taken.append(torch.empty(min(more, PIECE), dtype=torch.uint8, device="cuda"))
    return taken


def lasts(fault: Path) -> bool:
    """Until there is another one, or none."""
    try:
        return bool(json.loads(fault.read_text(encoding="utf-8"))["state"] != "waiting")
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    _taken = take(int(sys.argv[2]))
    print(len(_taken), flush=True)
    _end = time.monotonic() + 120
    while lasts(Path(sys.argv[1])) and time.monotonic() < _end:
        time.sleep(0.2)
