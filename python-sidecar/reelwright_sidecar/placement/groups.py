"""How a component is divided for a device that has no room for all of it, and how its memory is laid out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn

from ..contract import GroupOffload, Sequential

_ALIGNMENT = 256
_TINY = 64
"""A leaf of less than this part of the largest stays on the device."""

Level = Literal["block", "leaf"]


@dataclass(frozen=True)
class Streaming:
    """slots: groups that may be on the device at once. beside: copies run beside the calculation.

    pinned: bytes of the host's memory that may be page-locked.
    """

    level: Level
    slots: int
    beside: bool
    pinned: int


def streaming_of(placement: GroupOffload | Sequential) -> Streaming:
    """What a plan's placement means: with a stream as many groups as hide the copies, else one."""
    if isinstance(placement, Sequential):
        return Streaming("leaf", 1, False, 0)
    if not placement.stream:
        return Streaming(placement.level, 1, False, placement.pinned_bytes)
    # A leaf is calculated in less time than the next takes to come: several are on their way.
    ahead = {"block": 2, "leaf": 4}[placement.level]
    more = ahead // 2 if placement.record_stream else 0
    return Streaming(placement.level, ahead + more, True, placement.pinned_bytes)


@dataclass(frozen=True)
class Group:
    """The weights of one module, which come and go together: each at its offset in `size` bytes.

    loaded: the tensors' data as they were when the group was made.
    """

    module: nn.Module
    tensors: tuple[torch.Tensor, ...]
    loaded: tuple[torch.Tensor, ...]
    offsets: tuple[int, ...]
    size: int

    def views(self, memory: torch.Tensor) -> list[torch.Tensor]:
        """The group's tensors as parts of the memory, in the types and shapes in which they were loaded."""
        return [
            memory[offset : offset + data.nbytes].view(data.dtype).view(data.shape)
            for data, offset in zip(self.loaded, self.offsets, strict=True)
        ]


def group_of(module: nn.Module) -> Group:
    """All of the module as one group."""
    tensors = tensors_of([module])
    offsets, end = [], 0
    for tensor in tensors:
        offsets.append(end)
        end += -(-tensor.nbytes // _ALIGNMENT) * _ALIGNMENT
    return Group(module, tuple(tensors), tuple(tensor.data for tensor in tensors), tuple(offsets), end)


def tensors_of(modules: Iterable[nn.Module | None]) -> list[torch.Tensor]:
    """Parameters and buffers, each once."""
    found: dict[int, torch.Tensor] = {}
    for module in modules:
        if module is not None:
            for tensor in (*module.parameters(), *module.buffers()):
                found.setdefault(id(tensor), tensor)
    return list(found.values())


def neighbours(tensors: Iterable[torch.Tensor], reach: int) -> Iterator[list[torch.Tensor]]:
    """The tensors in the order of the host's memory, together where they lie within `reach` bytes."""
    run: list[torch.Tensor] = []
    for tensor in sorted(tensors, key=torch.Tensor.data_ptr):
        if run and tensor.data_ptr() + tensor.nbytes - run[0].data_ptr() > reach:
            yield run
            run = []
        run.append(tensor)
    if run:
        yield run


def divide(module: nn.Module, level: Level) -> tuple[list[Group], list[torch.Tensor]]:
    """The groups, and the tensors that are in none: they stay on the device."""
    modules = list(_blocks(module)) if level == "block" else _leaves(module)
    groups = [group_of(part) for part in modules]
    grouped = {id(tensor) for group in groups for tensor in group.tensors}
    return groups, [tensor for tensor in tensors_of([module]) if id(tensor) not in grouped]


def _blocks(module: nn.Module) -> Iterator[nn.Module]:
    for child in module.children():
        if isinstance(child, nn.ModuleList):
            yield from child
        else:
            yield from _blocks(child)


def _leaves(module: nn.Module) -> list[nn.Module]:
    leaves = [part for part in module.modules() if not any(True for _ in part.children())]
    sizes = [sum(tensor.nbytes for tensor in tensors_of([leaf])) for leaf in leaves]
    least = max(sizes, default=0) / _TINY
    return [leaf for leaf, size in zip(leaves, sizes, strict=True) if size >= max(least, 1)]


@dataclass(frozen=True)
class Pins:
    """What is page-locked: the first `whole` groups for good, and so many pieces that the others pass through."""

    whole: int
    staging: int


_STAGING = 2


def pins_within(sizes: Sequence[int], budget: int) -> Pins:
    """How to use a budget of page-locked memory: everything if it can be; else through two pieces as large as the
    largest group, and what is left for groups of their own. Nothing where two pieces are too much."""
    if not sizes or sum(sizes) <= budget:
        return Pins(len(sizes), 0)
    left = budget - _STAGING * max(sizes)
    if left < 0:
        return Pins(0, 0)
    whole = 0
    for size in sizes:
        left -= size
        if left < 0:
            break
        whole += 1
    return Pins(whole, _STAGING)
