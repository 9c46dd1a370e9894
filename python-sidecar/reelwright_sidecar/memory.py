"""What messages about memory mean, what the device's allocator says about itself, and how the host's behaves."""

from __future__ import annotations

import ctypes
import mmap
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

_UNITS = {"bytes": 1, "kib": 1024, "mib": 1024**2, "gib": 1024**3, "kb": 1024, "mb": 1024**2, "gb": 1024**3}
_NUMBER = r"([\d.]+) (bytes|[KMG]iB|[KMG]B)"
_DEVICE = re.compile(
    r"CUDA out of memory|CUDA error: out of memory|CUBLAS_STATUS_ALLOC_FAILED|CUDNN_STATUS_ALLOC_FAILED"
    r"|CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED|cudaErrorMemoryAllocation|cuMemAlloc|CUDA_ERROR_OUT_OF_MEMORY",
    re.IGNORECASE,
)
_HOST = re.compile(
    r"DefaultCPUAllocator|can't allocate memory|cannot allocate memory|not enough memory|paging file"
    r"|std::bad_alloc|Cannot pin memory|CUDA error: .*host memory",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class DeviceMemory:
    """Bytes; None where nobody knows."""

    requested: int | None
    allocated: int | None
    reserved: int | None
    free: int | None


def says_device_memory(message: str) -> bool:
    """Whether an error's message speaks of the device's memory."""
    return _DEVICE.search(message) is not None


def says_host_memory(message: str) -> bool:
    """Whether an error's message speaks of the machine's own memory (and not of the device's)."""
    return _HOST.search(message) is not None and not says_device_memory(message)


def parse_device_memory(message: str) -> DeviceMemory:
    """The numbers in the message of torch's CUDA allocator, whatever of them is there."""
    return DeviceMemory(
        requested=_bytes(rf"Tried to allocate {_NUMBER}", message),
        allocated=_bytes(rf"{_NUMBER} is allocated by PyTorch", message)
        or _bytes(rf"this process has {_NUMBER} memory in use", message),
        reserved=_reserved(message),
        free=_bytes(rf"of which {_NUMBER} is free", message),
    )


def _reserved(message: str) -> int | None:
    allocated = _bytes(rf"{_NUMBER} is allocated by PyTorch", message)
    unused = _bytes(rf"{_NUMBER} is reserved by PyTorch but unallocated", message)
    return allocated + unused if allocated is not None and unused is not None else None


def _bytes(pattern: str, message: str) -> int | None:
    match = re.search(pattern, message, re.IGNORECASE)
    if match is None:
        return None
    return round(float(match[1].rstrip(".")) * _UNITS[match[2].lower()])


def read_device_memory() -> DeviceMemory:
    """What the allocator and the driver say now; all None without a CUDA device."""
    if not torch.cuda.is_available() or torch.cuda.memory_reserved() == 0:
        return DeviceMemory(None, None, None, None)
    try:
        free, _total = torch.cuda.mem_get_info()
        return DeviceMemory(None, torch.cuda.memory_allocated(), torch.cuda.memory_reserved(), free)
    except RuntimeError:
        return DeviceMemory(None, None, None, None)


def forget_pages(mapped: torch.Tensor) -> None:
    """Lets go of the pages of a mapped file that a tensor lies in, which nobody reads again.

    The system would do it by itself when memory is short; until then they count as this process's own. Where there is
    no madvise nothing happens.
    """
    if (
        sys.platform == "win32"
        or not mapped.is_contiguous()
        or not hasattr(libc := ctypes.CDLL(None), "madvise")
    ):
        return
    page = mmap.PAGESIZE
    start = -(-mapped.data_ptr() // page) * page
    end = (mapped.data_ptr() + mapped.nbytes) // page * page
    if end > start:
        libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), mmap.MADV_DONTNEED)


@contextmanager
def reusing_host_memory() -> Iterator[None]:
    """While it is entered, freed tensors stay with the process, and the next ones are laid into them.

    glibc otherwise returns every large block to the system and takes fresh pages for the next: a third of the time
    of decoding on the CPU. Numbers of mallopt(3); without glibc nothing happens.
    """
    trim_threshold, top_pad, mmap_threshold = -1, -2, -3
    standard = 128 * 1024
    if sys.platform != "linux" or not hasattr(libc := ctypes.CDLL(None), "mallopt"):
        yield
        return
    for parameter, value in ((mmap_threshold, 2**30), (trim_threshold, 2**31 - 1), (top_pad, 64 * 2**20)):
        libc.mallopt(parameter, value)
    try:
        yield
    finally:
        for parameter, value in ((mmap_threshold, standard), (trim_threshold, standard), (top_pad, standard)):
            libc.mallopt(parameter, value)
        libc.malloc_trim(0)
