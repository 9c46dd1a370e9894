"""Carries plans out with CogVideoX models at their true size and random weights, under caps of memory: one JSON line
for each. Needs torch, diffusers and pydantic; a CUDA card, or --tiny to try the program itself on the processor.

    python bench/gpu/plans.py --model 5b --within 6 12 24 --plans resident block leaf sequential
    python bench/gpu/plans.py --model 1.5-5b --plans-from plans.jsonl

A line of `--plans-from` is {"name": ..., "gib": cap or null, "plan": a plan as the contract has it}.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import importlib
import json
import math
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).parents[2] / "python-sidecar"))


def _without(*names: str) -> None:
    """Stands in for libraries that write clips and read words, of which nothing is used here."""
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError:
            sys.modules[name] = ModuleType(name)


_without("av", "av.error", "PIL", "PIL.Image", "PIL.ImageOps", "tokenizers")

from reelwright_sidecar import meter
from reelwright_sidecar.contract import Plan, RenderSettings
from reelwright_sidecar.decode.geometry import structure_of
from reelwright_sidecar.decode.peak import LIBRARIES, slabs_within
from reelwright_sidecar.families.cogvideox import CogVideoX, Conditioning
from reelwright_sidecar.families.cogvideox_denoiser import prepare
from reelwright_sidecar.families.cogvideox_shape import shape_of
from reelwright_sidecar.families.t5 import T5Encoder, t5_shape
from reelwright_sidecar.libraries import AutoencoderKLCogVideoX, CogVideoXTransformer3DModel
from reelwright_sidecar.placement import Placement, Shelf
from reelwright_sidecar.placement.card import Card, card_of
from reelwright_sidecar.weights import Hollow

GIB = 2**30
_TEXT = {"vocab_size": 32128, "d_model": 4096, "d_kv": 64, "num_heads": 64, "d_ff": 10240, "num_layers": 24}
_ROTARY = {"num_attention_heads": 48, "num_layers": 42, "use_rotary_positional_embeddings": True}
_LATER = {**_ROTARY, "patch_size_t": 2, "patch_bias": False, "sample_width": 300, "sample_height": 300}


@dataclass(frozen=True)
class Kind:
    """A model at its true size, and what it is made for."""

    precision: str
    size: tuple[int, int, int]
    transformer: dict[str, Any]
    scaling: float = 0.7
    vae: dict[str, Any] = field(default_factory=dict)
    text: dict[str, Any] = field(default_factory=lambda: dict(_TEXT))

    @property
    def task(self) -> Any:
        return "image-to-video" if self.transformer.get("in_channels", 16) > 16 else "text-to-video"


_PICTURE = {"in_channels": 32, "use_learned_positional_embeddings": True}
KINDS = {
    "2b": Kind("float16", (720, 480, 49), {"num_attention_heads": 30, "num_layers": 30}, 1.15258426),
    "5b": Kind("bfloat16", (720, 480, 49), dict(_ROTARY)),
    "5b-i2v": Kind("bfloat16", (720, 480, 49), {**_ROTARY, **_PICTURE}),
    "1.5-5b": Kind("bfloat16", (1360, 768, 81), {**_LATER, "max_text_seq_length": 224}),
    "1.5-i2v": Kind(
        "bfloat16",
        (1360, 768, 81),
        {**_LATER, "max_text_seq_length": 226, "in_channels": 32, "ofs_embed_dim": 512},
        vae={"invert_scale_latents": True},
    ),
}


def tiny(kind: Kind) -> Kind:
    """The same model, small enough for a processor."""
    small = {"num_attention_heads": 2, "attention_head_dim": 32, "num_layers": 3, "text_embed_dim": 32}
    text = {"vocab_size": 64, "d_model": 32, "d_kv": 16, "num_heads": 2, "d_ff": 64, "num_layers": 2}
    vae = {"block_out_channels": (8, 8, 16, 16), "layers_per_block": 1, "norm_num_groups": 4, **kind.vae}
    base = {"sample_width": 12, "sample_height": 8, "sample_frames": 17, "max_text_seq_length": 8}
    return Kind("float32", (96, 64, 17), {**kind.transformer, **small, **base}, kind.scaling, vae, text)


class Models:
    """The components, with the same random weights for every plan. They are on the host; the device makes them."""

    def __init__(self, kind: Kind, device: torch.device) -> None:
        self._kind, self._device = kind, device
        self._dtype: torch.dtype = getattr(torch, kind.precision)
        self._shelf: dict[str, Any] = {}

    def load(self, name: str) -> Any:
        if name not in self._shelf:
            torch.manual_seed({"text_encoder": 1, "transformer": 2, "vae": 3}[name])
            with Hollow():
                module = self._hollow(name)
            for key, weight in module.state_dict().items():
                value = weight
                if weight.is_meta:
                    value = torch.randn(weight.shape, device=self._device, dtype=self._dtype)
                    ones = weight.dim() == 1 and key.endswith("weight")
                    value = value.mul_(0.5 / math.sqrt(weight.shape[-1])).add_(1.0 if ones else 0.0)
                _assign(module, key, value.to("cpu", self._dtype))
            self._shelf[name] = module.requires_grad_(False).eval()
        return self._shelf[name]

    def forget(self, name: str) -> None:
        self._shelf.pop(name, None)

    def _hollow(self, name: str) -> Any:
        kind = self._kind
        if name == "text_encoder":
            return T5Encoder(t5_shape({**kind.text, "feed_forward_proj": "gated-gelu"}))
        if name == "transformer":
            return CogVideoXTransformer3DModel(
                **{"in_channels": 16, "text_embed_dim": 4096, "max_text_seq_length": 226, **kind.transformer}
            )
        blocks = {
            f"{way}_block_types": (f"CogVideoX{way.capitalize()}Block3D",) * 4 for way in ("down", "up")
        }
        return AutoencoderKLCogVideoX(
            **{
                "block_out_channels": (128, 256, 256, 512),
                "latent_channels": 16,
                "scaling_factor": kind.scaling,
                **blocks,
                **kind.vae,
            }
        )


def _assign(module: Any, key: str, value: torch.Tensor) -> None:
    *path, last = key.split(".")
    owner = module.get_submodule(".".join(path))
    if last in owner._parameters:
        owner._parameters[last] = torch.nn.Parameter(value, requires_grad=False)
    else:
        owner._buffers[last] = value


class Utilisation:
    """What NVML says of the card in a while, ten times a second: the median of what it was busy."""

    def __init__(self) -> None:
        self._seen: list[int] = []
        self._stop = threading.Event()
        try:
            self._nvml = ctypes.CDLL("nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1")
            self._card = ctypes.c_void_p()
            self._nvml.nvmlInit_v2()
            failed = self._nvml.nvmlDeviceGetHandleByIndex_v2(0, ctypes.byref(self._card))
        except OSError:
            failed = 1
        self._thread = None if failed else threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Utilisation:
        if self._thread is not None:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    @property
    def percent(self) -> float | None:
        return statistics.median(self._seen) if self._seen else None

    def _watch(self) -> None:
        class Rates(ctypes.Structure):
            _fields_ = (("gpu", ctypes.c_uint), ("memory", ctypes.c_uint))

        rates = Rates()
        while not self._stop.wait(0.1):
            if self._nvml.nvmlDeviceGetUtilizationRates(self._card, ctypes.byref(rates)) == 0:
                self._seen.append(rates.gpu)


class Phases:
    """Seconds and peaks of each phase."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self.told: dict[str, dict[str, Any]] = {}

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        gc.collect()
        self._settle()
        meter.begin()
        began = time.perf_counter()
        yield
        self._settle()
        peak = meter.peak()

        def gib(size: int | None) -> float | None:
            return None if size is None else round(size / GIB, 3)

        self.told[name] = {
            "seconds": round(time.perf_counter() - began, 3),
            "allocated_gib": gib(peak.allocated_bytes),
            "reserved_gib": gib(peak.reserved_bytes),
            "host_gib": gib(peak.host_bytes),
        }

    def _settle(self) -> None:
        if self._device.type == "cuda":
            torch.cuda.synchronize()


