"""On a card: every placement gives the same latents, within the memory that was said, and leaves nothing behind."""

from __future__ import annotations

import mmap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from conftest import MakeOrder
from diffusers import CogVideoXTransformer3DModel
from in_process import run
from safetensors.torch import save_file
from sample_plans import everywhere, plan
from test_cuda import MODELS
from test_placements import PLACEMENTS
from torch import nn

from reelwright_sidecar import process
from reelwright_sidecar.contract import RenderDone
from reelwright_sidecar.mapped import stretches
from reelwright_sidecar.memory import forget_cuda_error
from reelwright_sidecar.placement import Shelf
from reelwright_sidecar.placement.card import CudaCard
from reelwright_sidecar.placement.groups import Streaming, divide, tensors_of
from reelwright_sidecar.placement.streamed import moved, streamed
from reelwright_sidecar.weights import load_module

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA card")
MIB = 2**20
ALREADY_REGISTERED = 712
READ_ONLY = 8


@pytest.fixture(autouse=True)
def empty_card() -> Iterator[None]:
    """Nothing of a test is on the card when it ends."""
    yield
    torch.cuda.synchronize()
    torch.cuda.empty_cache()
    assert torch.cuda.memory_allocated() < 64 * MIB, "what cuBLAS keeps, and no weights"


@pytest.mark.parametrize("kind", ["text", "image"])
def test_every_placement_gives_the_same_clip(kind: str, make_order: MakeOrder) -> None:
    task = "text-to-video" if kind == "text" else "image-to-video"
    clips: dict[str, bytes | None] = {}
    for name, placement in PLACEMENTS.items():
        order = make_order(
            kind,
            order={
                "model": {"folder": str(MODELS[kind]), "family": "cogvideox", "task": task},
                "plan": plan(
                    device="cuda",
                    precision="bfloat16",
                    decode={"slabRows": 64, "residentBytes": 2**28},
                    **everywhere(placement),
                ),
                "overwrite": True,
            },
            **{"width": 256, "height": 160, "steps": 6, "guidance": 3.0},
        )
        shelf = Shelf()
        result = run(order, shelf=shelf)
        assert isinstance(result.outcome, RenderDone), (name, result.outcome)
        peaks = result.outcome.phase_peaks
        assert all(peak.allocated_bytes for phase, peak in peaks.items() if phase != "loading")
        clips[name] = result.clip
        shelf.clear()
    assert {name for name, clip in clips.items() if clip != clips["resident"]} == set()


@pytest.fixture(scope="module")
def denoiser() -> CogVideoXTransformer3DModel:
    """16 blocks of 75 MiB, on the host."""
    torch.manual_seed(4)
    with torch.device("cuda"):
        module = CogVideoXTransformer3DModel(
            num_attention_heads=24, attention_head_dim=64, num_layers=16, text_embed_dim=512
        )
    return module.to(torch.bfloat16).cpu().eval().requires_grad_(False)


def call(module: CogVideoXTransformer3DModel) -> torch.Tensor:
    torch.manual_seed(5)
    latents = torch.randn(1, 5, 16, 30, 40, dtype=torch.bfloat16).cuda()
    prompt = torch.randn(1, 226, 512, dtype=torch.bfloat16).cuda()
    noise: torch.Tensor = module(latents, prompt, torch.tensor([500], device="cuda"), return_dict=False)[0]
    return noise.cpu()


STREAMINGS = [
    Streaming(level, slots, beside, pinned)
    for level in ("block", "leaf")
    for slots, beside in ((1, False), (2, True), (4, True))
    for pinned in (0, 400 * MIB, 2**40)
]


def test_weights_come_in_time_and_take_what_was_said(denoiser: CogVideoXTransformer3DModel) -> None:
    card = CudaCard()
    with torch.inference_mode():
        with moved(tensors_of([denoiser]), card):
            weights = torch.cuda.memory_allocated()
            expected = call(denoiser)
            torch.cuda.reset_peak_memory_stats()
            call(denoiser)
            working = torch.cuda.max_memory_allocated() - weights
        for streaming in STREAMINGS:
            groups, staying = divide(denoiser, streaming.level)
            said = streaming.slots * max(group.size for group in groups)
            said += sum(tensor.nbytes for tensor in staying)
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
            before = torch.cuda.memory_allocated()
            with streamed(denoiser, card, streaming):
                for _ in range(4):
                    assert torch.equal(call(denoiser), expected), streaming
                began = time.perf_counter()
                call(denoiser)
                seconds = time.perf_counter() - began
            took = torch.cuda.max_memory_allocated() - before
            print(f"{streaming}: {seconds:.3f} s, {took / MIB:.0f} MiB")
            assert took <= 1.02 * (said + working) + 8 * MIB, streaming
            assert torch.cuda.memory_allocated() <= before + MIB, streaming


def locked(memory: torch.Tensor, flags: int = 0) -> bool:
    """By CUDA: torch looks at where a tensor's storage begins, which may be before the pages that were locked."""
    cudart = torch.cuda.cudart()
    page = memory.data_ptr() // mmap.PAGESIZE * mmap.PAGESIZE
    error = int(cudart.cudaHostRegister(page, mmap.PAGESIZE, flags))
    if error == 0:
        cudart.cudaHostUnregister(page)
        return False
    forget_cuda_error()
    assert error == ALREADY_REGISTERED
    return True


def test_page_locked_memory_is_given_back() -> None:
    card = CudaCard()
    for size in (100, 4096, 64 * MIB + 1):
        for _ in range(3):
            memory = card.lock(size)
            assert locked(memory)
            assert memory.numel() == size
            card.unlock(memory)
            assert not locked(memory)


class Chain(nn.Module):
    """Eight blocks of 32 MiB in bfloat16."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList([nn.Linear(4096, 4096, bias=False) for _ in range(8)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for block in self.blocks:
            x = torch.tanh(block(x))
        return x


def test_pages_of_a_file_are_locked_where_they_are(tmp_path: Path) -> None:
    card, file = CudaCard(), tmp_path / "weights.safetensors"
    torch.manual_seed(6)
    weights = {f"blocks.{number}.weight": torch.randn(4096, 4096, device="cuda") / 32 for number in range(8)}
    save_file({name: weight.bfloat16().cpu() for name, weight in weights.items()}, file)
    weights.clear()
    with torch.device("meta"):
        module = Chain()
    load_module(module, [file], torch.bfloat16)
    x = torch.randn(64, 4096, device="cuda", dtype=torch.bfloat16)
    (stretch,) = stretches(module.parameters())
    if not card.lock_mapped(stretch):
        pytest.skip("pages of files cannot be locked here")
    card.unlock(stretch)
    with torch.inference_mode():
        with moved(tensors_of([module]), card):
            assert not locked(stretch, READ_ONLY), "only while they come"
            expected = module(x)
        before = process.held()
        with streamed(module, card, Streaming("block", 2, True, stretch.nbytes)):
            assert locked(stretch, READ_ONLY)
            for _ in range(3):
                began = time.perf_counter()
                assert torch.equal(module(x), expected)
                seconds = time.perf_counter() - began
            after = process.held()
        assert not locked(stretch, READ_ONLY)
    print(f"{stretch.nbytes / seconds / 1e9:.1f} GB/s")
    if before is not None and after is not None:
        # A copy would be all of it; streams and slots of the driver's own take some.
        assert after - before < 0.5 * stretch.nbytes
