"""Turns every exception of a render into a typed failure. Pure: the same exception gives the same failure."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
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
from .files import StorageError, storage_problem
from .memory_errors import (
    DeviceMemory,
    lacks_host_memory,
    may_mean_device_memory,
    parse_device_memory,
    says_device_memory,
)
from .weights import BadWeights

DETAIL_LIMIT = 4000
_NOTHING_KNOWN = DeviceMemory()
_DRIVER = re.compile(
    r"CUDA error: (?!out of memory)|unspecified launch failure|device-side assert|illegal memory access"
    r"|device is lost|driver shutting down|CUDA driver error|Triton Error \[CUDA\]|CUBLAS_STATUS_EXECUTION_FAILED"
    r"|CUBLAS_STATUS_NOT_INITIALIZED|CUDNN_STATUS_EXECUTION_FAILED|CUDNN_STATUS_NOT_INITIALIZED"
    r"|no CUDA-capable device|Found no NVIDIA driver|unable to launch|ECC error"
    r"|CUDA-capable device\(s\) is/are busy|No CUDA GPUs are available|CUDA unknown error",
    re.IGNORECASE,
)


_INSTALLATION = re.compile(
    r"no kernel image is available|not compiled with CUDA|CUDA driver version is insufficient", re.IGNORECASE
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


Problem = Literal["nan", "black", "seams", "flicker"]


class BadFrames(Exception):
    """The model gave no picture worth keeping."""

    def __init__(self, problem: Problem, detail: str) -> None:
        super().__init__(detail)
        self.problem: Problem = problem


def classify(
    error: BaseException,
    phase: Phase | None,
    measured: DeviceMemory = _NOTHING_KNOWN,
    step: int | None = None,
) -> Failure:
    """The failure that `error` is.

    `step`: of the denoising or the decoding, which was under way. `measured`: the memory of the device when it was
    raised, for what the message leaves open.
    """
    failure = _classified(error, phase, measured)
    if failure.cause in ("internal", "driver-lost"):
        # What goes wrong while a lack of memory is cleared up is not the cause.
        for earlier in _on_the_way(error):
            cause = _classified(earlier, phase, measured)
            if cause.cause in ("device-memory", "host-memory"):
                failure = cause
    return failure.model_copy(update={"step": step})


def _on_the_way(error: BaseException) -> Iterator[BaseException]:
    """The errors during whose handling `error` came up, the last first."""
    seen = {id(error)}
    while (earlier := error.__context__) is not None and id(earlier) not in seen:
        seen.add(id(earlier))
        yield earlier
        error = earlier


def _classified(error: BaseException, phase: Phase | None, measured: DeviceMemory) -> Failure:
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
        case ImportError() if not lacks_host_memory(error):
            return EnvironmentFailure(phase=phase, detail=detail)
    message = str(error)
    if (
        isinstance(error, torch.cuda.OutOfMemoryError)
        or says_device_memory(message)
        or (measured.is_scarce and may_mean_device_memory(message))
    ):
        return _device_memory(message, phase, detail, measured)
    if lacks_host_memory(error):
        return HostMemoryFailure(phase=phase, detail=detail)
    if isinstance(error, OSError):
        return _storage(error, str(error.filename or ""), phase, detail)
    if _INSTALLATION.search(message):
        return EnvironmentFailure(phase=phase, detail=detail)
    if _DRIVER.search(message):
        return DriverLostFailure(phase=phase, detail=detail)
    return InternalFailure(phase=phase, detail=detail)


def _storage(error: OSError, path: str, phase: Phase | None, detail: str) -> Failure:
    problem = storage_problem(error)
    if problem == "full":
        return DiskFullFailure(phase=phase, detail=detail, path=path)
    if lacks_host_memory(error):
        return HostMemoryFailure(phase=phase, detail=detail)
    if problem is not None:
        return NotWritableFailure(phase=phase, detail=detail, path=path, exists=problem == "exists")
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
        allowed_bytes=first(told.allowed, measured.allowed),
    )


def _detail(error: BaseException) -> str:
    """The traceback; its end when it is long, because the error stands there."""
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return text if len(text) <= DETAIL_LIMIT else text[-DETAIL_LIMIT:]