@dataclass
class Bench:
    """One model and what its plans are compared with."""

    kind: Kind
    models: Models
    folder: Path
    steps: int
    text: bool
    card: Callable[[str], Card | None] = card_of
    reference: dict[str, torch.Tensor] = field(default_factory=dict)

    def settings(self) -> RenderSettings:
        width, height, frames = self.kind.size
        picture = "picture" if self.kind.task == "image-to-video" else None
        return RenderSettings.model_validate(
            {
                **{"prompt": "a", "negativePrompt": "", "image": picture, "width": width, "height": height},
                **{
                    "frames": frames,
                    "fps": 8,
                    "steps": self.steps,
                    "guidance": 6.0,
                    "scheduler": "dpm",
                    "seed": 1,
                },
            }
        )

    @torch.inference_mode()
    def run(self, name: str, plan: Plan, cap: float | None) -> None:
        """Carries out one plan and prints what it took."""
        card = self.card(plan.device)
        device = torch.device("cpu") if card is None else card.device
        total = torch.cuda.mem_get_info()[1] if device.type == "cuda" else None
        if total is not None:
            torch.cuda.empty_cache()
            torch.cuda.set_per_process_memory_fraction(1.0 if cap is None else min(cap * GIB / total, 1.0))
        line: dict[str, Any] = {
            "name": name,
            "cap_gib": cap,
            "plan": plan.model_dump(mode="json", by_alias=True),
        }
        phases = Phases(device)
        try:
            line |= self._render(plan, card, device, phases)
        except (torch.cuda.OutOfMemoryError, RuntimeError) as error:
            line["failed"] = str(error).splitlines()[0][:300]
        print(json.dumps({**line, "phases": phases.told}), flush=True)

    def _render(self, plan: Plan, card: Card | None, device: torch.device, phases: Phases) -> dict[str, Any]:
        kind, settings = self.kind, self.settings()
        dtype = getattr(torch, plan.precision)

        def load(component: Any) -> Any:
            module = self.models.load(component)
            if component == "transformer":
                prepare(module, plan, self.folder / "kernels")
            return module

        placement = Placement(Shelf(), card, plan.placements, load)
        shape = shape_of(
            self.models.load("transformer").config, self.models.load("vae").config, kind.task, settings
        )
        video = CogVideoX(self.folder, shape, settings, placement, plan, dtype)
        told: dict[str, Any] = {}
        try:
            with phases.of("encode"):
                conditioning = self._conditioning(video, placement, device, dtype, shape.tokens)
            if not self.text:
                self.models.forget("text_encoder")
            seconds: list[float] = []
            with (
                phases.of("denoise"),
                Utilisation() as busy,
                closing(video.denoise(conditioning, video.begin(conditioning))) as states,
            ):
                began = time.perf_counter()
                for state, _ in states:
                    if device.type == "cuda":
                        torch.cuda.synchronize()
                    seconds.append(time.perf_counter() - began)
                    began = time.perf_counter()
                    latents = state.latents
            told["seconds_a_step"] = round(statistics.median(seconds[1:] or seconds), 4)
            told["first_step_seconds"] = round(seconds[0], 3)
            told["utilisation_percent"] = busy.percent
            with phases.of("decode"), closing(video.decode(latents)) as batches:
                frames = torch.cat([batch.cpu() for batch in batches]).float()
        finally:
            placement.close()
            if plan.storage.transformer != "same" or plan.compile or plan.attention != "sdpa":
                self.models.forget("transformer")
        told |= self._compared("latents", latents.cpu().float()) | self._compared("frames", frames)
        return told

    def _conditioning(
        self, video: CogVideoX, placement: Placement, device: torch.device, dtype: torch.dtype, tokens: int
    ) -> Conditioning:
        """The prompts by a text encoder of the true size where it is asked for, else random; a random picture."""
        generator = torch.Generator("cpu").manual_seed(6)
        width = self.models.load("transformer").config.text_embed_dim
        if self.text:
            with placement.on("text_encoder") as encoder:
                ids = torch.randint(0, 60, (2, tokens), generator=generator)
                states = torch.cat([encoder(one[None].to(device)) for one in ids])
            placement.let_go("text_encoder")
        else:
            states = torch.randn(2, tokens, width, generator=generator)
        image = None
        if self.kind.task == "image-to-video":
            pixels = torch.randint(0, 256, (self.kind.size[1], self.kind.size[0], 3), generator=generator)
            image = video._encode_image(pixels.to(torch.uint8).numpy(), generator)
        return Conditioning(states.to(device, dtype), image, generator.get_state())

    def _compared(self, what: str, values: torch.Tensor) -> dict[str, Any]:
        known = self.reference.setdefault(what, values)
        error = (values - known).square().mean().item()
        peak = 2.0 if what == "frames" else (known.max() - known.min()).item()
        return {
            f"{what}_finite": bool(torch.isfinite(values).all()),
            f"{what}_psnr": None if error == 0 else round(10 * math.log10(peak**2 / error), 1),
            f"{what}_equal": torch.equal(values, known),
        }


