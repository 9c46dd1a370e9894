"""One block of a denoiser, two prompts at once: the library's forward, ours with plain torch and with our kernels, and
the library's compiled, which is what can be hoped for; then, one by one, what is done between its products. Seconds of
one call, how near it is to the block in single precision, and the states that are read and written in a second. One
JSON line for each way.

    python bench/gpu/blocks.py --models 5b
"""

from __future__ import annotations

import argparse
import copy
import json
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any

import surroundings  # noqa: F401  first
import torch
from attention import seconds_of, tokens_of
from measure import psnr
from models import KINDS, Kind, kind_of
from surroundings import GIB

from reelwright_sidecar.attention import kernel_of
from reelwright_sidecar.families import block_pointwise, cogvideox_block
from reelwright_sidecar.families.cogvideox_block import operations_for
from reelwright_sidecar.families.cogvideox_denoiser import JointAttention
from reelwright_sidecar.families.gelu_linear import activate
from reelwright_sidecar.libraries import CogVideoXTransformer3DModel

_PROMPTS, _TEXT_TOKENS = 2, 226
Call = Callable[[], torch.Tensor]
Forward = Callable[..., tuple[torch.Tensor, torch.Tensor]]


def block_of(kind: Kind, like: dict[str, Any], kernel: Any) -> Any:
    """The first of a denoiser that has no other, with random weights."""
    with torch.device(like["device"]):
        shape = {**kind.transformer, "num_layers": 1, "in_channels": 16, "text_embed_dim": 64}
        block = CogVideoXTransformer3DModel(**shape).transformer_blocks[0]
    block.attn1.set_processor(JointAttention(kernel))
    return block.to(like["dtype"]).requires_grad_(False)


def given(block: Any, tokens: int, rotary: bool, like: dict[str, Any]) -> dict[str, Any]:
    """What the denoiser gives it. `tokens`: of text and video."""
    width, embedded = block.norm1.norm.normalized_shape[0], block.norm1.linear.in_features
    half = width // block.attn1.heads // 2
    angles = torch.randn(tokens - _TEXT_TOKENS, half, device=like["device"]).repeat_interleave(2, -1)
    # In one tensor, as a first block has them.
    states = torch.randn(_PROMPTS, tokens, width, **like)
    return {
        "hidden_states": states[:, _TEXT_TOKENS:],
        "encoder_hidden_states": states[:, :_TEXT_TOKENS],
        "temb": torch.randn(_PROMPTS, embedded, **like),
        "image_rotary_emb": (angles.cos(), angles.sin()) if rotary else None,
    }


def ways_of(block: Any, kernel: Any, operations: Any) -> dict[str, Forward]:
    """Each way by its name."""
    plain = partial(cogvideox_block.forward, block, kernel, block_pointwise)
    activated = copy.deepcopy(block)
    activate(activated.ff.net[0])
    ways = {
        "library": block.forward,
        "ours, plain": plain,
        "ours, activated in the product": partial(
            cogvideox_block.forward, activated, kernel, block_pointwise
        ),
        "library, compiled": torch.compile(block.forward, dynamic=False),
    }
    if operations is not block_pointwise:
        ways["ours, with kernels"] = partial(cogvideox_block.forward, activated, kernel, operations)
    return ways


def functions_of(operations: Any, block: Any, values: dict[str, Any]) -> dict[str, tuple[Call, float]]:
    """Each function of the module, and how often it would read or write the states if it did so no more than once."""
    video, text = values["hidden_states"], values["encoder_hidden_states"]
    norm, attention = block.norm1, block.attn1
    modulation = norm.linear(norm.silu(values["temb"]))
    change = torch.randn_like(torch.cat([text, video], 1))
    query = change.unflatten(2, (attention.heads, -1))

    def add() -> torch.Tensor:
        operations.add(modulation, change, video, text)
        return change

    return {
        "normed": (partial(operations.normed, norm.norm, modulation, video, text), 2),
        "turned": (
            partial(operations.turned, query, attention.norm_q, values["image_rotary_emb"], text.shape[1]),
            2,
        ),
        "added and normed": (
            partial(operations.added_and_normed, modulation, change, norm.norm, modulation, video, text),
            4,
        ),
        "added": (add, 3),
    }


def widenings_of(block: Any, rows: torch.Tensor) -> dict[str, tuple[Call, float | None]]:
    """The product that widens, by itself and with its activation before, after and in it."""
    widening = block.ff.net[0]
    activated = copy.deepcopy(widening)
    activate(activated)
    wide = widening.proj(rows)
    return {
        "widened": (partial(widening.proj, rows), None),
        "activation": (partial(torch.ops.aten.gelu_, wide, approximate=widening.approximate), 8),
        "widened and activated": (partial(activated.proj, rows), None),
    }


