"""On a card: the shipped models render, resume to the same clip, and running out of memory has a name."""

from __future__ import annotations

import base64
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from conftest import MakeOrder
from in_process import run
from sample_plans import RESIDENT, everywhere, group_offload, plan
from workers import Worker, notified, progressed

from reelwright_sidecar import eight_bits, gauge
from reelwright_sidecar.checkpoints import Checkpoints
from reelwright_sidecar.contract import (
    Attention,
    DeviceMemoryFailure,
    Plan,
    PreviewProgress,
    Progress,
    RenderCancelled,
    RenderDone,
    RenderFailed,
    RenderOrder,
    StepProgress,
    StoredAs,
)
from reelwright_sidecar.eight_bits import Fp8Products, Int8Products, store
from reelwright_sidecar.placement import Shelf
from reelwright_sidecar.preview import Pace
from reelwright_sidecar.preview.projection import read_projection
from reelwright_sidecar.probe import probe

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA card")

SHIPPED = Path(__file__).parents[2] / "resources" / "models"
MODELS = {"text": SHIPPED / "paper-world", "image": SHIPPED / "paper-world-i2v"}
PRECISIONS = ["bfloat16", "float16", "float32"]


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    """The components of one test; the card is empty afterwards."""
    shelf = Shelf()
    yield shelf
    shelf.clear()
    torch.cuda.empty_cache()


def on_card(make_order: MakeOrder, kind: str, precision: str = "bfloat16", **settings: object) -> RenderOrder:
    task = "text-to-video" if kind == "text" else "image-to-video"
    return make_order(
        kind,
        order={
            "model": {"folder": str(MODELS[kind]), "family": "cogvideox", "task": task},
            "plan": plan(device="cuda", precision=precision),
            "overwrite": True,
        },
        **{"width": 256, "height": 160, "steps": 16, "guidance": 3.0, **settings},
    )


def test_the_probe_works_on_it() -> None:
    found = probe()
    assert found.devices[0].kind == "cuda"
    assert found.devices[0].total_bytes > found.devices[0].free_bytes > 0
    assert (found.operation.kind, found.operation.device) == ("worked", "cuda")
    assert found.abilities is not None
    if torch.cuda.get_device_capability() >= (8, 0):
        assert found.abilities.cudnn_attention is not None
        assert 0.1 < found.abilities.cudnn_attention < 10
    if torch.cuda.get_device_capability() >= (7, 5):
        whole_numbers = found.abilities.eight_bit_products.int8
        assert whole_numbers is not None
        assert 0.1 < whole_numbers.bare < whole_numbers.whole < 10
    floats = found.abilities.eight_bit_products.fp8
    # Torch on Windows has such kernels for none of the cards that people have.
    if torch.cuda.get_device_capability() >= (8, 9) and sys.platform == "linux":
        assert floats is not None
        assert 0.1 < floats.bare < floats.whole < 10


