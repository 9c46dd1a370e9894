"""Imports part of a large library without the parts that a render never touches.

`import diffusers...cogvideox` as it stands runs three packages that load every model of the library, transformers and
accelerate (which it supports but does not need), and torch's compiler with sympy: together most of the time until the
worker is ready. While `narrow` is active

- `absent` packages look as if they were not installed, a case that the library provides for,
- `bare` packages do not run their own `__init__`, so that one module of them can be imported alone,
- torch's compiler is a stand-in that marks nothing,
- which package brings which module is not known, for that list is made from all of their files: the library then goes
  by the names.

Nothing of this remains in `sys.modules` afterwards: whoever imports those packages later gets the real ones.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, cast

_COMPILER = "torch._dynamo"
_MODULES = cast(dict[str, ModuleType | None], sys.modules)
"""What is None there cannot be imported."""


@contextmanager
def narrow(absent: Iterable[str], bare: Iterable[str]) -> Iterator[None]:
    """See above. A package that is already loaded is left as it is; `bare` packages' parents must be loaded."""
    placed: dict[str, ModuleType | None] = {}
    metadata = vars(importlib.metadata)
    listed = metadata["packages_distributions"]

    def place(name: str, module: ModuleType | None) -> None:
        if name not in sys.modules:
            _MODULES[name] = placed[name] = module

    try:
        metadata["packages_distributions"] = dict
        for name in absent:
            place(name, None)
        compiler = _unexecuted(_COMPILER)
        vars(compiler)["disable"] = _mark_nothing
        place(_COMPILER, compiler)
        for name in bare:
            __import__(name.rpartition(".")[0])
            place(name, _unexecuted(name))
        yield
    finally:
        metadata["packages_distributions"] = listed
        for name, module in placed.items():
            if sys.modules.get(name, name) is module:
                del sys.modules[name]


def _unexecuted(name: str) -> ModuleType:
    spec = importlib.util.find_spec(name)
    if spec is None:
        raise ImportError(f"There is no {name}.", name=name)
    return importlib.util.module_from_spec(spec)


def _mark_nothing(function: Callable[..., Any] | None = None, *_: Any, **__: Any) -> Any:
    """Stands in for torch.compiler.disable: called as a decorator, with or without arguments."""
    return (lambda marked: marked) if function is None else function
