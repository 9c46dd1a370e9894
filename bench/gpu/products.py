"""The products of one block of a denoiser, two prompts at once: in half precision, and in eight bits as whole numbers
in pieces of several sizes and as floats, each also with plain torch, compiled and alone. Seconds of one call, memory
beside what goes in and comes out, and how near it is to the product in single precision. One JSON line for each way;
the first has what the worker's probe measures.

    python bench/gpu/products.py --models 5b
"""

from __future__ import annotations

import argparse
import json
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any

import surroundings  # noqa: F401  first
import torch
import torch.nn.functional as F
from attention import seconds_of, tokens_of
from measure import psnr
from models import KINDS, Kind, kind_of
from surroundings import GIB

from reelwright_sidecar import eight_bits
from reelwright_sidecar.eight_bits import EightBitLinear, EightBitProducts, Fp8Products, Int8Products, store
from reelwright_sidecar.eight_bits_share import product_shares

# By what goes in and comes out, in widths, and how often a block has it.
LAYERS = {"attention": (1, 1, 4), "widening": (1, 4, 1), "narrowing": (4, 1, 1)}
PIECES = [2**power for power in (22, 23, 24, 25, 26)]
_ALL = 2**40

Call = Callable[[], torch.Tensor]


def layers_of(inputs: int, outputs: int, like: dict[str, Any]) -> dict[str, torch.nn.Linear]:
    """The same layer as it is, kept in eight bits, and multiplied in them as whole numbers and as floats."""
    exact = torch.nn.Linear(inputs, outputs, **like)
    made = {"exact": exact}
    for name, kind in (("kept", EightBitLinear), ("whole", Int8Products), ("floats", Fp8Products)):
        made[name] = torch.nn.Linear(inputs, outputs, **like)
        made[name].load_state_dict(exact.state_dict())
        store(made[name], kind)
    return made


def ways_of(made: dict[str, torch.nn.Linear], rows: torch.Tensor) -> dict[str, Call]:
    """Each way by its name."""
    kept, whole, floats = made["kept"], made["whole"], made["floats"]
    assert isinstance(whole, EightBitProducts)
    assert isinstance(floats, EightBitProducts)

    def in_pieces(size: int) -> torch.Tensor:
        before, eight_bits.PIECE = eight_bits.PIECE, size
        try:
            result: torch.Tensor = whole(rows)
        finally:
            eight_bits.PIECE = before
        return result

    def plainly(layer: torch.nn.Linear) -> torch.Tensor:
        found, eight_bits.kernels_for = eight_bits.kernels_for, lambda *_: None
        try:
            result: torch.Tensor = layer(rows)
        finally:
            eight_bits.kernels_for = found
        return result

    # As in a block: for the sizes that it has, not for any.
    compiled = partial(torch.compile, dynamic=False)
    return {
        "half precision": partial(made["exact"], rows),
        "weights in eight bits": partial(kept, rows),
        **{f"pieces of 2^{size.bit_length() - 1}": partial(in_pieces, size) for size in PIECES},
        "in one piece": partial(in_pieces, _ALL),
        "with plain torch": partial(plainly, whole),
        "compiled": partial(compiled(whole), rows),
        "product alone": whole.alone(rows.flatten(0, 1)),
        "floats": partial(floats, rows),
        "floats, with plain torch": partial(plainly, floats),
        "floats, compiled": partial(compiled(floats), rows),
        "product of floats alone": floats.alone(rows.flatten(0, 1)),
    }


@torch.inference_mode()
def measure(name: str, kind: Kind, device: str, times: int) -> None:
    """All ways for one model."""
    width, tokens = 64 * int(kind.transformer["num_attention_heads"]), tokens_of(kind)
    like = {"device": device, "dtype": getattr(torch, kind.precision)}
    told: dict[str, dict[str, Any]] = {}
    for layer, (inputs, outputs, _) in LAYERS.items():
        made = layers_of(inputs * width, outputs * width, like)
        rows = torch.randn(2, tokens, inputs * width, **like)
        some = rows[:, :64]
        exact = F.linear(some.float(), made["exact"].weight.float(), made["exact"].bias.float())
        for way, call in ways_of(made, rows).items():
            found = told.setdefault(way, {"seconds": {}, "first_seconds": 0.0, "beside_gib": 0.0, "psnr": {}})
            try:
                first, usual = seconds_of(device, times, call)
                found["beside_gib"] = max(found["beside_gib"], beside(device, call))
            except RuntimeError as error:
                traceback.print_exc()
                found["failed"] = f"{layer}: {str(error).splitlines()[0][:300]}"
                continue
            found["seconds"][layer] = usual
            found["first_seconds"] += first
            if not way.endswith("alone"):
                got = call()[:, :64]
                found["psnr"][layer] = psnr(got, exact, (exact.max() - exact.min()).item())
    for way, found in told.items():
        line = {"bench": "products", "model": name, "name": way, "tokens": tokens, "width": width}
        if "failed" in found:
            print(json.dumps({**line, "failed": found["failed"]}), flush=True)
            continue
        block = sum(LAYERS[layer][2] * each for layer, each in found["seconds"].items())
        seconds = {layer: round(each, 6) for layer, each in found["seconds"].items()}
        told_once = {
            "block_seconds": round(block, 6),
            "seconds": seconds,
            "first_seconds": round(found["first_seconds"], 3),
            "beside_gib": None if device == "cpu" else round(found["beside_gib"], 3),
            "psnr": min((each for each in found["psnr"].values() if each is not None), default=None),
        }
        print(json.dumps({**line, **told_once}), flush=True)


def beside(device: str, call: Call) -> float:
    """GiB that a call allocates beside its result."""
    if device == "cpu":
        return 0.0
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    result = call()
    return (torch.cuda.max_memory_allocated() - before - result.nbytes) / GIB


def main() -> None:
    """Reads the command line and measures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", nargs="*", default=["5b"], choices=list(KINDS))
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--tiny", action="store_true", help="small models on the processor")
    options = parser.parse_args()
    head: dict[str, Any] = {"device": "processor", "torch": torch.__version__}
    if not options.tiny:
        shares = product_shares(torch.cuda.get_device_capability())
        head = {**head, "device": torch.cuda.get_device_name(), "product_shares": shares.model_dump()}
    print(json.dumps(head), flush=True)
    for model in options.models:
        measure(model, kind_of(model, options.tiny), "cpu" if options.tiny else "cuda", options.times)


if __name__ == "__main__":
    main()
