"""What errors about memory mean, in the words of torch 1.13 to 2.15, CUDA's libraries and the systems. Pure."""

from __future__ import annotations

import errno
import re
from dataclasses import dataclass

_UNITS = {"bytes": 1, "kib": 1024, "mib": 1024**2, "gib": 1024**3, "kb": 1024, "mb": 1024**2, "gb": 1024**3}
_NUMBER = r"([\d.]+) ?(bytes|[KMG]iB|[KMG]B)"
_DEVICE = re.compile(
    r"CUDA out of memory|CUDA (driver )?error: out of memory|Triton Error \[CUDA\]: out of memory"
    r"|would exceed allowed memory|CUBLAS_STATUS_ALLOC_FAILED|CUSOLVER_STATUS_ALLOC_FAILED|CUDNN_STATUS_ALLOC_FAILED"
    r"|CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED|cudaErrorMemoryAllocation|cuMemAlloc"
    r"|CUDA_ERROR_OUT_OF_MEMORY",
    re.IGNORECASE,
)
_LIBRARY = re.compile(
    r"CUBLAS_STATUS_NOT_INITIALIZED|CUBLAS_STATUS_INTERNAL_ERROR|CUDNN_STATUS_NOT_INITIALIZED"
    r"|CUDNN_STATUS_INTERNAL_ERROR|CUDNN_STATUS_EXECUTION_FAILED|unable to find an engine|no valid convolution alg",
    re.IGNORECASE,
)
_HOST = re.compile(
    r"DefaultCPUAllocator|can't allocate memory|cannot allocate memory|not enough memory|insufficient memory"
    r"|paging file|os error 1455|error code: <1455>|std::bad_alloc|bad allocation|Cannot pin memory"
    r"|failed to map segment"
    # oneDNN, which makes its kernels where it runs; of one that it does not have it says "primitive descriptor".
    r"|could not create a (primitive|memory object)(?! desc)"
    r"|CUDA error: .*host memory|HOST_ALLOCATION_FAILED|cudaHostAlloc|cuMemHostAlloc|failed to alloc.* on host",
    re.IGNORECASE,
)
_NO_MEMORY_WINDOWS = {8, 14, 1450, 1455}
"""ERROR_NOT_ENOUGH_MEMORY, ERROR_OUTOFMEMORY, ERROR_NO_SYSTEM_RESOURCES, ERROR_COMMITMENT_LIMIT."""
_SCARCE = 512 * 2**20


@dataclass(frozen=True)
class DeviceMemory:
    """Bytes; None where nobody knows. `allowed`: what this process may take, None where it may take everything."""

    requested: int | None = None
    allocated: int | None = None
    reserved: int | None = None
    free: int | None = None
    allowed: int | None = None

    @property
    def is_scarce(self) -> bool:
        """Whether so little is left that a library may find no room for its own work."""
        left = [] if self.free is None else [self.free]
        if self.allowed is not None and self.reserved is not None:
            left.append(self.allowed - self.reserved)
        return bool(left) and min(left) < _SCARCE


def says_device_memory(message: str) -> bool:
    """Whether an error's message speaks of the device's memory, and not of the host's."""
    return _DEVICE.search(message) is not None and not _HOST.search(message)


def may_mean_device_memory(message: str) -> bool:
    """Whether the message is one that libraries also have when they find no room for their own work."""
    return _LIBRARY.search(message) is not None


def lacks_host_memory(error: BaseException) -> bool:
    """Whether it is the machine's own memory that has run out, in whatever words and language the system says so."""
    if isinstance(error, MemoryError):
        return True
    # EAGAIN: a thread could not be begun. Nothing else here answers so, for no file is opened without waiting.
    if isinstance(error, OSError) and (
        error.errno in (errno.ENOMEM, errno.EAGAIN) or getattr(error, "winerror", None) in _NO_MEMORY_WINDOWS
    ):
        return True
    return _HOST.search(str(error)) is not None


def parse_device_memory(message: str) -> DeviceMemory:
    """The numbers in the message of torch's CUDA allocators, of torch 1.13 to 2.15, whatever of them is there."""
    allocated = _bytes(
        message,
        rf"{_NUMBER} is allocated by PyTorch",
        rf"{_NUMBER} already allocated",
        rf"Currently allocated\s*: {_NUMBER}",
    )
    unused = _bytes(message, rf"{_NUMBER} is reserved by PyTorch but unallocated")
    return DeviceMemory(
        requested=_bytes(message, rf"Tried to allocate {_NUMBER}", rf"Requested\s*: {_NUMBER}"),
        allocated=allocated,
        reserved=_bytes(message, rf"{_NUMBER} reserved in total by PyTorch")
        if allocated is None or unused is None
        else allocated + unused,
        free=_bytes(message, rf"of which {_NUMBER} is free", rf"; {_NUMBER} free", rf"Free [^:]*: {_NUMBER}"),
        allowed=_bytes(message, rf"{_NUMBER} allowed;"),
    )


def _bytes(message: str, *patterns: str) -> int | None:
    for pattern in patterns:
        match = re.search(pattern, message, re.IGNORECASE)
        if match is not None:
            return round(float(match[1].rstrip(".")) * _UNITS[match[2].lower()])
    return None
