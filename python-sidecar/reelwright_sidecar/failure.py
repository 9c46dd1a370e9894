"""Turns every exception of a render into a typed failure. Pure: the same exception gives the same failure."""

from __future__ import annotations

import errno
import re
import traceback
from typing import Literal

import torch

from .contract import (
    BadFramesFailure,
    BadInputFailure,
    BadWeightsFailure,
    DeviceMemoryFailure,
    DiskFullFailure,
    DriverLostFailure,
    EnvironmentFailure,
    Failure,
    HostMemoryFailure,
    InternalFailure,
    NotWritableFailure,
    Phase,
)
from .families.cogvideox_shape import BadSettings
from .files import StorageError
from .memory import DeviceMemory, parse_device_memory, says_device_memory, says_host_memory
from .weights import BadWeights

DETAIL_LIMIT = 4000
_NOTHING_KNOWN = DeviceMemory(None, None, None, None)
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FULL_WINDOWS = {112, 39}
_NOT_WRITABLE = {
    errno.EACCES,
    errno.EROFS,
    errno.EPERM,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EEXIST,
    errno.EISDIR,
    errno.ENAMETOOLONG,
}
_DRIVER = re.compile(
    r"CUDA error: (?!out of memory)|unspecified launch failure|device-side assert|illegal memory access"
    r"|device is lost|driver shutting down|CUDA driver error|CUBLAS_STATUS_EXECUTION_FAILED"
    r"|CUBLAS_STATUS_NOT_INITIALIZED|CUDNN_STATUS_EXECUTION_FAILED|no CUDA-capable device"
    r"|CUDA driver version is insufficient|Found no NVIDIA driver|unable to launch|ECC error",
    re.IGNORECASE,
)


class Cancelled(Exception):
    """The studio asked to stop. Not a failure."""


class BadInput(Exception):
    """The first frame cannot be used."""

    def __init__(
        self,
        problem: Literal["image-missing", "image-unreadable", "image-truncated", "image-too-large"],
        detail: str,
    ) -> None:
        super().__init__(detail)
        self.problem: Literal["image-missing", "image-unreadable", "image-truncated", "image-too-large"] = (
            problem
        )


class BadFrames(Exception):
    """The model gave no picture: not numbers, or nothing but black."""

    def __init__(self, problem: Literal["nan", "black"], detail: str) -> None:
        super().__init__(detail)
        self.problem: Literal["nan", "black"] = problem


def classify(error: BaseException, phase: Phase | None, measured: DeviceMemory = _NOTHING_KNOWN) -> Failure:
    """The failure that `error` is.

    `measured` fills in what the message of an out-of-memory error leaves open.
    """
    detail = _detail(error)
    match error:
        case BadWeights():
            return BadWeightsFailure(phase=phase, detail=error.detail, file=error.file, problem=error.problem)
        case BadSettings():
            return BadInputFailure(phase=phase, detail=str(error), problem="settings")
        case BadInput():
            return BadInputFailure(phase=phase, detail=str(error), problem=error.problem)
        case BadFrames():
            return BadFramesFailure(phase=phase, detail=str(error), problem=error.problem)
        case StorageError():
            return _storage(error.error, error.path, phase, detail)
        case ImportError():
            return EnvironmentFailure(phase=phase, detail=detail)
        case MemoryError():
            return HostMemoryFailure(phase=phase, detail=detail)
    message = str(error)
    if isinstance(error, torch.cuda.OutOfMemoryError) or says_device_memory(message):
        return _device_memory(message, phase, detail, measured)
    if says_host_memory(message):
        return HostMemoryFailure(phase=phase, detail=detail)
    if isinstance(error, OSError):
        return _storage(error, str(error.filename or ""), phase, detail)
    if _DRIVER.search(message):
        return DriverLostFailure(phase=phase, detail=detail)
    return InternalFailure(phase=phase, detail=detail)


def _storage(error: OSError, path: str, phase: Phase | None, detail: str) -> Failure:
    if error.errno in _FULL or getattr(error, "winerror", None) in _FULL_WINDOWS:
        return DiskFullFailure(phase=phase, detail=detail, path=path)
    if error.errno == errno.ENOMEM:
        return HostMemoryFailure(phase=phase, detail=detail)
    if error.errno in _NOT_WRITABLE:
        return NotWritableFailure(phase=phase, detail=detail, path=path, exists=error.errno == errno.EEXIST)
    return InternalFailure(phase=phase, detail=detail)


def _device_memory(
    message: str, phase: Phase | None, detail: str, measured: DeviceMemory
) -> DeviceMemoryFailure:
    told = parse_device_memory(message)

    def first(*values: int | None) -> int | None:
        return next((value for value in values if value is not None), None)

    return DeviceMemoryFailure(
        phase=phase,
        detail=detail,
        requested_bytes=first(told.requested, measured.requested),
        allocated_bytes=first(told.allocated, measured.allocated),
        reserved_bytes=first(told.reserved, measured.reserved),
        free_bytes=first(told.free, measured.free),
    )


def _detail(error: BaseException) -> str:
    """The traceback; its end when it is long, because the error stands there."""
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return text if len(text) <= DETAIL_LIMIT else text[-DETAIL_LIMIT:]
