"""How torch divides the card's memory.

A denoiser's tensors are large and of a few sizes; torch's own way leaves holes that fit none of them: with 2B at
720x480 and 49 frames it takes 1.09 GiB more than it uses, and fails under a limit of 6 GiB of which it needs 5.04.
Segments that grow lose half of that and cost no time; where the system has none (Windows), large pieces are not split,
which can be given back when memory is short, and costs 4 % of a step under such a limit. Measured on an H100 by
bench/gpu/plans.py.
"""

from __future__ import annotations

import os
import sys

_NAMES = ("PYTORCH_ALLOC_CONF", "PYTORCH_CUDA_ALLOC_CONF")


def configure() -> None:
    """Before torch is imported. What a person has set stays."""
    if not any(os.environ.get(name) for name in _NAMES):
        growing = sys.platform.startswith("linux")
        os.environ[_NAMES[0]] = "expandable_segments:True" if growing else "max_split_size_mb:128"
