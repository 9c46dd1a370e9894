"""What the device's allocator says about itself, how the host's behaves, and how both let go."""

from __future__ import annotations

import ctypes
import gc
import mmap
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import torch

from .memory_errors import DeviceMemory

_PAGE = 4096
_READ_ONLY = 8
"""cudaHostRegisterReadOnly: for pages that may only be read."""


def read_device_memory() -> DeviceMemory:
    """What the allocator and the driver say now; all None without a CUDA device in use."""
    if not torch.cuda.is_initialized():
        return DeviceMemory()
    try:
        free, total = torch.cuda.mem_get_info()
        # The limit is asked for, not taken from the plan: what is in force counts.
        limit = getattr(torch.cuda, "get_per_process_memory_fraction", lambda: 1.0)()
        return DeviceMemory(
            allocated=torch.cuda.memory_allocated(),
            reserved=torch.cuda.memory_reserved(),
            free=free,
            allowed=round(limit * total) if limit < 1 else None,
        )
    except RuntimeError:
        return DeviceMemory()


def lock(size: int) -> torch.Tensor:
    """So many page-locked bytes of the host's memory, until `unlock`.

    Ordinary memory that is registered: torch's own allocator of page-locked memory rounds up to powers of two, and
    keeps what is given back. Raises MemoryError when the system gives none.
    """
    memory = torch.empty(size + 2 * _PAGE, dtype=torch.uint8)
    start = -memory.data_ptr() % _PAGE
    aligned = memory[start : start + size]
    # Locking makes untouched pages one after the other: 1.6 s for 3 GiB, where 0.2 are enough for pages that are there.
    aligned.zero_()
    error = torch.cuda.cudart().cudaHostRegister(aligned.data_ptr(), -(-size // _PAGE) * _PAGE, 0)
    if int(error) != 0:
        forget_cuda_error()
        raise MemoryError(f"Cannot pin memory: {size} bytes, error {int(error)}.")
    return aligned


def lock_mapped(pages: torch.Tensor) -> bool:
    """Page-locks bytes of a mapped file where they are, until `unlock`: nothing is copied, and no memory taken twice.

    False where that cannot be: not every system, driver and kind of disk allows it.
    """
    start = pages.data_ptr() // _PAGE * _PAGE
    size = -(-(pages.data_ptr() + pages.nbytes - start) // _PAGE) * _PAGE
    error = torch.cuda.cudart().cudaHostRegister(start, size, _READ_ONLY)
    if int(error) != 0:
        forget_cuda_error()
    return int(error) == 0


def unlock(memory: torch.Tensor) -> None:
    """Gives back what `lock` gave, once nothing is on its way any more, or `lock_mapped` locked. What `lock` gave must
    not be used after that."""
    torch.cuda.synchronize()
    torch.cuda.cudart().cudaHostUnregister(memory.data_ptr() // _PAGE * _PAGE)


def page_locked(size: int | Sequence[int], dtype: torch.dtype) -> torch.Tensor:
    """A small tensor in page-locked memory of the host, from torch's own allocator, which keeps what is given back.

    Raises MemoryError: CUDA says of the host's memory, too, that it is out of memory, and means the device's with the
    same words.
    """
    try:
        return torch.empty(size, dtype=dtype, pin_memory=True)
    except RuntimeError as error:
        if isinstance(error, torch.cuda.OutOfMemoryError) or "out of memory" not in str(error):
            raise
        forget_cuda_error()
        raise MemoryError(f"Cannot pin memory: {size} of {dtype}.") from error


def forget_cuda_error() -> None:
    """After a call of CUDA's that was refused: its error would be taken for one of the next kernel."""
    with suppress(RuntimeError):
        torch.zeros(1, device="cuda")


def let_go() -> None:
    """After a failure: what nobody uses any more goes back to the driver and to the system."""
    gc.collect()
    if torch.cuda.is_initialized():
        with suppress(RuntimeError):
            torch.cuda.empty_cache()
            getattr(torch._C, "_host_emptyCache", lambda: None)()
    _trim()


def forget_pages(mapped: torch.Tensor) -> None:
    """Lets go of the pages of a mapped file that a tensor lies in, which nobody reads again.

    The system would do it by itself when memory is short; until then they count as this process's own. Where there is
    no madvise nothing happens.
    """
    madvise = _of_libc("madvise")
    if madvise is None or not mapped.is_contiguous():
        return
    page = mmap.PAGESIZE
    start = -(-mapped.data_ptr() // page) * page
    end = (mapped.data_ptr() + mapped.nbytes) // page * page
    if sys.platform != "win32" and end > start:
        madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), mmap.MADV_DONTNEED)


@contextmanager
def reusing_host_memory() -> Iterator[None]:
    """While it is entered, freed tensors stay with the process, and the next ones are laid into them.

    glibc otherwise returns every large block to the system and takes fresh pages for the next: a third of the time
    of decoding on the CPU. Numbers of mallopt(3); without glibc nothing happens.
    """
    trim_threshold, top_pad, mmap_threshold = -1, -2, -3
    standard = 128 * 1024
    mallopt = _of_libc("mallopt")
    if mallopt is None:
        yield
        return
    for parameter, value in ((mmap_threshold, 2**30), (trim_threshold, 2**31 - 1), (top_pad, 64 * 2**20)):
        mallopt(parameter, value)
    try:
        yield
    finally:
        for parameter, value in ((mmap_threshold, standard), (trim_threshold, standard), (top_pad, standard)):
            mallopt(parameter, value)
        _trim()


def _trim() -> None:
    """Freed memory goes back to the system, where there is glibc."""
    trim = _of_libc("malloc_trim")
    if trim is not None:
        trim(0)


def _of_libc(name: str) -> Callable[..., int] | None:
    """A function of the C library, where it has it; Windows' has none of these."""
    return None if sys.platform == "win32" else getattr(ctypes.CDLL(None), name, None)