def named_plan(name: str, kind: Kind, device: str, cap: float | None) -> Plan:
    """A plan by its short name: a placement of the denoiser, with -seq, -fp8, -compile as wanted."""
    place, *more = name.split("-")
    streamed = {"kind": "group-offload", "stream": True, "recordStream": "more" in more, "pinnedBytes": 2**40}
    denoiser: dict[str, Any] = {
        "resident": {"kind": "resident"},
        "model": {"kind": "model-offload"},
        "block": {**streamed, "level": "block"},
        "leaf": {**streamed, "level": "leaf"},
        "unpinned": {**streamed, "level": "block", "pinnedBytes": 0},
        "staged": {**streamed, "level": "block", "pinnedBytes": GIB},
        "sequential": {"kind": "sequential"},
    }[place]
    away = {"kind": "model-offload"}
    width, height, frames = kind.size
    slabs = None
    if cap is not None:
        structure = structure_of(kind.vae)
        size = (frames - 1) // 4 + 1, height // 8, width // 8
        free = round(0.95 * cap * GIB) - LIBRARIES - round(0.3 * GIB)
        slabs = slabs_within(structure, *size, 2, free)
    decode = {
        "slabRows": None if slabs is None else slabs.rows,
        "residentBytes": 0 if slabs is None else slabs.resident,
    }
    return Plan.model_validate(
        {
            "device": device,
            "precision": kind.precision,
            "checkpointEverySteps": 5,
            "placements": {
                "textEncoder": {**streamed, "level": "block"} if place != "sequential" else denoiser,
                "transformer": denoiser,
                "vae": away,
            },
            "storage": {"transformer": "fp8" if "fp8" in more else "same"},
            "guidance": "sequential" if "seq" in more else "batched",
            "attention": "sage" if "sage" in more else "sdpa",
            "compile": "compile" in more,
            "decode": decode,
            "encode": {"slabRows": 64, "residentBytes": 0},
            "pinnedBytes": 2**40,
            "reserveFraction": None,
        }
    )


