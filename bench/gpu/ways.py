"""Plans by short names, for trying one thing beside another."""

from __future__ import annotations

from typing import Any

from models import Kind
from surroundings import GIB

from reelwright_sidecar.contract import Plan
from reelwright_sidecar.decode.geometry import structure_of
from reelwright_sidecar.decode.peak import LIBRARIES, slabs_within

_STORED = {"int8": "int8", "int8mm": "int8-products", "fp8mm": "fp8-products"}


def named_plan(name: str, kind: Kind, device: str, cap: float | None) -> Plan:
    """A plan by its short name: a placement of the denoiser, with -seq, -int8, -int8mm, -fp8mm, -compile, -cudnn,
    -sage, -cached as wanted."""
    place, *more = name.split("-")
    streamed = {"kind": "group-offload", "stream": True, "recordStream": "more" in more, "pinnedBytes": 2**40}
    placements: dict[str, dict[str, Any]] = {
        "resident": {"kind": "resident"},
        "model": {"kind": "model-offload"},
        "block": {**streamed, "level": "block"},
        "leaf": {**streamed, "level": "leaf"},
        "unpinned": {**streamed, "level": "block", "pinnedBytes": 0},
        "staged": {**streamed, "level": "block", "pinnedBytes": GIB},
        "sequential": {"kind": "sequential"},
    }
    denoiser = placements[place]
    away = {"kind": "model-offload"}
    width, height, frames = kind.size
    slabs = None
    if cap is not None:
        structure = structure_of(kind.vae)
        size = (frames - 1) // 4 + 1, height // 8, width // 8
        free = round(0.95 * cap * GIB) - LIBRARIES - round(0.3 * GIB)
        slabs = slabs_within(structure, *size, 2, free)
    decode = {
        "slabRows": None if slabs is None else slabs.rows,
        "residentBytes": 0 if slabs is None else slabs.resident,
    }
    return Plan.model_validate(
        {
            "device": device,
            "precision": kind.precision,
            "checkpointEverySteps": 5,
            "placements": {
                "textEncoder": {**streamed, "level": "block"} if place != "sequential" else denoiser,
                "transformer": denoiser,
                "vae": away,
            },
            "storage": {"transformer": next((_STORED[bits] for bits in more if bits in _STORED), "same")},
            "guidance": "sequential" if "seq" in more else "batched",
            "attention": next((kernel for kernel in ("cudnn", "sage") if kernel in more), "sdpa"),
            "compile": "compile" in more,
            "steps": "cached" if "cached" in more else "all",
            "decode": decode,
            "encode": {"slabRows": 64, "residentBytes": 0},
            "pinnedBytes": 2**40,
            "reserveFraction": None,
        }
    )
