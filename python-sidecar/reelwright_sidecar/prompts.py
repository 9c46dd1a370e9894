"""Encoded prompts, kept on disk for later renders: who asks for the same words again needs no text encoder."""

from __future__ import annotations

import hashlib
import json
import os
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import torch

from .files import StorageError, clear_temporary
from .sealed import read_sealed, write_sealed

LIMIT_BYTES = 512 * 2**20
"""About 280 prompts of CogVideoX; the one that was not used for the longest time goes first."""


@dataclass(frozen=True)
class Prompt:
    """A text as the denoiser takes it: [1, tokens, width]. `cut`: the words that did not fit."""

    states: torch.Tensor
    cut: str


class PromptCache:
    """The prompts that one text encoder has encoded. Never fails: what cannot be kept is encoded again."""

    def __init__(self, folder: Path | None, encoder: Mapping[str, object], limit: int = LIMIT_BYTES) -> None:
        """`encoder`: all that decides what an encoded text is, but the text. `folder`: None keeps nothing."""
        self._folder = folder
        self._encoder = json.dumps(encoder, sort_keys=True)
        self._limit = limit

    def find(self, text: str) -> Prompt | None:
        """The text as it was encoded before."""
        if self._folder is None:
            return None
        label, file = self._label(text), self._file(text)
        found = read_sealed(file, lambda header: f"{label} {header.get('cut', '')}")
        if found is None or "states" not in found[1] or not bool(torch.isfinite(found[1]["states"]).all()):
            with suppress(OSError):
                file.unlink(missing_ok=True)
            return None
        with suppress(OSError):
            os.utime(file)
        return Prompt(found[1]["states"], found[0].get("cut", ""))

    def keep(self, text: str, prompt: Prompt) -> None:
        """Keeps what a text was encoded to."""
        if self._folder is None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            clear_temporary(self._folder)
            write_sealed(
                self._file(text),
                f"{self._label(text)} {prompt.cut}",
                {"cut": prompt.cut},
                {"states": prompt.states},
            )
            self._make_room(self._folder)
        except (StorageError, OSError):
            traceback.print_exc()

    def _make_room(self, folder: Path) -> None:
        kept = sorted(((file.stat(), file) for file in folder.glob("*.safetensors")), key=_last_used)
        total = sum(stat.st_size for stat, _ in kept)
        for stat, file in kept:
            if total <= self._limit:
                return
            file.unlink(missing_ok=True)
            total -= stat.st_size

    def _label(self, text: str) -> str:
        return hashlib.sha256(f"prompt 1 {self._encoder} {text}".encode()).hexdigest()

    def _file(self, text: str) -> Path:
        assert self._folder is not None
        return self._folder / f"{self._label(text)}.safetensors"


def _last_used(entry: tuple[os.stat_result, Path]) -> tuple[int, str]:
    return entry[0].st_mtime_ns, entry[1].name
