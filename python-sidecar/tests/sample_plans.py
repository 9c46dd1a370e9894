"""Plans for the tests: today's plain one, and what may differ from it."""

from __future__ import annotations

from typing import Any

RESIDENT = {"kind": "resident"}
MODEL_OFFLOAD = {"kind": "model-offload"}
SEQUENTIAL = {"kind": "sequential"}
WHOLE = {"slabRows": None, "residentBytes": 0}


def group_offload(
    level: str, *, stream: bool = True, record_stream: bool = False, pinned: int = 0
) -> dict[str, Any]:
    """A component that comes to the device a block or a leaf at a time."""
    return {
        "kind": "group-offload",
        "level": level,
        "stream": stream,
        "recordStream": record_stream,
        "pinnedBytes": pinned,
    }


def everywhere(placement: dict[str, Any]) -> dict[str, Any]:
    """The same placement for every component."""
    return {"placements": dict.fromkeys(("textEncoder", "transformer", "vae"), placement)}


def plan(**changes: Any) -> dict[str, Any]:
    """Everything resident, in float32 on the processor, but for the changes."""
    return {
        "device": "cpu",
        "precision": "float32",
        "checkpointEverySteps": 1,
        **everywhere(RESIDENT),
        "storage": {"transformer": "same"},
        "guidance": "batched",
        "attention": "sdpa",
        "compile": False,
        "steps": "all",
        "decode": WHOLE,
        "encode": WHOLE,
        "pinnedBytes": 0,
        "reserveFraction": None,
        **changes,
    }
