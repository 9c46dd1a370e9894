"""Where the components of a model are: loaded once, put onto the device for the phase that needs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import torch

from .. import gauge

Component = Literal["tokenizer", "text_encoder", "transformer", "vae"]


class Shelf:
    """Keeps the loaded components of the last model, so that a second render of it does not load again."""

    def __init__(self) -> None:
        self._key = ""
        self._components: dict[str, Any] = {}

    def use(self, key: str) -> None:
        """Makes room for the model that `key` names; components of any other are let go."""
        if key != self._key:
            self.clear()
            self._key = key

    def clear(self) -> None:
        """Lets everything go."""
        self._components.clear()
        self._key = ""

    def get(self, name: str, load: Callable[[], Any]) -> Any:
        """The component, loaded now if it is not there yet."""
        if name not in self._components:
            self._components[name] = load()
        return self._components[name]


class Placement:
    """The components of one render: on the CPU at rest, on `device` while in use."""

    def __init__(self, shelf: Shelf, device: torch.device, load: Callable[[Component], Any]) -> None:
        self.device = device
        self._shelf = shelf
        self._load = load

    def rest(self, name: Component) -> Any:
        """The component wherever it is, loaded if need be."""
        return self._shelf.get(name, lambda: self._load(name))

    @contextmanager
    def on(self, name: Component) -> Iterator[Any]:
        """The component on the device; it leaves the device again when the block ends, however it ends."""
        module = self.rest(name)
        if self.device.type == "cpu":
            yield module
            return
        try:
            module.to(self.device)
            gauge.read()
            yield module
        finally:
            module.to("cpu")
            torch.cuda.empty_cache()
            gauge.read()