@torch.inference_mode()
def measure(name: str, kind: Kind, device: str, times: int, warps: list[int]) -> None:
    """All ways for one model."""
    torch.manual_seed(1)
    like: dict[str, Any] = {"device": device, "dtype": getattr(torch, kind.precision)}
    tokens, rotary = tokens_of(kind), bool(kind.transformer.get("use_rotary_positional_embeddings"))
    kernel = kernel_of("sdpa")
    block = block_of(kind, like, kernel)
    values = given(block, tokens, rotary, like)
    width = values["hidden_states"].shape[2]
    operations = operations_for(block, torch.device(device), like["dtype"])

    def fresh(dtype: torch.dtype) -> dict[str, Any]:
        return {
            key: value.to(dtype, copy=True) if isinstance(value, torch.Tensor) else value
            for key, value in values.items()
        }

    head = {"bench": "blocks", "model": name, "tokens": tokens, "width": width}
    exact = copy.deepcopy(block).float()(**fresh(torch.float32))[0]
    peak = (exact.max() - exact.min()).item()
    for way, forward in ways_of(block, kernel, operations).items():
        try:
            own = fresh(like["dtype"])

            def call(forward: Forward = forward, own: dict[str, Any] = own) -> torch.Tensor:
                return forward(**own)[0]

            near = psnr(forward(**fresh(like["dtype"]))[0], exact, peak)
            first, usual = seconds_of(device, times, call)
            told: dict[str, Any] = {
                "seconds": round(usual, 6),
                "first_seconds": round(first, 4),
                "psnr": near,
            }
            told["beside_gib"] = beside(device, call)
        except Exception as error:  # noqa: BLE001  what a compiler cannot it says in its own way
            traceback.print_exc()
            told = {"failed": (str(error).splitlines() or [repr(error)])[0][:300]}
        print(json.dumps({**head, "name": way, **told}), flush=True)
    del exact

    states = _PROMPTS * tokens * width * like["dtype"].itemsize
    # What is left to do where each number would be read or written at the card's best: a copy.
    source = torch.randn(_PROMPTS, tokens, width, **like)
    target = torch.empty_like(source)
    parts: list[tuple[str, str, Call, float | None]] = [("copy", "torch", partial(target.copy_, source), 2)]
    parts += [(part, "torch", *call) for part, call in widenings_of(block, source).items()]
    parts += [(part, "plain", *call) for part, call in functions_of(block_pointwise, block, values).items()]
    for part, by, timed, passes in parts:
        tell_part(head, device, times, part, by, timed, passes, states)
    if operations is block_pointwise:
        return
    usual_warps = operations._warps
    try:
        for number in (0, *warps):
            operations._warps = usual_warps if number == 0 else lambda _, number=number: number
            by = f"kernels of {number} warps" if number else "kernels"
            for part, (timed, passes) in functions_of(operations, block, values).items():
                tell_part(head, device, times, part, by, timed, passes, states)
    finally:
        operations._warps = usual_warps


def beside(device: str, call: Call) -> float | None:
    """GiB that a call has at most, beside what it was given."""
    if device == "cpu":
        return None
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    call()
    return round((torch.cuda.max_memory_allocated() - before) / GIB, 3)


def tell_part(
    head: dict[str, Any],
    device: str,
    times: int,
    part: str,
    by: str,
    call: Call,
    passes: float | None,
    states: int,
) -> None:
    """Prints what one of them took. Ten calls at a time: starting one may take as long as a card is at work on it."""

    def ten() -> torch.Tensor:
        for _ in range(9):
            call()
        return call()

    first, usual = seconds_of(device, times, ten)
    each = usual / 10
    told: dict[str, Any] = {"seconds": round(each, 7), "first_seconds": round(first, 4)}
    if passes is not None:
        told |= {"passes": passes, "gb_per_second": round(passes * states / each / 1e9)}
    print(json.dumps({**head, "name": f"{part}, {by}", **told}), flush=True)


def main() -> None:
    """Reads the command line and measures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", nargs="*", default=["5b"], choices=list(KINDS))
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--warps", nargs="*", type=int, default=[2, 4, 8, 16], help="to try beside the usual")
    parser.add_argument("--tiny", action="store_true", help="small models on the processor")
    options = parser.parse_args()
    name = "processor" if options.tiny else torch.cuda.get_device_name()
    print(json.dumps({"device": name, "torch": torch.__version__}), flush=True)
    for model in options.models:
        measure(
            model,
            kind_of(model, options.tiny),
            "cpu" if options.tiny else "cuda",
            options.times,
            options.warps,
        )


if __name__ == "__main__":
    main()
