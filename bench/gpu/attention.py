"""The kernels of torch's attention at the size that a model has it: seconds of one call, and how near each is to
attention in single precision. One JSON line for each kernel.

    python bench/gpu/attention.py --models 2b 5b 1.5-5b
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import traceback
from collections.abc import Callable
from contextlib import nullcontext

import surroundings  # noqa: F401  first
import torch
import torch.nn.functional as F
from measure import psnr
from models import KINDS, Kind, kind_of
from torch.nn.attention import SDPBackend, sdpa_kernel

KERNELS = {
    "torch's choice": None,
    "flash": SDPBackend.FLASH_ATTENTION,
    "cudnn": SDPBackend.CUDNN_ATTENTION,
    "efficient": SDPBackend.EFFICIENT_ATTENTION,
}
_TEXT_TOKENS = 226
_HEAD_WIDTH = 64


def tokens_of(kind: Kind) -> int:
    """Of text and video together."""
    width, height, frames = kind.size
    latent_frames = (frames - 1) // 4 + 1
    deep = int(kind.transformer.get("patch_size_t", 1))
    return _TEXT_TOKENS + -(-latent_frames // deep) * (height // 16) * (width // 16)


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

    def attention() -> torch.Tensor:
        return F.scaled_dot_product_attention(query, key, value)

    exact = F.scaled_dot_product_attention(query[:1, :1].float(), key[:1, :1].float(), value[:1, :1].float())
    for kernel, backend in KERNELS.items():
        line = {"bench": "attention", "model": name, "name": kernel, "tokens": tokens, "heads": heads}
        try:
            with nullcontext() if backend is None else sdpa_kernel(backend):
                first, usual = seconds_of(device, times, attention)
                got = attention()[:1, :1].float()
        except RuntimeError as error:
            traceback.print_exc()
            print(json.dumps({**line, "failed": str(error).splitlines()[0][:300]}), flush=True)
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
    print(json.dumps({"device": name, "torch": torch.__version__}), flush=True)
    for model in options.models:
        measure(model, kind_of(model, options.tiny), device, options.times)


if __name__ == "__main__":
    main()