def test_attention_by_cudnn_only_rounds_otherwise(
    make_order: MakeOrder, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    latents: list[torch.Tensor] = []
    monkeypatch.setattr(Checkpoints, "save_latents", lambda _, final: latents.append(final.float().cpu()))
    kernels: tuple[Attention, ...] = ("sdpa", "cudnn")
    for attention in kernels:
        order = on_card(make_order, "text", "float16")
        order.plan.attention = attention
        assert isinstance(run(order, shelf=shelf).outcome, RenderDone)
    exact, other = latents
    assert (other - exact).norm() < 0.05 * exact.norm()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_products_of_whole_numbers_are_those_of_the_processor(
    dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sums are whole numbers; what they are multiplied with rounds as the result does. What lies between two steps
    may be rounded to either of them."""
    layer = torch.nn.Linear(256, 1024, dtype=dtype)
    store(layer, Int8Products)
    with torch.inference_mode():
        rows = torch.randn(2, 1000, 256, dtype=dtype)
        here = layer(rows)
        layer.to("cuda")
        whole = layer(rows.cuda())
        monkeypatch.setattr(eight_bits, "PIECE", 100 * 1024)
        assert torch.equal(layer(rows.cuda()), whole)
        torch.testing.assert_close(whole.cpu(), here, rtol=4 * torch.finfo(dtype).eps, atol=5e-3)


def multiplies_floats() -> bool:
    found = probe().abilities
    return found is not None and found.eight_bit_products.fp8 is not None


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("bias", [True, False])
def test_products_of_floats_are_those_of_the_processor(dtype: torch.dtype, bias: bool) -> None:
    """What is multiplied is rounded in the same way; of its sums a card keeps fewer digits."""
    if not multiplies_floats():
        pytest.skip("its tensor cores have none, or torch no kernel for them")
    layer = torch.nn.Linear(1024, 256, bias, dtype=dtype)
    store(layer, Fp8Products)
    with torch.inference_mode():
        rows = torch.randn(2, 1001, 1024, dtype=dtype) * torch.logspace(-3, 2, 1001)[:, None].to(dtype)
        here = layer(rows).double()
        there = layer.to("cuda")(rows.cuda()).cpu()
        assert there.dtype == dtype
        assert ((there.double() - here).norm(dim=-1) < 0.01 * here.norm(dim=-1)).all()


@pytest.mark.parametrize("products", ["int8-products", "fp8-products"])
def test_clips_of_products_in_eight_bits(
    products: StoredAs, make_order: MakeOrder, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The picture is another one by a little, and the same to the bit where weights come group by group."""
    if products == "fp8-products" and not multiplies_floats():
        pytest.skip("its tensor cores have none, or torch no kernel for them")
    latents: list[torch.Tensor] = []
    monkeypatch.setattr(Checkpoints, "save_latents", lambda _, final: latents.append(final.float().cpu()))
    stored: tuple[StoredAs, ...] = ("same", products, products)
    for storage, placed in zip(stored, (RESIDENT, RESIDENT, group_offload("block")), strict=True):
        told = plan(
            device="cuda",
            precision="bfloat16",
            storage={"transformer": storage},
            **everywhere(placed),
        )
        order = on_card(make_order, "text", "bfloat16")
        order.plan = Plan.model_validate(told)
        assert isinstance(run(order, shelf=shelf).outcome, RenderDone)
    exact, resident, streamed = latents
    assert torch.equal(resident, streamed)
    assert 0 < (resident - exact).norm() < 0.3 * exact.norm()


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("kind", ["text", "image"])
def test_the_shipped_models_render(kind: str, precision: str, make_order: MakeOrder, shelf: Shelf) -> None:
    for attempt in ("first", "second"):
        torch.cuda.reset_peak_memory_stats()
        began = time.perf_counter()
        result = run(on_card(make_order, kind, precision), shelf=shelf)
        assert isinstance(result.outcome, RenderDone), result.outcome
        seconds, peak = time.perf_counter() - began, torch.cuda.max_memory_allocated() / 2**20
        print(
            f"{kind} {precision} {attempt}: {seconds:.2f} s, peak {peak:.0f} MiB",
            result.outcome.phase_seconds,
        )


@pytest.mark.parametrize("scheduler", ["ddim", "dpm"])
@pytest.mark.parametrize("kind", ["text", "image"])
def test_resuming_gives_the_same_clip(kind: str, scheduler: str, make_order: MakeOrder, shelf: Shelf) -> None:
    order = on_card(make_order, kind, scheduler=scheduler)
    whole = run(order, shelf=shelf)
    assert isinstance(whole.outcome, RenderDone), whole.outcome

    def after_seven(item: Progress) -> bool:
        return isinstance(item, StepProgress) and item.phase == "denoising" and item.step == 7

    cut = run(order, shelf=shelf, cancel_when=after_seven)
    assert isinstance(cut.outcome, RenderCancelled), cut.outcome
    again = run(order, shelf=Shelf())
    assert isinstance(again.outcome, RenderDone), again.outcome
    assert again.outcome.kept.kind == "checkpoint"
    assert again.clip == whole.clip


def test_running_out_of_its_memory_keeps_the_steps(make_order: MakeOrder, shelf: Shelf) -> None:
    order = on_card(make_order, "text")
    whole = run(order, shelf=shelf)
    total = torch.cuda.get_device_properties(0).total_memory

    def cap_after_last_step(item: Progress) -> bool:
        if isinstance(item, StepProgress) and item.phase == "denoising" and item.step == 16:
            torch.cuda.empty_cache()
            torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_reserved() + 2**22) / total)
        return False

    try:
        failed = run(order, shelf=shelf, cancel_when=cap_after_last_step)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert isinstance(failed.outcome, RenderFailed), failed.outcome
    failure = failed.outcome.failure
    assert isinstance(failure, DeviceMemoryFailure), failure
    assert (failure.cause, failure.phase) == ("device-memory", "decoding")
    assert failure.requested_bytes and failure.allocated_bytes
    again = run(order, shelf=shelf)
    assert isinstance(again.outcome, RenderDone), again.outcome
    assert again.outcome.kept.kind == "latents"
    assert again.clip == whole.clip


