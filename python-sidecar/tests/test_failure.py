"""Every exception becomes one typed failure."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from reelwright_sidecar.contract import DeviceMemoryFailure, DiskFullFailure, NotWritableFailure
from reelwright_sidecar.failure import DETAIL_LIMIT, BadFrames, BadInput, classify
from reelwright_sidecar.families.cogvideox_shape import BadSettings
from reelwright_sidecar.files import StorageError
from reelwright_sidecar.memory_errors import DeviceMemory, parse_device_memory
from reelwright_sidecar.weights import BadWeights

# The wording of torch 2.11 on an 80 GiB card.
OUT_OF_MEMORY = (
    "CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 23.64 GiB of which 512.00 MiB is "
    "free. Including non-PyTorch memory, this process has 23.10 GiB memory in use. Of the allocated memory 20.00 GiB "
    "is allocated by PyTorch, and 2.00 GiB is reserved by PyTorch but unallocated. If reserved but unallocated memory "
    "is large try setting PYTORCH_ALLOC_CONF=expandable_segments:True to avoid fragmentation."
)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (torch.cuda.OutOfMemoryError(OUT_OF_MEMORY), "device-memory"),
        (
            RuntimeError("CUDA error: out of memory\nCUDA kernel errors might be asynchronously ..."),
            "device-memory",
        ),
        (RuntimeError("CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"), "device-memory"),
        (RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"), "device-memory"),
        (MemoryError(), "host-memory"),
        (
            RuntimeError(
                "[enforce fail at alloc_cpu.cpp:119] err == 0. DefaultCPUAllocator: can't allocate memory: you tried "
                "to allocate 1099511627776 bytes. Error code 12 (Cannot allocate memory)"
            ),
            "host-memory",
        ),
        (
            OSError(None, "The paging file is too small for this operation to complete", None, 1455),
            "host-memory",
        ),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "host-memory"),
        (RuntimeError("CUDA error: unspecified launch failure"), "driver-lost"),
        (RuntimeError("CUDA error: an illegal memory access was encountered"), "driver-lost"),
        (RuntimeError("CUDA error: device-side assert triggered"), "driver-lost"),
        (RuntimeError("Found no NVIDIA driver on your system."), "driver-lost"),
        (ImportError("libcudart.so.13: cannot open shared object file"), "environment"),
        (ModuleNotFoundError("No module named 'safetensors'"), "environment"),
        (OSError(errno.ENOSPC, "No space left on device", "/x"), "disk-full"),
        (StorageError("/x", OSError(errno.EDQUOT, "Disk quota exceeded")), "disk-full"),
        (StorageError("/x", PermissionError(errno.EACCES, "Permission denied")), "not-writable"),
        (StorageError("/x", OSError(errno.EROFS, "Read-only file system")), "not-writable"),
        (StorageError("/x", FileExistsError(errno.EEXIST, "File exists")), "not-writable"),
        (StorageError("/x", OSError(errno.EIO, "Input/output error")), "internal"),
        (BadWeights(Path("vae/x.safetensors"), "truncated", "short"), "bad-weights"),
        (BadSettings("no"), "bad-input"),
        (BadInput("image-missing", "no"), "bad-input"),
        (BadFrames("black", "no"), "bad-frames"),
        (ValueError("anything else"), "internal"),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), "internal"),
    ],
)
def test_causes(error: BaseException, cause: str) -> None:
    failure = classify(error, "denoising")
    assert failure.cause == cause
    assert failure.phase == "denoising"
    assert failure.detail != "" or cause == "host-memory"


def test_numbers_of_the_device() -> None:
    gib = 1024**3
    failure = classify(torch.cuda.OutOfMemoryError(OUT_OF_MEMORY), "decoding")
    assert isinstance(failure, DeviceMemoryFailure)
    assert failure.requested_bytes == round(2.5 * gib)
    assert failure.allocated_bytes == 20 * gib
    assert failure.reserved_bytes == 22 * gib
    assert failure.free_bytes == gib // 2


def test_what_the_message_leaves_open_is_measured() -> None:
    measured = DeviceMemory(None, 1, 2, 3)
    failure = classify(RuntimeError("CUDA error: out of memory"), "denoising", measured)
    assert isinstance(failure, DeviceMemoryFailure)
    assert (failure.requested_bytes, failure.allocated_bytes) == (None, 1)
    assert (failure.reserved_bytes, failure.free_bytes) == (2, 3)


def test_paths() -> None:
    full = classify(
        StorageError("/out/clip.mp4", OSError(errno.ENOSPC, "No space left on device")), "decoding"
    )
    assert isinstance(full, DiskFullFailure)
    assert full.path == "/out/clip.mp4"
    locked = classify(PermissionError(errno.EACCES, "Permission denied", "/out/x"), None)
    assert isinstance(locked, NotWritableFailure)
    assert (locked.path, locked.phase) == ("/out/x", None)


def test_a_bug_keeps_the_end_of_its_traceback() -> None:
    def deeper(level: int) -> None:
        if level == 0:
            raise ValueError("here it went wrong")
        deeper(level - 1)

    with pytest.raises(ValueError) as caught:
        deeper(200)
    chained = RuntimeError("x" * 9000)
    for error in (caught.value, chained):
        assert len(classify(error, None).detail) <= DETAIL_LIMIT
    assert "here it went wrong" in classify(caught.value, None).detail
    assert "deeper" in classify(caught.value, None).detail


@given(st.text())
def test_no_message_breaks_the_reading_of_numbers(message: str) -> None:
    parse_device_memory(message)
    assert classify(RuntimeError(message), "denoising").cause in (
        "internal",
        "host-memory",
        "device-memory",
        "driver-lost",
    )


def test_a_real_lack_of_memory() -> None:
    """The machine's allocator, asked for more than there can be."""
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**58, dtype=torch.float64)
    assert classify(caught.value, "denoising").cause in ("host-memory", "internal")
    with pytest.raises((RuntimeError, MemoryError)) as asked:
        torch.empty(2**45, dtype=torch.float64)
    assert classify(asked.value, "denoising").cause == "host-memory"
