"""What a render can do without."""

from __future__ import annotations

import traceback
from collections.abc import Callable


class Lenient:
    """Does what it is asked to until something goes wrong: that ends it, not the render."""

    def __init__(self) -> None:
        self._ended = False

    def attempt(self, work: Callable[[], None]) -> None:
        """Does it, unless something went wrong before."""
        if self._ended:
            return
        try:
            work()
        except Exception:  # noqa: BLE001  a card without a byte left, numbers that do not suit
            traceback.print_exc()
            self._ended = True
