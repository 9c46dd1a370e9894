"""Imported first: finds the worker's package, and stands in for libraries that a machine with a card may lack."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
SIDECAR = ROOT / "python-sidecar"
GIB = 2**30


def prepare() -> None:
    """The allocator as the worker has it. Clips are written without PyAV where there is none: nothing but their frames
    and their record."""
    for folder in (SIDECAR, SIDECAR / "tests"):
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
    importlib.import_module("reelwright_sidecar.allocator").configure()
    importlib.import_module("pyav_stand_in").install()
    for name in ("PIL", "PIL.Image", "PIL.ImageOps", "tokenizers"):
        try:
            importlib.import_module(name)
        except ImportError:
            sys.modules[name] = ModuleType(name)


prepare()
