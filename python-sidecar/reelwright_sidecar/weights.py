"""Safetensors files of a model folder: found, checked and put into modules. Pickled weights are never opened."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch.overrides import TorchFunctionMode

from .mapped import map_file, tensor_in
from .memory import forget_pages
from .memory_errors import lacks_host_memory

WeightsProblem = Literal["missing", "truncated", "damaged", "wrong-shape", "pickle", "unreadable"]
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_HEADER_LIMIT = 100 * 1024 * 1024
_PICKLE_STARTS = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
_TYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}


class BadWeights(Exception):
    """A file of the model cannot be used. `file` is relative to the model's folder, with forward slashes."""

    def __init__(self, file: Path, problem: WeightsProblem, detail: str) -> None:
        super().__init__(detail)
        self.file = "/".join(file.parts[-2:])
        self.problem: WeightsProblem = problem
        self.detail = detail


@dataclass(frozen=True)
class Stored:
    """A tensor in a file. start: where its bytes begin, from the start of the file."""

    dtype: torch.dtype
    shape: tuple[int, ...]
    start: int


@dataclass(frozen=True)
class Header:
    """What a safetensors file declares: every tensor, by name, in the order of their bytes."""

    tensors: Mapping[str, Stored]


def read_json(file: Path) -> dict[str, Any]:
    """A JSON object of the model's folder.

    Raises BadWeights: missing, or unreadable when it is not a JSON object.
    """
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadWeights(file, "missing", f"{file} does not exist.") from error
    except (OSError, ValueError) as error:
        raise BadWeights(file, "unreadable", f"{file}: {error}") from error
    if not isinstance(value, dict):
        raise BadWeights(file, "unreadable", f"{file} is not a JSON object.")
    return value


def weight_files(folder: Path, stem: str) -> list[Path]:
    """The safetensors files of one component, one or the shards that its index names, in a fixed order.

    Raises BadWeights: missing, unreadable (the index), or pickle when only pickled weights are there.
    """
    single = folder / f"{stem}.safetensors"
    if single.is_file():
        return [single]
    index = folder / f"{stem}.safetensors.index.json"
    if index.is_file():
        names = read_json(index).get("weight_map")
        if not isinstance(names, dict) or not names or not all(_plain_name(name) for name in names.values()):
            raise BadWeights(index, "unreadable", f"{index} has no usable weight_map.")
        return [folder / name for name in sorted(set(names.values()))]
    for file in sorted(folder.glob("*")) if folder.is_dir() else []:
        if file.suffix.lower() in PICKLES:
            raise BadWeights(file, "pickle", f"{file} is pickled: opening it could run foreign code.")
    raise BadWeights(single, "missing", f"{single} does not exist.")


def _plain_name(name: object) -> bool:
    return isinstance(name, str) and name.endswith(".safetensors") and "/" not in name and "\\" not in name


def read_header(file: Path) -> Header:
    """Reads and checks the header against the size of the file, without reading the tensors.

    The layout is that of the safetensors format: eight bytes little-endian length, JSON, then the tensors' bytes.
    Raises BadWeights: missing, truncated, damaged, pickle, unreadable.
    """
    try:
        size = file.stat().st_size
        with file.open("rb") as stream:
            start = stream.read(8)
            length = int.from_bytes(start, "little")
            if start.startswith(_PICKLE_STARTS):
                raise BadWeights(file, "pickle", f"{file} is pickled although its name says safetensors.")
            if len(start) < 8:
                raise BadWeights(file, "truncated", f"{file} has only {size} bytes.")
            if length > _HEADER_LIMIT:
                raise BadWeights(file, "damaged", f"{file} declares a header of {length} bytes.")
            if 8 + length > size:
                raise BadWeights(file, "truncated", f"{file} ends within its header.")
            raw = stream.read(length)
    except FileNotFoundError as error:
        raise BadWeights(file, "missing", f"{file} does not exist.") from error
    except OSError as error:
        raise BadWeights(file, "unreadable", f"{file}: {error}") from error
    return _parse_header(file, raw, size - 8 - length)


