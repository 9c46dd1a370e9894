"""Proves an environment: imports what the worker needs and does one real operation on the device.

Prints one JSON object as its last line.
"""

import importlib
import json
from typing import Any


def device_and_operation() -> dict[str, Any]:
    import torch

    reason = None
    if torch.cuda.is_available():
        try:
            product = torch.full((64, 64), 0.5, device="cuda") @ torch.full((64, 64), 2.0, device="cuda")
            if product.sum().item() == 64.0**3:
                return {"kind": "cuda", "name": torch.cuda.get_device_name()}
            reason = "The graphics card calculates wrongly."
        except RuntimeError as error:
            reason = f"The graphics card does not work with this torch: {str(error).splitlines()[0]}"
    product = torch.full((64, 64), 0.5) @ torch.full((64, 64), 2.0)
    if product.sum().item() != 64.0**3:
        raise RuntimeError("torch calculates wrongly on the processor")
    if torch.backends.mps.is_available():
        return {"kind": "mps"}
    return {"kind": "cpu", "reason": reason}


def main() -> None:
    device = device_and_operation()
    versions = {name: importlib.import_module(name).__version__ for name in ("torch", "diffusers", "av")}
    print(json.dumps({"torch": versions["torch"], "device": device}))


if __name__ == "__main__":
    main()
