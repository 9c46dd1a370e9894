"""SageAttention, as the worker calls it: stand-ins have the signature and the limits of its versions."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from conftest import MakeOrder
from in_process import run
from sample_plans import plan

from reelwright_sidecar import attention
from reelwright_sidecar.attention import kernel_of, sage_share
from reelwright_sidecar.checkpoints import Checkpoints
from reelwright_sidecar.contract import RenderDone

SHIPPED = Path(__file__).parents[2] / "resources" / "models"
States = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
Seen = list[States]


def attended(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, layout: str) -> torch.Tensor:
    """In the layout of its input, in memory of its own."""
    assert layout == "NHD"
    assert q.dtype == k.dtype == v.dtype
    assert q.stride(-1) == k.stride(-1) == v.stride(-1) == 1
    q, k, v = (each.transpose(1, 2) for each in (q, k, v))
    return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).contiguous()


def first_version(seen: Seen) -> Any:
    """1.0.6."""

    def sageattn(
        q: torch.Tensor,
        k: torch.Tensor,
        v: torch.Tensor,
        tensor_layout: str = "HND",
        is_causal: bool = False,
        sm_scale: float | None = None,
        smooth_k: bool = True,
        **_: Any,
    ) -> torch.Tensor:
        assert q.size(-1) in (64, 96, 128), "headdim should be in [64, 96, 128]."
        assert not is_causal and sm_scale is None
        if smooth_k:
            k -= k.mean(dim=1 if tensor_layout == "NHD" else 2, keepdim=True)
        seen.append((q, k, v))
        return attended(q, k, v, tensor_layout)

    return sageattn


def second_version(seen: Seen) -> Any:
    """2.2.0, which hands nothing else on to its kernels."""

    def sageattn(
        q: torch.Tensor,
        k: torch.Tensor,
        v: torch.Tensor,
        tensor_layout: str = "HND",
        is_causal: bool = False,
        sm_scale: float | None = None,
        return_lse: bool = False,
        **_: Any,
    ) -> torch.Tensor:
        if q.dtype not in (torch.float16, torch.bfloat16, torch.float32 if q.device.type == "cpu" else None):
            raise AssertionError("Input tensors must be in dtype of torch.float16 or torch.bfloat16")
        if q.size(-1) > 128:
            raise ValueError(f"Unsupported head_dim: {q.size(-1)}")
        assert not (is_causal or return_lse) and sm_scale is None
        seen.append((q, k, v))
        return attended(q, k, v, tensor_layout)

    return sageattn


VERSIONS = {"1.0.6": first_version, "2.2.0": second_version}


@pytest.fixture(params=list(VERSIONS))
def seen(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seen]:
    """What the installed version is given."""
    given: Seen = []
    install(monkeypatch, VERSIONS[request.param](given))
    yield given


def install(monkeypatch: pytest.MonkeyPatch, sageattn: Any) -> None:
    module = ModuleType("sageattention")
    module.__spec__ = ModuleSpec("sageattention", None)
    module.__dict__["sageattn"] = sageattn
    monkeypatch.setitem(sys.modules, "sageattention", module)


def states(tokens: int = 100, width: int = 64) -> States:
    """In memory as a model has them; all keys have something in common."""
    generator = torch.Generator().manual_seed(1)
    query, key, value = torch.randn(3, 2, tokens, 3, width, generator=generator).transpose(2, 3)
    return query, key + 5 * torch.randn(width, generator=generator), value


def test_keys_are_smoothed_and_nobody_else_s_are_changed(seen: Seen) -> None:
    given = states()
    before = [each.clone() for each in given]
    result = kernel_of("sage")(*given)
    assert all(map(torch.equal, given, before))
    torch.testing.assert_close(result, F.scaled_dot_product_attention(*given), atol=1e-4, rtol=1e-4)
    [(query, key, _)] = seen
    assert query.shape == (2, 100, 3, 64)
    assert key.mean(1).abs().max() < 1e-5
    # Heads side by side again costs no copy.
    assert result.transpose(1, 2).flatten(2).data_ptr() == result.data_ptr()


def test_it_is_one_operation_for_the_compiler(seen: Seen) -> None:
    given = states()

    def around(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        return kernel(2 * query, key, value + 1).transpose(1, 2).flatten(2)

    kernel = kernel_of("sage")
    compiled = torch.compile(around, backend="aot_eager", fullgraph=True)
    with torch.inference_mode():
        torch.testing.assert_close(compiled(*given), around(*given))
    assert len(seen) == 2
    torch.library.opcheck(torch.ops.reelwright.sage.default, tuple(each.transpose(1, 2) for each in given))


def test_a_clip_is_made_by_it(seen: Seen, make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    latents: list[torch.Tensor] = []
    monkeypatch.setattr(Checkpoints, "save_latents", lambda _, final: latents.append(final))
    monkeypatch.setattr(torch, "compile", functools.partial(torch.compile, backend="aot_eager"))
    model = {"folder": str(SHIPPED / "paper-world"), "family": "cogvideox", "task": "text-to-video"}
    for changes in ({}, {"attention": "sage"}, {"attention": "sage", "compile": True}):
        told = {"plan": plan(**changes), "model": model, "overwrite": True}
        outcome = run(make_order(order=told, steps=2, frames=9, width=64, height=48)).outcome
        assert isinstance(outcome, RenderDone), outcome
        torch._dynamo.reset()
    assert len(seen) == 2 * 2 * 8
    for other in latents[1:]:
        torch.testing.assert_close(other, latents[0], atol=1e-3, rtol=1e-3)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried is small enough for a processor, whose clock gives one half."""
    monkeypatch.setattr(attention, "_TRIED_TOKENS", 208)
    monkeypatch.setattr(attention, "_TRIED_HEADS", {"sage": 2})

    def milliseconds(way: functools.partial[torch.Tensor]) -> float:
        return 2.0 if way.func is F.scaled_dot_product_attention else 1.0

    monkeypatch.setattr(attention, "milliseconds", milliseconds)


@pytest.mark.usefixtures("small")
def test_its_share_is_measured(seen: Seen) -> None:
    assert sage_share((8, 0), "cpu") == 0.5
    assert len(seen) == 1
    assert sage_share((7, 5), "cpu") is None
    assert len(seen) == 1


def other_numbers(q: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
    return q / 50


def no_numbers(q: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
    return torch.full_like(q, torch.nan)


def another_card(*_: Any, **__: Any) -> torch.Tensor:
    raise AssertionError("SM89 kernel is not available.")


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("sageattn", [other_numbers, no_numbers, another_card, None])
def test_of_what_cannot_be_used_there_is_none(sageattn: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, sageattn)
    assert sage_share((9, 0), "cpu") is None


@pytest.mark.parametrize("installed", [None, "raise OSError('built for another torch')"])
def test_nor_of_what_is_not_there(
    installed: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if installed is not None:
        (tmp_path / "sageattention.py").write_text(installed)
        monkeypatch.syspath_prepend(tmp_path)
    assert sage_share((9, 0), "cpu") is None