def _parse_header(file: Path, raw: bytes, payload: int) -> Header:
    begin = 8 + len(raw)
    try:
        entries = json.loads(raw.decode("utf-8"))
        entries.pop("__metadata__", None)
        tensors: dict[str, Stored] = {}
        end = 0
        for name, entry in sorted(entries.items(), key=lambda item: tuple(item[1]["data_offsets"])):
            stored = Stored(_TYPES[entry["dtype"]], tuple(int(side) for side in entry["shape"]), begin + end)
            first, last = (int(offset) for offset in entry["data_offsets"])
            if first != end or last - first != math.prod(stored.shape) * stored.dtype.itemsize:
                raise ValueError(f"the extent of {name} does not fit its shape or its neighbours")
            tensors[name] = stored
            end = last
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadWeights(file, "damaged", f"{file}: the header cannot be read: {error}") from error
    if end > payload:
        raise BadWeights(file, "truncated", f"{file} lacks {end - payload} of its bytes.")
    if end < payload:
        raise BadWeights(file, "damaged", f"{file} has {payload - end} bytes too many.")
    return Header(tensors)


class Hollow(TorchFunctionMode):
    """While it is entered, modules are built without memory for their parameters, and nothing fills them.

    What a constructor computes (position tables) is computed as ever. torch.device("meta") would leave that empty too,
    and its arithmetic imports torch's compiler.
    """

    _FILLS = frozenset({torch.Tensor.uniform_, torch.Tensor.normal_, torch.Tensor.fill_, torch.Tensor.zero_})

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        named = kwargs or {}
        if func is torch.empty:
            return func(*args, **{**named, "device": "meta"})
        if func in self._FILLS or getattr(func, "__module__", None) == "torch.nn.init":
            tensor = args[0] if args else named["tensor"]
            if tensor.is_meta:
                return tensor
        return func(*args, **named)


def load_module(
    module: torch.nn.Module,
    files: Iterable[Path],
    dtype: torch.dtype,
    *,
    keep: tuple[str, ...] = (),
    check: Callable[[], None] = lambda: None,
) -> None:
    """Gives a module that was built hollow its weights, cast to `dtype`.

    `keep` has parts of the names of tensors that stay in the file's precision.
    `check` is called between tensors, so that a cancellation is heard.
    Raises BadWeights: wrong-shape, damaged (also for weights that are not finite), missing, and what read_header does.
    """
    expected = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    headers = {file: read_header(file) for file in files}
    _check_shapes(expected, headers)
    state: dict[str, torch.Tensor] = {}
    for file, header in headers.items():
        try:
            whole = map_file(file)
            for name, stored in header.tensors.items():
                check()
                if name not in expected:
                    continue
                tensor = tensor_in(whole, stored.start, stored.dtype, stored.shape)
                kept = any(part in name.split(".") for part in keep)
                # Of the wanted type it stays what it is: pages of the file, of which memory keeps no second copy.
                state[name] = tensor if kept else tensor.to(dtype)
                if state[name] is not tensor:
                    forget_pages(tensor)
                if not is_finite(state[name]):
                    raise BadWeights(file, "damaged", f"{file}: {name} holds values that are not finite.")
        except (OSError, ValueError) as error:
            if lacks_host_memory(error):
                raise
            problem: WeightsProblem = "unreadable" if isinstance(error, OSError) else "truncated"
            raise BadWeights(file, problem, f"{file}: {error}") from error
    module.load_state_dict(state, strict=False, assign=True)
    module.requires_grad_(False)
    module.eval()


def is_finite(tensor: torch.Tensor) -> bool:
    """Whether every number is finite. The smallest and the largest tell: one pass, a twentieth of isfinite's time."""
    return tensor.numel() == 0 or all(bool(torch.isfinite(end)) for end in torch.aminmax(tensor))


def _check_shapes(expected: Mapping[str, tuple[int, ...]], headers: Mapping[Path, Header]) -> None:
    found: set[str] = set()
    for file, header in headers.items():
        for name, stored in header.tensors.items():
            found.add(name)
            if name in expected and expected[name] != stored.shape:
                is_there, wanted = list(stored.shape), list(expected[name])
                raise BadWeights(
                    file, "wrong-shape", f"{file}: {name} is {is_there}, the model needs {wanted}."
                )
    absent = sorted(set(expected) - found)
    if absent:
        file = next(iter(headers))
        raise BadWeights(file, "wrong-shape", f"{file}: {len(absent)} tensors are absent, first {absent[0]}.")
