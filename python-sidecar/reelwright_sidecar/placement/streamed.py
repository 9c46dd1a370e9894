"""A component that is larger than the memory it may have: its groups come to the device one after the other.

The groups share a few slots of the device's memory, all of one size, so that nothing is allocated while it calculates.
Which group comes next is learned in the first pass; from then on each free slot is filled with the next group at once,
on a lane of its own. A slot is written when the calculation that read it is through, and read when all has arrived:
the device keeps that order by itself, nobody waits for it.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import nn

from ..mapped import is_mapped, stretches
from .card import Card, Mark
from .groups import Group, Streaming, divide, neighbours, pins_within

_LOCKED_AT_ONCE = 2**28
"""Weights that come to stay are page-locked only while they come, so many bytes at a time."""


@contextmanager
def streamed(module: nn.Module, card: Card, streaming: Streaming) -> Iterator[None]:
    """While it is entered the module can be called with tensors of the device."""
    groups, staying = divide(module, streaming.level)
    with ExitStack() as stack:
        stack.callback(card.clean)
        stack.enter_context(moved(staying, card))
        if groups:
            host = stack.enter_context(_host(groups, card, streaming.pinned))
            stream = _Stream(groups, host, card, streaming)
            stack.callback(stream.close)
            stream.hook()
        yield


@contextmanager
def moved(tensors: list[torch.Tensor], card: Card) -> Iterator[None]:
    """While it is entered the tensors are on the device; what they were before they are again afterwards."""
    before = [tensor.data for tensor in tensors]
    try:
        with torch.inference_mode(False):
            for run in neighbours(tensors, _LOCKED_AT_ONCE):
                with ExitStack() as stack:
                    _locked_where_they_are(stretches(run), card, stack)
                    for tensor in run:
                        tensor.data = card.bring(tensor.data)
        yield
    finally:
        for tensor, data in zip(tensors, before, strict=True):
            tensor.data = data


class _Host:
    """The groups in the host's memory: as they were loaded, and page-locked as far as there is a budget.

    whole: memory that holds a group, for good. staging: pieces that groups pass through. Groups that are `ready`, and
    others where there is no piece, come from where they were loaded.
    """

    def __init__(self, groups: list[Group]) -> None:
        # What stands in for weights that are not on the device: whoever takes them out of turn hears of it.
        self.absent = [[data.new_empty(0) for data in group.loaded] for group in groups]
        self.ready: set[int] = set()
        self.whole: dict[int, torch.Tensor] = {}
        self.staging: deque[tuple[torch.Tensor, Mark | None]] = deque()


@contextmanager
def _host(groups: list[Group], card: Card, budget: int) -> Iterator[_Host]:
    host = _Host(groups)
    with ExitStack() as stack:
        host.ready, ready_bytes = _locked_in_place(groups, card, budget, stack)
        others = [number for number in range(len(groups)) if number not in host.ready]
        _copy_into_locked(host, groups, others, card, budget - ready_bytes, stack)
        yield host


def _locked_in_place(groups: list[Group], card: Card, budget: int, stack: ExitStack) -> tuple[set[int], int]:
    """Groups that are pages of files and locked as such: all of those, or none; and the bytes they count for."""
    numbers = {number for number, group in enumerate(groups) if all(is_mapped(data) for data in group.loaded)}
    pages = stretches(data for number in numbers for data in groups[number].loaded)
    size = sum(stretch.nbytes for stretch in pages)
    if size > budget:
        return set(), 0
    return (numbers, size) if _locked_where_they_are(pages, card, stack) else (set(), 0)


def _locked_where_they_are(pages: list[torch.Tensor], card: Card, stack: ExitStack) -> bool:
    """Whether these stretches of files are page-locked from now on: all of them, or none."""
    with ExitStack() as locked:
        for stretch in pages:
            if not card.lock_mapped(stretch):
                return False
            locked.callback(card.unlock, stretch)
        stack.enter_context(locked.pop_all())
    return True


def _copy_into_locked(
    host: _Host, groups: list[Group], numbers: list[int], card: Card, budget: int, stack: ExitStack
) -> None:
    """Page-locked memory for these groups, as far as the budget goes."""
    sizes = [groups[number].size for number in numbers]
    pins = pins_within(sizes, budget)
    piece = max(sizes, default=0)
    size = sum(sizes[: pins.whole]) + pins.staging * piece
    if size == 0:
        return
    with torch.inference_mode(False):
        locked = card.lock(size)
    stack.callback(card.unlock, locked)
    start = 0
    for number in numbers[: pins.whole]:
        group = groups[number]
        host.whole[number] = locked[start : start + group.size]
        for view, tensor in zip(group.views(host.whole[number]), group.loaded, strict=True):
            view.copy_(tensor)
        start += group.size
    for _ in range(pins.staging):
        host.staging.append((locked[start : start + piece], None))
        start += piece


class _Stream:
    """The slots, what is in them, and the order of the groups as far as it is known."""

    def __init__(self, groups: list[Group], host: _Host, card: Card, streaming: Streaming) -> None:
        self._groups = groups
        self._host = host
        self._lane = card.lane(streaming.beside)
        self._handles: list[torch.utils.hooks.RemovableHandle] = []
        size = max(group.size for group in groups)
        slots = min(streaming.slots, len(groups))
        with torch.inference_mode(False):
            memory = card.room(slots * size)
        now = self._lane.calculated()
        self._free = deque((slot, now) for slot in memory.split(size))
        self._there: dict[int, tuple[torch.Tensor, Mark]] = {}
        self._next: dict[int, int] = {}
        self._begun: int | None = None

    def hook(self) -> None:
        """Has the modules call for their weights."""
        for number, group in enumerate(self._groups):
            begin, end = self._hooks(number)
            self._handles.append(group.module.register_forward_pre_hook(begin))
            self._handles.append(group.module.register_forward_hook(end))
            self._point(number, self._host.absent[number])

    def close(self) -> None:
        """Nothing is on its way any more, and the weights are where they were loaded."""
        for handle in self._handles:
            handle.remove()
        for number in range(len(self._groups)):
            self._point(number, self._groups[number].loaded)
        self._lane.finish()
        self._lane.settle(self._lane.calculated())
        self._free.clear()
        self._there.clear()

    def _hooks(self, number: int) -> tuple[Any, Any]:
        def begin(module: nn.Module, inputs: object) -> None:
            self._begin(number)

        def end(module: nn.Module, inputs: object, output: object) -> None:
            self._end(number)

        if "torch._dynamo" not in sys.modules:
            return begin, end  # Nothing is compiled; asking would import the compiler, which takes seconds.
        # Within a compiled block they are left to themselves.
        return torch.compiler.disable(begin), torch.compiler.disable(end)

    def _begin(self, number: int) -> None:
        if self._begun is not None and self._begun != number:
            self._next[self._begun] = number
        self._begun = number
        if number not in self._there:
            # Another order than before: what was fetched for it makes room.
            for other in [other for other in self._there if not self._free]:
                slot, arrived = self._there.pop(other)
                self._free.append((slot, arrived))
            self._fetch(number)
        slot, arrived = self._there[number]
        self._lane.await_arrival(arrived)
        self._point(number, self._groups[number].views(slot))
        self._fetch_ahead(number)

    def _end(self, number: int) -> None:
        slot, _ = self._there.pop(number)
        self._point(number, self._host.absent[number])
        self._free.append((slot, self._lane.calculated()))
        self._fetch_ahead(number)

    def _fetch_ahead(self, number: int) -> None:
        """Fills the free slots with the groups that come after this one."""
        following = number
        for _ in self._groups:
            found = self._next.get(following)
            if found is None or found == number or not self._free:
                return
            following = found
            if following not in self._there:
                self._fetch(following)

    def _fetch(self, number: int) -> None:
        slot, free = self._free.popleft()
        self._there[number] = slot, self._send(number, slot, free)

    def _send(self, number: int, slot: torch.Tensor, free: Mark) -> Mark:
        group, host = self._groups[number], self._host
        if number in host.whole:
            return self._lane.copy([slot[: group.size]], [host.whole[number]], free)
        if number in host.ready or not host.staging:
            return self._lane.copy(group.views(slot), group.loaded, free)
        piece, left = host.staging.popleft()
        if left is not None:
            self._lane.settle(left)
        for view, tensor in zip(group.views(piece), group.loaded, strict=True):
            view.copy_(tensor)
        arrived = self._lane.copy([slot[: group.size]], [piece[: group.size]], free)
        host.staging.append((piece, arrived))
        return arrived

    def _point(self, number: int, data: Sequence[torch.Tensor]) -> None:
        for tensor, place in zip(self._groups[number].tensors, data, strict=True):
            tensor.data = place
