"""What something takes on a card, by the card's own clock."""

from __future__ import annotations

from collections.abc import Callable

import torch


def milliseconds(call: Callable[[], object]) -> float:
    """From when the card begins with it to when it is done."""
    began, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    began.record()
    call()
    ended.record()
    ended.synchronize()
    elapsed: float = began.elapsed_time(ended)
    return elapsed
