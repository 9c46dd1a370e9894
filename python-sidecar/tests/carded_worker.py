"""The real worker beside a card that is not there: torch is said to have found it, and plans for it are carried out
with its memory taken from the host's. What the plan says of precision is not done: a processor calculates in float32,
or waits for ever. Start it in the worker's place: `python -s carded_worker.py`.

REELWRIGHT_TEST_CARD: `{"name": ..., "capability": "8.9", "totalBytes": ..., "freeBytes": ...}`, a device as a probe
tells of it. REELWRIGHT_TEST_PLANS: a file to which the plan of each order is added, a line of JSON each.
"""

from reelwright_sidecar.descriptors import take_descriptors

if __name__ == "__main__":
    _read, _write = take_descriptors()

import functools
import os
from pathlib import Path
from unittest.mock import patch

from fake_card import FakeCard

from reelwright_sidecar import probe, render
from reelwright_sidecar.__main__ import main
from reelwright_sidecar.contract import Abilities, Device, OperationWorked, ProductShares, RenderOrder
from reelwright_sidecar.libraries import torch
from reelwright_sidecar.worker import Worker


def install(card: Device, plans: Path) -> None:
    """Has every probe of this process find the card, and every render take place on it."""
    memory = FakeCard(card.total_bytes)
    carry_out = Worker._render

    def written_down(worker: Worker, id: int | str, order: RenderOrder) -> None:
        with plans.open("a", encoding="utf-8") as file:
            file.write(f"{order.plan.model_dump_json(by_alias=True)}\n")
        carry_out(worker, id, order)

    for owner, name, instead in (
        (probe, "_cards", lambda: [card]),
        (probe, "_operate", lambda _: OperationWorked(device="cuda", seconds=0.01)),
        (
            probe,
            "_abilities",
            lambda: Abilities(
                kernels=False,
                compiler=False,
                cudnn_attention=None,
                sage_attention=None,
                eight_bit_products=ProductShares(int8=None, fp8=None),
            ),
        ),
        (render, "Render", functools.partial(render.Render, card_of=lambda _: memory)),
        (render, "_DTYPES", dict.fromkeys(render._DTYPES, torch.float32)),
        (torch.cuda, "set_per_process_memory_fraction", lambda _: None),
        (Worker, "_render", written_down),
    ):
        patch.object(owner, name, instead).start()


if __name__ == "__main__":
    install(
        Device.model_validate_json(os.environ["REELWRIGHT_TEST_CARD"]),
        Path(os.environ["REELWRIGHT_TEST_PLANS"]),
    )
    main(_read, _write)
