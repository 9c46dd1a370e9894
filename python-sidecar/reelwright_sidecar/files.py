"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

_WINDOWS = os.name == "nt"
_PATIENCE = (0.05, 0.15, 0.3, 0.5) if _WINDOWS else ()
"""Seconds between tries to rename a file that somebody looks at."""


StorageProblem = Literal["full", "exists", "not-writable"]
_FULL_WINDOWS = {112, 39}
"""ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL."""


def storage_problem(error: OSError) -> StorageProblem | None:
    """What a place has against being written to; None where it is not the place's fault."""
    if getattr(error, "winerror", None) in _FULL_WINDOWS:
        return "full"
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            return "full"
        case errno.EEXIST:
            return "exists"
        case errno.EACCES | errno.EROFS | errno.EPERM | errno.ENAMETOOLONG:
            return "not-writable"
        case errno.ENOENT | errno.ENOTDIR | errno.EISDIR:
            return "not-writable"
    return None


class StorageError(Exception):
    """Reading or writing `path` failed for the reason in `error`."""

    def __init__(self, path: str, error: OSError) -> None:
        super().__init__(f"{path}: {error}")
        self.path = path
        self.error = error


@contextmanager
def storing(path: Path) -> Iterator[None]:
    """Says which path an OSError inside is about."""
    try:
        yield
    except OSError as error:
        raise StorageError(str(path), error) from error


def sync_folder(folder: Path) -> None:
    """Makes a rename in the folder last, where the system can (Windows cannot open folders)."""
    if _WINDOWS:
        return
    with suppress(OSError):  # some folders may be written but not read, some file systems refuse to sync one
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _temporary_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def clear_temporary(folder: Path) -> None:
    """Removes what a process that was killed while it wrote has left in the folder; what is held stays."""
    with suppress(OSError):
        for part in folder.glob(".*.part"):
            discard(part)


def discard(path: Path) -> None:
    """Removes a file that nobody needs any more. What somebody else holds may stay: that is no failure."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes) -> None:
    """Writes `path` so that it holds either what it held before or all of `data`, even after a power cut.

    Raises StorageError; nothing half-written is left then.
    """
    temporary = _temporary_of(path)
    with storing(path):
        try:
            with temporary.open("wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        sync_folder(path.parent)


def replace(temporary: Path, path: Path) -> None:
    """Gives a file its name, in the place of another. Raises OSError."""
    patiently(lambda: os.replace(temporary, path))


def patiently(rename: Callable[[], None]) -> None:
    """On Windows a file that somebody has open cannot be renamed or replaced, and virus scanners look at whatever is
    new: they are given a second."""
    for pause in _PATIENCE:
        try:
            return rename()
        except PermissionError:
            time.sleep(pause)
    return rename()


def publish(temporary: Path, path: Path, overwrite: bool) -> None:
    """Gives a finished file its name. Without `overwrite` a file that is there is never replaced.

    Raises FileExistsError, OSError.
    """
    if overwrite:
        replace(temporary, path)
    elif _WINDOWS:
        patiently(lambda: os.rename(temporary, path))  # which replaces nothing there
    else:
        try:
            os.link(temporary, path)
        except FileExistsError:
            raise
        except OSError:
            # The file system knows no links: reserve the name, then put the file in its place.
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            try:
                replace(temporary, path)
            except OSError:
                path.unlink()
                raise
        else:
            temporary.unlink()
    sync_folder(path.parent)
