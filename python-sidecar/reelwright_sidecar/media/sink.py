"""The file that PyAV writes to."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any


class Sink:
    """A file, opened here so that errors keep their reasons: FFmpeg's own file output turns a full disk into an invalid
    argument. Use it as a context, or close it."""

    def __init__(self, path: Path, mode: str) -> None:
        self._raw = io.FileIO(path, mode)
        self.name = str(path)

    def __enter__(self) -> Sink:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def write(self, data: bytes) -> int:
        """All of it, or an error."""
        left = memoryview(data)
        while left:
            left = left[self._raw.write(left) :]
        return len(data)

    def read(self, count: int) -> bytes:
        return self._raw.read(count)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        return self._raw.tell()

    def close(self) -> None:
        self._raw.close()

    def sync(self) -> int:
        """Waits until all is on the disk; the size in bytes."""
        os.fsync(self._raw.fileno())
        return os.fstat(self._raw.fileno()).st_size