@pytest.mark.parametrize("scheduler", ["ddim", "dpm"])
@pytest.mark.parametrize("kind", ["text", "image"])
def test_previews_change_nothing(
    kind: str, scheduler: str, make_order: MakeOrder, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    latents: list[torch.Tensor] = []
    save = Checkpoints.save_latents

    def keep(self: Checkpoints, final: torch.Tensor) -> None:
        latents.append(final.cpu())
        save(self, final)

    monkeypatch.setattr(Checkpoints, "save_latents", keep)
    monkeypatch.setattr(Pace, "allows", lambda _: True)
    order = on_card(make_order, kind, scheduler=scheduler)
    without = run(order, shelf=shelf)
    shown = run(order.model_copy(update={"preview": True}), shelf=shelf)
    assert shown.clip == without.clip is not None
    assert torch.equal(latents[0], latents[1])
    sent = [item for item in shown.progress if isinstance(item, PreviewProgress)]
    previews = [item for item in sent if item.phase == "denoising"]
    assert [(item.before, item.frames) for item in sent if item.phase == "decoding"] == [(0, 9), (9, 8)]
    assert [item.step for item in previews] == list(range(1, 17))
    # A step later than on the processor, so that the card need not wait.
    said = [
        (item.type, item.step)
        for item in shown.progress
        if isinstance(item, (StepProgress, PreviewProgress)) and item.phase == "denoising"
    ]
    assert said.index(("preview", 3)) > said.index(("step", 4))
    projection = read_projection(Path(order.model.folder), 16)
    assert projection is not None
    wanted = projection.colours(latents[0][0]).flatten().int()
    got = torch.frombuffer(bytearray(base64.b64decode(previews[-1].rgb)), dtype=torch.uint8).int()
    assert (got - wanted).abs().max() <= 2


def test_what_previews_cost(make_order: MakeOrder, shelf: Shelf) -> None:
    """In turn, several times: the denoising and the decoding with and without them."""
    order = on_card(make_order, "text", steps=100)
    run(order, shelf=shelf)
    for _ in range(4):
        for preview in (False, True):
            result = run(order.model_copy(update={"preview": preview}), shelf=shelf)
            assert isinstance(result.outcome, RenderDone), result.outcome
            sent = sum(isinstance(item, PreviewProgress) for item in result.progress)
            took = result.outcome.phase_seconds
            print(preview, sent, round(took["denoising"], 3), round(took["decoding"], 3))


def test_a_model_without_a_map_gets_one_in_an_instant(
    make_order: MakeOrder, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reelwright_sidecar.render.read_projection", lambda *_: None)
    order = on_card(make_order, "text").model_copy(update={"preview": True})
    result = run(order, shelf=shelf)
    assert isinstance(result.outcome, RenderDone), result.outcome
    assert any(isinstance(item, PreviewProgress) and item.phase == "denoising" for item in result.progress)


def test_the_heart_tells_what_the_allocator_holds(make_order: MakeOrder) -> None:
    order = on_card(make_order, "text", steps=200)
    with Worker() as worker:
        worker.until(notified("ready"))
        before = worker.until(notified("heartbeat"))[-1]["params"]
        assert before["reservedBytes"] is None, "no card is in use yet"
        worker.render(order)
        worker.until(progressed(type="step", phase="denoising", step=1))
        during = worker.until(notified("heartbeat"))[-1]["params"]
        assert during["reservedBytes"] > 2**23
        assert worker.answer()["result"]["kind"] == "done"
    run(order)
    assert gauge.reserved is not None
