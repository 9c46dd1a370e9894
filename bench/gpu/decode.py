"""Decodes a video of random latents with CogVideoX's decoder at its true size and random weights: by the library,
untiled and tiled, and in slabs. One JSON line each. Needs a CUDA card, torch and diffusers.

    python bench/gpu/decode.py --frames 49 --height 480 --width 720 --truth --within 3 4 6 --slabs 60:all
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import statistics
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from diffusers.models.autoencoders.autoencoder_kl_cogvideox import AutoencoderKLCogVideoX

sys.path.insert(0, str(Path(__file__).parents[2] / "python-sidecar"))

from reelwright_sidecar.decode import pointwise
from reelwright_sidecar.decode import slabs as in_slabs
from reelwright_sidecar.decode.geometry import Slabs, structure_of
from reelwright_sidecar.decode.peak import LIBRARIES, decode_peak_bytes, host_bytes, slabs_within

GIB = 2**30
RUNS = 3
Decode = Callable[[], Iterator[torch.Tensor]]


def true_decoder(device: torch.device, dtype: torch.dtype) -> AutoencoderKLCogVideoX:
    """The autoencoder of CogVideoX 5B with random weights; the same numbers on every machine."""
    torch.manual_seed(5)
    vae = AutoencoderKLCogVideoX(
        block_out_channels=(128, 256, 256, 512),
        down_block_types=("CogVideoXDownBlock3D",) * 4,
        up_block_types=("CogVideoXUpBlock3D",) * 4,
        scaling_factor=0.7,
    )
    vae.encoder = None
    return vae.to(device, dtype).eval().requires_grad_(False)


def psnr(frames: torch.Tensor, reference: torch.Tensor) -> float | None:
    """In dB, of pictures in -1..1. None: they are equal."""
    error = (frames - reference).square().mean().item()
    return round(10 * math.log10(4 / error), 1) if error else None


def measure(
    name: str, decode: Decode, references: dict[str, torch.Tensor], more: dict[str, object]
) -> torch.Tensor:
    """Decodes a few times, prints what it took, gives the frames on the CPU. The first time comes with compilation."""
    seconds: list[float] = []
    whole = torch.empty(0)
    for _ in range(RUNS):
        gc.collect()
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        frames = []
        for batch in decode():
            frames.append(batch.cpu())
            del batch
        end.record()
        torch.cuda.synchronize()
        seconds.append(start.elapsed_time(end) / 1000)
        whole = torch.cat(frames, dim=2).float()
    line = {
        "way": name,
        "seconds": round(statistics.median(seconds[1:]), 3),
        "first_seconds": round(seconds[0], 3),
        "allocated_gib": round(torch.cuda.max_memory_allocated() / GIB, 3),
        "reserved_gib": round(torch.cuda.max_memory_reserved() / GIB, 3),
        **more,
    }
    for known, reference in references.items():
        line[f"psnr to {known}"] = psnr(whole, reference)
        line[f"furthest from {known}"] = (whole - reference).abs().max().item()
    print(json.dumps(line), flush=True)
    return whole


def main() -> None:
    """Reads the command line and measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=49)
    parser.add_argument("--height", type=int, default=480)
    parser.add_argument("--width", type=int, default=720)
    parser.add_argument("--dtype", default="bfloat16", choices=["bfloat16", "float16", "float32"])
    parser.add_argument("--library", nargs="*", default=["untiled", "tiled"], choices=["untiled", "tiled"])
    parser.add_argument("--slabs", nargs="*", default=[], help="rows:GiB of histories on the card")
    parser.add_argument(
        "--within", nargs="*", type=float, default=[3.0, 4.0, 6.0], help="GiB with the weights"
    )
    parser.add_argument("--truth", action="store_true", help="compare with the library in float32 too")
    parser.add_argument("--plain", action="store_true", help="without kernels of its own")
    options = parser.parse_args()

    device, dtype = torch.device("cuda"), getattr(torch, options.dtype)
    torch.backends.cudnn.allow_tf32 = False
    vae = true_decoder(device, dtype)
    weights = torch.cuda.memory_allocated()
    size = ((options.frames - 1) // 4 + 1, options.height // 8, options.width // 8)
    latents = torch.randn(1, 16, *size, generator=torch.Generator().manual_seed(1)).to(device, dtype)
    print(json.dumps({"device": torch.cuda.get_device_name(), "torch": torch.__version__}), flush=True)

    def library() -> Iterator[torch.Tensor]:
        with torch.inference_mode():
            yield vae.decode(latents, return_dict=False)[0]

    def ours(slabs: Slabs) -> Decode:
        return lambda: in_slabs.decode_in_slabs(vae, latents, slabs)

    references: dict[str, torch.Tensor] = {}
    if options.truth:
        vae.float()
        with torch.inference_mode():
            references["float32"] = vae.decode(latents.float(), return_dict=False)[0].cpu()
        vae.to(dtype)
        print(json.dumps({"rms": round(references["float32"].square().mean().sqrt().item(), 4)}), flush=True)
    for way in options.library:
        vae.enable_tiling() if way == "tiled" else vae.disable_tiling()
        frames = measure(f"library {way}", library, references, {})
        if way == "untiled":
            references["untiled"] = frames
    vae.disable_tiling()
    if options.plain:
        in_slabs.kernels_for = lambda device: pointwise
    structure = structure_of(vae.config)
    taken = weights + LIBRARIES
    ways: list[tuple[str, Slabs]] = []
    for text in options.slabs:
        rows, resident = text.split(":")
        kept = 2**62 if resident == "all" else round(float(resident) * GIB)
        ways.append((f"slabs {text}", Slabs(int(rows), kept)))
    for gib in options.within:
        found = slabs_within(structure, *size, dtype.itemsize, round(gib * GIB) - taken)
        if found is None:
            print(json.dumps({"way": f"within {gib} GiB", "fits": False}), flush=True)
        else:
            ways.append((f"within {gib} GiB", found))
    for name, slabs in ways:
        predicted = taken + decode_peak_bytes(structure, *size, dtype.itemsize, slabs)
        more: dict[str, object] = {
            "rows": slabs.rows,
            "predicted_gib": round(predicted / GIB, 3),
            "host_gib": round(host_bytes(structure, *size, dtype.itemsize, slabs) / GIB, 3),
            "kernels": "plain" if options.plain else "own",
        }
        frames = measure(name, ours(slabs), references, more)
        references.setdefault("first slabs", frames)


if __name__ == "__main__":
    main()
