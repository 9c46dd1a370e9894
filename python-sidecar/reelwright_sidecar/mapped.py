"""Files that are mapped to be read: their pages are the system's own, of which nobody keeps a second copy.

A mapping is shared, not private: of a private one a driver would lock copies of the pages. It lasts as long as any
tensor in it. A write into one ends the process.
"""

from __future__ import annotations

import math
import mmap
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from weakref import WeakValueDictionary

import torch

_shared: WeakValueDictionary[int, mmap.mmap] = WeakValueDictionary()
"""Every such mapping there is, by its address."""


def map_file(file: Path) -> torch.Tensor:
    """The bytes of the whole file. Raises OSError, and ValueError where it is empty.

    On Windows the mapping is a private one of torch's: Python's own would keep the file open, in the way of whoever
    deletes the model, and pages of files are not locked there anyway.
    """
    if sys.platform == "win32":
        return torch.from_file(str(file), shared=False, size=file.stat().st_size, dtype=torch.uint8)
    with file.open("rb") as stream:
        mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    whole = _bytes(mapped)
    _shared[whole.data_ptr()] = mapped
    return whole


def tensor_in(whole: torch.Tensor, start: int, dtype: torch.dtype, shape: tuple[int, ...]) -> torch.Tensor:
    """The bytes of a mapped file from `start` on as a tensor. Raises ValueError where the file ends before."""
    size = math.prod(shape) * dtype.itemsize
    if start + size > whole.nbytes:
        raise ValueError(f"It ends at {whole.nbytes} of {start + size} bytes.")
    # A view by another type would have to begin at a multiple of its size; a storage may begin anywhere.
    storage = whole.untyped_storage()[start : start + size]
    return torch.empty(0, dtype=dtype).set_(storage).view(shape)


def is_mapped(tensor: torch.Tensor) -> bool:
    """Whether the tensor is pages of a file, which may be locked where they are."""
    return _address(tensor) is not None


def stretches(tensors: Iterable[torch.Tensor]) -> list[torch.Tensor]:
    """Of each file that some of the tensors lie in, its bytes from the first to the last of theirs."""
    ends: dict[int, tuple[int, int]] = {}
    for tensor in tensors:
        address = _address(tensor)
        if address is not None:
            first = tensor.data_ptr() - address
            start, end = ends.get(address, (first, first))
            ends[address] = min(start, first), max(end, first + tensor.nbytes)
    return [_bytes(_shared[address])[start:end] for address, (start, end) in ends.items()]


def _address(tensor: torch.Tensor) -> int | None:
    place = tensor.data_ptr()
    return next((start for start, mapped in _shared.items() if start <= place < start + len(mapped)), None)


def _bytes(mapped: mmap.mmap) -> torch.Tensor:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The given buffer is not writable")
        return torch.frombuffer(mapped, dtype=torch.uint8)
