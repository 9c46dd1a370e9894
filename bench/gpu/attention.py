"""The kernels of attention at the size that a model has it, torch's and SageAttention's where it is installed: seconds
of one call, and how near each is to attention in single precision. One JSON line for each kernel; the first has what
the worker's probe measures.

    python bench/gpu/attention.py --models 2b 5b 1.5-5b
"""

from __future__ import annotations

import argparse
import importlib
import json
import statistics
import time
import traceback
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from importlib.util import find_spec
from typing import Any

import surroundings  # noqa: F401  first
import torch
import torch.nn.functional as F
from measure import psnr
from models import KINDS, Kind, kind_of
from torch.nn.attention import SDPBackend, sdpa_kernel

from reelwright_sidecar.attention import Kernel, cudnn_share, kernel_of, sage_share

BACKENDS = {
    "torch's choice": None,
    "flash": SDPBackend.FLASH_ATTENTION,
    "cudnn": SDPBackend.CUDNN_ATTENTION,
    "efficient": SDPBackend.EFFICIENT_ATTENTION,
}
_SAGE = "sage", "sage, heads first"
_TEXT_TOKENS = 226
_HEAD_WIDTH = 64


def tokens_of(kind: Kind) -> int:
    """Of text and video together."""
    width, height, frames = kind.size
    latent_frames = (frames - 1) // 4 + 1
    deep = int(kind.transformer.get("patch_size_t", 1))
    return _TEXT_TOKENS + -(-latent_frames // deep) * (height // 16) * (width // 16)


def kernel_named(name: str) -> Kernel:
    """One of torch's, or SageAttention as the worker calls it, or with each head's tokens in one piece."""
    if name not in _SAGE:
        return F.scaled_dot_product_attention
    if name == "sage":
        return kernel_of("sage")
    sageattn = importlib.import_module("sageattention").sageattn

    def heads_first(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        mixed: torch.Tensor = sageattn(query, key.clone(), value, tensor_layout="HND")
        # Beside each other again, as what comes next wants them.
        return mixed.transpose(1, 2).contiguous().transpose(1, 2)

    return heads_first


def settle(device: str) -> None:
    """Waits for the card."""
    if device == "cuda":
        torch.cuda.synchronize()


def seconds_of(device: str, times: int, call: Callable[[], torch.Tensor]) -> tuple[float, float]:
    """The first call, and the median of the others."""
    taken: list[float] = []
    for _ in range(times + 1):
        settle(device)
        began = time.perf_counter()
        call()
        settle(device)
        taken.append(time.perf_counter() - began)
    return taken[0], statistics.median(taken[1:])


@torch.inference_mode()
def measure(name: str, kind: Kind, device: str, times: int) -> None:
    """All kernels for one model, two prompts at once."""
    heads, tokens = int(kind.transformer["num_attention_heads"]), tokens_of(kind)
    generator = torch.Generator(device).manual_seed(1)
    # As the model has them: cut out of [prompts, tokens, heads, width].
    query, key, value = (
        torch.randn(2, tokens, heads, _HEAD_WIDTH, generator=generator, device=device)
        .to(getattr(torch, kind.precision))
        .transpose(1, 2)
        for _ in range(3)
    )

    exact = F.scaled_dot_product_attention(query[:1, :1].float(), key[:1, :1].float(), value[:1, :1].float())
    for way in (*BACKENDS, *(_SAGE if find_spec("sageattention") else ())):
        line = {"bench": "attention", "model": name, "name": way, "tokens": tokens, "heads": heads}
        backend = BACKENDS.get(way)
        try:
            attention = partial(kernel_named(way), query, key, value)
            with nullcontext() if backend is None else sdpa_kernel(backend):
                first, usual = seconds_of(device, times, attention)
                got = attention()[:1, :1].float()
        except Exception as error:  # noqa: BLE001  what a kernel cannot it says in its own way
            traceback.print_exc()
            print(
                json.dumps({**line, "failed": (str(error).splitlines() or [repr(error)])[0][:300]}),
                flush=True,
            )
            continue
        near = psnr(got, exact, (exact.max() - exact.min()).item())
        told = {"first_seconds": round(first, 4), "seconds": round(usual, 5), "psnr": near}
        print(json.dumps({**line, **told}), flush=True)


def main() -> None:
    """Reads the command line and measures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", nargs="*", default=["2b", "5b", "1.5-5b"], choices=list(KINDS))
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--tiny", action="store_true", help="small models on the processor")
    options = parser.parse_args()
    device = "cpu" if options.tiny else "cuda"
    name = "processor" if options.tiny else torch.cuda.get_device_name()
    head: dict[str, Any] = {"device": name, "torch": torch.__version__}
    if not options.tiny:
        capability = torch.cuda.get_device_capability()
        head |= {"cudnn_share": cudnn_share(capability), "sage_share": sage_share(capability)}
    print(json.dumps(head), flush=True)
    for model in options.models:
        measure(model, kind_of(model, options.tiny), device, options.times)


if __name__ == "__main__":
    main()
