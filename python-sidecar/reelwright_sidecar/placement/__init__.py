"""Where the components of a model are: loaded once, put onto the device as the plan says."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Literal

import torch

from .. import gauge
from ..contract import GroupOffload, Placements, Resident, Sequential
from ..memory_errors import DeviceMemory
from .card import Card
from .groups import streaming_of, tensors_of
from .streamed import moved, streamed

Component = Literal["tokenizer", "text_encoder", "transformer", "vae"]
Placed = Literal["text_encoder", "transformer", "vae"]


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

    def let_go(self, name: str) -> None:
        """Forgets the component."""
        self._components.pop(name, None)


class Placement:
    """The components of one render: in the host's memory at rest, on `device` while in use."""

    def __init__(
        self,
        shelf: Shelf,
        card: Card | None,
        places: Placements,
        load: Callable[[Component], Any],
        spent: Callable[[float], None] = lambda _: None,
    ) -> None:
        """`spent` hears of the seconds that bringing something to the device took."""
        self.device = torch.device("cpu") if card is None else card.device
        self._shelf = shelf
        self._card = card
        self._places = {
            "text_encoder": places.text_encoder,
            "transformer": places.transformer,
            "vae": places.vae,
        }
        self._load = load
        self._spent = spent
        self._staying: dict[tuple[str, ...], ExitStack] = {}
        self.at_failure: DeviceMemory | None = None
        """What the card's memory looked like when something went wrong on it, before that was cleared up."""

    def rest(self, name: Component) -> Any:
        """The component wherever it is, loaded if need be."""

        def load() -> Any:
            # Ordinary tensors: those of inference mode could not be pointed at memory of the device.
            with torch.inference_mode(False), torch.no_grad():
                return self._load(name)

        return self._shelf.get(name, load)

    @contextmanager
    def on(self, name: Placed, *parts: str) -> Iterator[Any]:
        """The component ready for the device, or only the named parts of it, placed as the plan says.

        It leaves the device again when the block ends, however it ends; what is resident leaves with `close`.
        """
        module = self.rest(name)
        if self._card is None:
            yield module
            return
        began = time.perf_counter()
        with ExitStack() as stack, self._measuring(self._card):
            if not isinstance(self._places[name], Resident):
                self._put(stack, name, parts, self._card)
            elif (name, *parts) not in self._staying:
                with ExitStack() as staying:
                    self._put(staying, name, parts, self._card)
                    self._staying[(name, *parts)] = staying.pop_all()
            gauge.read()
            self._spent(time.perf_counter() - began)
            yield module

    @contextmanager
    def _measuring(self, card: Card) -> Iterator[None]:
        try:
            yield
        except Exception:
            self.at_failure = card.memory()
            raise

    def _put(self, stack: ExitStack, name: Placed, parts: Sequence[str], card: Card) -> None:
        module, place = self.rest(name), self._places[name]
        # An autoencoder's weights are few, and a decode in slabs takes them without calling their modules.
        if isinstance(place, GroupOffload | Sequential) and name != "vae":
            stack.enter_context(streamed(module, card, streaming_of(place)))
            return
        stack.callback(card.clean)
        whole = [getattr(module, part) for part in parts] if parts else [module]
        stack.enter_context(moved(tensors_of(whole), card))

    def let_go(self, name: Placed) -> None:
        """After a component's phase: only what is resident stays, in either memory."""
        if not isinstance(self._places[name], Resident):
            self._shelf.let_go(name)

    def close(self) -> None:
        """At the end of the render: everything leaves the device."""
        while self._staying:
            self._staying.popitem()[1].close()