def main() -> None:
    """Reads the command line and measures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="5b", choices=list(KINDS))
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--within", nargs="*", type=float, default=[], help="GiB; without it there is no cap")
    parser.add_argument("--plans", nargs="*", default=["resident", "model", "block", "leaf", "sequential"])
    parser.add_argument("--plans-from", type=Path)
    parser.add_argument("--text", action="store_true", help="with the text encoder at its true size")
    parser.add_argument("--tiny", action="store_true", help="small models on the processor")
    options = parser.parse_args()

    kind = tiny(KINDS[options.model]) if options.tiny else KINDS[options.model]
    device = "cpu" if options.tiny else "cuda"
    temporary = tempfile.TemporaryDirectory(prefix="reelwright-plans-")
    folder = Path(temporary.name)
    scheduler = {
        **{"_class_name": "CogVideoXDDIMScheduler", "beta_schedule": "scaled_linear", "clip_sample": False},
        **{"prediction_type": "v_prediction", "rescale_betas_zero_snr": True, "set_alpha_to_one": True},
        **{"snr_shift_scale": 3.0 if options.model == "2b" else 1.0, "timestep_spacing": "trailing"},
    }
    (folder / "scheduler").mkdir()
    (folder / "scheduler" / "scheduler_config.json").write_text(json.dumps(scheduler))
    bench = Bench(kind, Models(kind, torch.device(device)), folder, options.steps, options.text)
    name = "processor" if options.tiny else torch.cuda.get_device_name()
    print(json.dumps({"model": options.model, "device": name, "torch": torch.__version__}), flush=True)
    if options.plans_from is not None:
        for text in options.plans_from.read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            bench.run(line["name"], Plan.model_validate(line["plan"]), line.get("gib"))
        return
    # The first is what the others are compared with.
    for short in options.plans:
        for cap in options.within or [None]:
            bench.run(short, named_plan(short, kind, device, cap), cap)


if __name__ == "__main__":
    main()
