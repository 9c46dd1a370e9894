"""What is written: hidden until it is whole, then under its own name, which nobody else must have."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..files import patiently, publish, sync_folder


def temporary_of(out: Path) -> Path:
    """The hidden name beside `out` under which it is written."""
    return out.with_name(f".reelwright-{hashlib.sha256(str(out).encode()).hexdigest()[:16]}.export")


@contextmanager
def writing_file(out: Path) -> Iterator[Path]:
    """The path to write to, which becomes `out` when the context is left without an error.

    Raises FileExistsError, OSError.
    """
    temporary = temporary_of(out)
    _check(out)
    try:
        yield temporary
        with temporary.open("r+b") as stream:
            os.fsync(stream.fileno())
        publish(temporary, out, False)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def writing_folder(out: Path) -> Iterator[Path]:
    """The same for a folder."""
    temporary = temporary_of(out)
    _check(out)
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        yield temporary
        _check(out)
        patiently(lambda: os.rename(temporary, out))
        sync_folder(out.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _check(out: Path) -> None:
    if os.path.lexists(out):
        raise FileExistsError(17, "The file exists", str(out))
