"""Safetensors files that are trusted only when they are whole: their header carries the SHA-256 of their content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from .files import write_whole
from .memory_errors import lacks_host_memory


def write_sealed(
    file: Path, label: str, header: Mapping[str, str], tensors: Mapping[str, torch.Tensor]
) -> None:
    """Writes the tensors under a label that says what they are. Raises StorageError."""
    plain = {key: tensor.detach().cpu().contiguous() for key, tensor in tensors.items()}
    write_whole(file, save(plain, metadata={**header, "content": _content(label, plain)}))


def read_sealed(
    file: Path, label_of: Callable[[Mapping[str, str]], str | None]
) -> tuple[Mapping[str, str], dict[str, torch.Tensor]] | None:
    """The header and the tensors, or None when the file is absent, damaged or not what it should be.
    Raises MemoryError.

    `label_of` tells from the header under which label the file must have been written; None: it is another's.
    """
    try:
        with safe_open(file, framework="pt") as opened:
            header = opened.metadata() or {}
            label = label_of(header)
            if label is None:
                return None
            # Copies: the file may be replaced while its tensors are in use.
            tensors = {key: opened.get_tensor(key).clone() for key in opened.keys()}  # noqa: SIM118
            if header.get("content") == _content(label, tensors):
                return header, tensors
    except (SafetensorError, OSError, ValueError) as error:
        # A file that could not be read for want of memory is not one that is damaged.
        if lacks_host_memory(error):
            raise MemoryError(f"{file}: {error}") from error
    return None


def _content(label: str, tensors: Mapping[str, torch.Tensor]) -> str:
    digest = hashlib.sha256(label.encode())
    for key in sorted(tensors):
        tensor = tensors[key]
        digest.update(json.dumps([key, str(tensor.dtype), list(tensor.shape)]).encode())
        digest.update(tensor.contiguous().flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()
