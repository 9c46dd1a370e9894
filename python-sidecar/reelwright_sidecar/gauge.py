"""What the allocator holds of the card, as the thread that runs torch read it last.

The heart only looks at the number. Asking the allocator takes its lock, which it holds while the driver frees memory,
and freeing waits for the device: a heart that asked would stop while a card short of memory is busy.
"""

from __future__ import annotations

reserved: int | None = None


def read() -> None:
    """Reads the allocator's statistics. Only on the thread that runs torch. Starts no card, and survives a lost one."""
    global reserved
    import torch

    from . import meter

    meter.look()

    try:
        reserved = torch.cuda.memory_reserved() if torch.cuda.is_initialized() else None
    except RuntimeError:
        reserved = None
