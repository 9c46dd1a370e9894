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

GIB, MIB = 2**30, 2**20
_ADVICE = (
    " If reserved but unallocated memory is large try setting PYTORCH_ALLOC_CONF=expandable_segments:True to avoid "
    "fragmentation.  See documentation for Memory Management"
)
# The wording of torch 2.11 on a card of 24 GB.
OUT_OF_MEMORY = (
    "CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 23.64 GiB of which 512.00 MiB is "
    "free. Including non-PyTorch memory, this process has 23.10 GiB memory in use. Of the allocated memory 20.00 GiB "
    "is allocated by PyTorch, and 2.00 GiB is reserved by PyTorch but unallocated." + _ADVICE
)

# What allocators say, and the numbers in it: requested, allocated, reserved, free, allowed.
TOLD: list[tuple[str, str, tuple[int | None, ...]]] = [
    (
        "torch 1.13 and 2.0",
        "CUDA out of memory. Tried to allocate 1.50 GiB (GPU 0; 8.00 GiB total capacity; 6.25 GiB already allocated; 0 "
        "bytes free; 7.00 GiB reserved in total by PyTorch) If reserved memory is >> allocated memory try setting "
        "max_split_size_mb to avoid fragmentation.",
        (1536 * MIB, 6400 * MIB, 7 * GIB, 0, None),
    ),
    (
        "torch 2.1, which cannot spell",
        "CUDA out of memory. Tried to allocate 496.00 MiB. GPU 0 has a total capacty of 11.75 GiB of which 235.50 MiB "
        "is free. Process 20398 has 11.52 GiB memory in use. Of the allocated memory 11.00 GiB is allocated by "
        "PyTorch, and 128.00 MiB is reserved by PyTorch but unallocated." + _ADVICE,
        (496 * MIB, 11 * GIB, 11 * GIB + 128 * MIB, 471 * MIB // 2, None),
    ),
    ("torch 2.4 to 2.11", OUT_OF_MEMORY, (2560 * MIB, 20 * GIB, 22 * GIB, 512 * MIB, None)),
    (
        "with a limit",
        "CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 79.19 GiB of which 71.00 GiB "
        "is free. Including non-PyTorch memory, this process has 8.18 GiB memory in use. 7.50 GiB allowed; Of the "
        "allocated memory 7.00 GiB is allocated by PyTorch, and 384.00 MiB is reserved by PyTorch but unallocated."
        + _ADVICE,
        (20 * MIB, 7 * GIB, 7 * GIB + 384 * MIB, 71 * GIB, 7680 * MIB),
    ),
    (
        "with private pools",
        "CUDA out of memory. Tried to allocate 546.00 MiB. GPU 0 has a total capacity of 15.75 GiB of which 514.00 MiB "
        "is free. Process 562 has 15.25 GiB memory in use. Of the allocated memory 13.50 GiB is allocated by PyTorch, "
        "with 46.00 MiB allocated in private pools (e.g., CUDA Graphs), and 736.00 MiB is reserved by PyTorch but "
        "unallocated." + _ADVICE,
        (546 * MIB, 13824 * MIB, 14560 * MIB, 514 * MIB, None),
    ),
    (
        "another process beside, on Windows more than there is",
        "CUDA out of memory. Tried to allocate 2.00 MiB. GPU 0 has a total capacity of 8.00 GiB of which 0 bytes is "
        "free. Process 77 has 256.00 MiB memory in use. Of the allocated memory 14.50 GiB is allocated by PyTorch, and "
        "512.00 KiB is reserved by PyTorch but unallocated." + _ADVICE,
        (2 * MIB, 14848 * MIB, 14848 * MIB + 512 * 1024, 0, None),
    ),
    (
        "the driver's own pools",
        "Allocation on device 0 would exceed allowed memory. (out of memory)\nCurrently allocated     : 6.50 GiB\n"
        "Requested               : 100.00 MiB\nDevice limit            : 7.75 GiB\n"
        "Free (according to CUDA): 25.00 MiB\n"
        "PyTorch limit (set by user-supplied memory fraction)\n                        : 17179869184.00 GiB",
        (100 * MIB, 6656 * MIB, None, 25 * MIB, None),
    ),
]


@pytest.mark.parametrize(("message", "numbers"), [row[1:] for row in TOLD], ids=[row[0] for row in TOLD])
def test_what_allocators_say(message: str, numbers: tuple[int | None, ...]) -> None:
    for error in (torch.cuda.OutOfMemoryError(message), RuntimeError(message)):
        failure = classify(error, "decoding", step=3)
        assert isinstance(failure, DeviceMemoryFailure)
        assert (failure.phase, failure.step) == ("decoding", 3)
        told = (
            *(failure.requested_bytes, failure.allocated_bytes, failure.reserved_bytes),
            *(failure.free_bytes, failure.allowed_bytes),
        )
        assert told == numbers


_ASYNCHRONOUS = (
    "\nCUDA kernel errors might be asynchronously reported at some other API call, so the stacktrace below might be "
    "incorrect.\nFor debugging consider passing CUDA_LAUNCH_BLOCKING=1"
)
FULL = DeviceMemory(allocated=6 * GIB, reserved=7 * GIB, free=90 * MIB)
AT_ITS_LIMIT = DeviceMemory(allocated=6 * GIB, reserved=7 * GIB, free=60 * GIB, allowed=7 * GIB + 30 * MIB)
ROOM = DeviceMemory(allocated=2 * GIB, reserved=3 * GIB, free=9 * GIB)


@pytest.mark.parametrize(
    ("message", "measured", "cause"),
    [
        # A library finds no room for its own work, and has many ways not to say so.
        ("CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`", ROOM, "device-memory"),
        ("CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`", FULL, "device-memory"),
        ("CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`", ROOM, "driver-lost"),
        ("CUBLAS_STATUS_INTERNAL_ERROR when calling `cublasLtMatmul(...)`", FULL, "device-memory"),
        ("CUBLAS_STATUS_INTERNAL_ERROR when calling `cublasLtMatmul(...)`", ROOM, "internal"),
        ("cuDNN error: CUDNN_STATUS_NOT_INITIALIZED", FULL, "device-memory"),
        ("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED", AT_ITS_LIMIT, "device-memory"),
        ("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED", ROOM, "driver-lost"),
        ("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED", ROOM, "device-memory"),
        ("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED", ROOM, "host-memory"),
        ("could not create a primitive", ROOM, "host-memory"),
        ("could not create a primitive descriptor for a convolution forward", ROOM, "internal"),
        ("GET was unable to find an engine to execute this computation", AT_ITS_LIMIT, "device-memory"),
        ("GET was unable to find an engine to execute this computation", ROOM, "internal"),
        ("CUDA error: out of memory" + _ASYNCHRONOUS, ROOM, "device-memory"),
        ("CUDA driver error: out of memory", ROOM, "device-memory"),
        ("Triton Error [CUDA]: out of memory", ROOM, "device-memory"),
        ("Triton Error [CUDA]: an illegal memory access was encountered", ROOM, "driver-lost"),
        # The host's memory, also in the words of CUDA.
        ("Cannot pin memory: 9663676416 bytes, error 2.", ROOM, "host-memory"),
        ("CUDA error: out of memory, failed to alloc 34359738368 bytes on host", ROOM, "host-memory"),
        (
            "unable to mmap 9989150328 bytes from file <model.safetensors>: Cannot allocate memory (12)",
            ROOM,
            "host-memory",
        ),
        (
            "[enforce fail at alloc_cpu.cpp:116] data. DefaultCPUAllocator: not enough memory: you tried to allocate "
            "9437184 bytes.",
            ROOM,
            "host-memory",
        ),
        ("Couldn't open shared file mapping: <torch_7>, error code: <1455>", ROOM, "host-memory"),
        ("页面文件太小，无法完成操作。 (os error 1455)", ROOM, "host-memory"),
        ("libtorch_cpu.so: failed to map segment from shared object", ROOM, "host-memory"),
        ("bad allocation", ROOM, "host-memory"),
        # The card is gone.
        ("CUDA error: unknown error" + _ASYNCHRONOUS, ROOM, "driver-lost"),
        ("CUDA error: the launch timed out and was terminated" + _ASYNCHRONOUS, ROOM, "driver-lost"),
        ("CUDA error: uncorrectable ECC error encountered" + _ASYNCHRONOUS, ROOM, "driver-lost"),
        ("CUDA error: no kernel image is available for execution on the device", ROOM, "environment"),
        ("No CUDA GPUs are available", ROOM, "driver-lost"),
    ],
)
def test_which_memory_it_was(message: str, measured: DeviceMemory, cause: str) -> None:
    assert classify(RuntimeError(message), "denoising", measured).cause == cause


class NoPagingFile(OSError):
    """As Windows raises it, which has numbers of its own."""

    winerror = 1455


def test_want_of_memory_while_libraries_are_loaded_is_no_broken_installation() -> None:
    dll = ImportError(
        "DLL load failed while importing _C: The paging file is too small for this operation to complete."
    )
    assert classify(dll, None).cause == "host-memory"
    windows = NoPagingFile(22, "Le fichier de pagination est insuffisant", "cufft64_11.dll", 1455)
    assert classify(windows, None).cause == "host-memory"
    assert classify(StorageError("model.safetensors", windows), None).cause == "host-memory"


def test_what_goes_wrong_while_a_lack_of_memory_is_cleared_up_is_not_the_cause() -> None:
    try:
        try:
            raise torch.cuda.OutOfMemoryError(OUT_OF_MEMORY)
        finally:
            raise RuntimeError("CUDA error: an illegal memory access was encountered")
    except RuntimeError as error:
        failure = classify(error, "denoising", step=7)
    assert isinstance(failure, DeviceMemoryFailure)
    assert (failure.requested_bytes, failure.step) == (2560 * MIB, 7)
    try:
        try:
            raise KeyError("a")
        except KeyError:
            raise ValueError("b")  # noqa: B904
    except ValueError as other:
        assert classify(other, None).cause == "internal"


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
        (BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"), "host-memory"),
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


def test_what_the_message_leaves_open_is_measured() -> None:
    measured = DeviceMemory(None, 1, 2, 3, 4)
    failure = classify(RuntimeError("CUDA error: out of memory"), "denoising", measured)
    assert isinstance(failure, DeviceMemoryFailure)
    assert (failure.requested_bytes, failure.allocated_bytes) == (None, 1)
    assert (failure.reserved_bytes, failure.free_bytes, failure.allowed_bytes) == (2, 3, 4)


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
