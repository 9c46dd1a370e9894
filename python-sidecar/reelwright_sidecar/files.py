"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


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
    if os.name == "nt":
        return
    with suppress(OSError):  # some folders may be written but not read, some file systems refuse to sync one
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_whole(path: Path, data: bytes) -> None:
    """Writes `path` so that it holds either what it held before or all of `data`, even after a power cut.

    Raises StorageError; nothing half-written is left then.
    """
    temporary = path.with_name(f".{path.name}.part")
    with storing(path):
        try:
            with temporary.open("wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        sync_folder(path.parent)


def publish(temporary: Path, path: Path, overwrite: bool) -> None:
    """Gives a finished file its name. Without `overwrite` a file that is there is never replaced.

    Raises FileExistsError, OSError.
    """
    if overwrite:
        os.replace(temporary, path)
    elif os.name == "nt":
        os.rename(temporary, path)
    else:
        try:
            os.link(temporary, path)
        except OSError as error:
            if error.errno == errno.EEXIST or isinstance(error, FileExistsError):
                raise
            # The file system knows no links: reserve the name, then put the file in its place.
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            try:
                os.replace(temporary, path)
            except OSError:
                path.unlink()
                raise
        else:
            temporary.unlink()
    sync_folder(path.parent)
