"""Kernels of our own: a machine can make them where there are Triton and a compiler."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import torch


def tried(trial: Callable[[], Any], device: torch.device, without: str) -> Any:
    """What `trial` gives, a module of kernels, when all that it asked of the CUDA device is done.

    None where anything of that fails, whatever it is; then `without` is logged.
    """
    try:
        found = trial()
        torch.cuda.synchronize(device)
    except Exception:
        logging.getLogger(__name__).warning(without, exc_info=True)
        return None
    return found
