"""What torch sees on this machine, and whether it can really compute there."""

from __future__ import annotations

import importlib.util
import os
import platform
import sys
import time
from functools import cache

from . import process
from .attention import cudnn_share, sage_share
from .contract import Abilities, Device, Operation, OperationFailed, OperationWorked, Probe
from .decode import pointwise
from .decode.slabs import kernels_for
from .eight_bits_share import product_shares
from .libraries import av, diffusers, torch


def probe() -> Probe:
    """Looks at every device and computes on the best one."""
    devices = [*_cards(), _processor()]
    operation = _operate(devices[0])
    works = operation.kind == "worked" and operation.device == "cuda"
    return Probe(
        python=platform.python_version(),
        torch=str(torch.__version__),
        diffusers=str(diffusers.__version__),
        av=str(av.__version__),
        devices=devices,
        operation=operation,
        abilities=_abilities() if works else None,
        host_bytes=process.held(),
    )


def _cards() -> list[Device]:
    if not torch.cuda.is_available():
        return []
    found = []
    for index in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(index)
        try:
            free, total = torch.cuda.mem_get_info(index)
        except RuntimeError:  # a card that is full or lost; the operation below says so
            free, total = 0, properties.total_memory
        found.append(
            Device(
                kind="cuda",
                name=properties.name,
                capability=f"{properties.major}.{properties.minor}",
                total_bytes=total,
                free_bytes=free,
            )
        )
    return found


def _processor() -> Device:
    total, free = _memory()
    name = platform.processor() or platform.machine() or "CPU"
    return Device(kind="cpu", name=name, capability=None, total_bytes=total, free_bytes=free)


def _memory() -> tuple[int, int]:
    """Bytes of the machine's memory, all and free; 0 where the system does not say (the studio asks elsewhere)."""
    if sys.platform == "win32":
        return 0, 0
    try:
        page = os.sysconf("SC_PAGE_SIZE")
        return page * os.sysconf("SC_PHYS_PAGES"), page * os.sysconf("SC_AVPHYS_PAGES")
    except (ValueError, OSError):
        return 0, 0


def _operate(device: Device) -> Operation:
    """A matrix product and a convolution, checked against what they must give."""
    try:
        began = time.perf_counter()
        ones = torch.ones(256, 256, device=device.kind)
        product = ones @ ones
        picture = torch.ones(1, 8, 3, 32, 32, device=device.kind)
        kernel = torch.ones(8, 8, 3, 3, 3, device=device.kind)
        folded = torch.nn.functional.conv3d(picture, kernel)
        right = float(product.max()) == 256.0 and float(folded.min()) == 8.0 * 27.0
        seconds = time.perf_counter() - began
    except Exception as error:  # noqa: BLE001  what it says is the answer
        return OperationFailed(device=device.kind, detail=str(error)[:4000])
    if not right:
        return OperationFailed(device=device.kind, detail="The device computed a wrong result.")
    return OperationWorked(device=device.kind, seconds=seconds)


@cache
def _abilities() -> Abilities:
    """Once: a kernel is made for it, and kept on disk by Triton."""
    index = torch.cuda.current_device()
    kernels = kernels_for(torch.device("cuda", index)) is not pointwise
    # The compiler writes for Triton. What else it wants shows in the first block, and then there is another plan.
    compiler = kernels and importlib.util.find_spec("torch._inductor") is not None
    capability = torch.cuda.get_device_capability(index)
    return Abilities(
        kernels=kernels,
        compiler=compiler,
        cudnn_attention=cudnn_share(capability),
        sage_attention=sage_share(capability),
        eight_bit_products=product_shares(capability),
    )
