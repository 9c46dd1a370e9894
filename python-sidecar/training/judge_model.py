"""The judge: a small network that says what a clip shows. It is trained on drawn clips alone and never sees
what a denoiser makes, so its word on that is independent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from .world.attributes import ATTRIBUTES
from .world.parameters import Parameters

WEIGHTS = Path(__file__).parent / "judge" / "attributes.safetensors"
FRAME_WEIGHTS = WEIGHTS.with_name("frame.safetensors")
"""The judge of single frames: the same network, trained on them. The judge of clips looks at change and is
right about the toy on only 78 % of *drawn* last frames."""
FRAME_ATTRIBUTES = ("setting", "time", "subject", "color")
"""What a single frame shows: all but the motion."""


def shrink(clips: Tensor) -> Tensor:
    """Clips [n, 17, 3, 160, 256] in 0..1 -> what the judge looks at: [n, 3, 9, 80, 128]; frames: [n, 3, 1, 80, 128]"""
    half = functional.avg_pool2d(clips[:, ::2].flatten(0, 1).float(), 2)
    shrunk: Tensor = half.unflatten(0, (len(clips), -1)).permute(0, 2, 1, 3, 4).contiguous()
    return shrunk


def _block(
    inputs: int, outputs: int, kernel: tuple[int, int, int], stride: tuple[int, int, int]
) -> nn.Module:
    padding = (kernel[0] // 2, kernel[1] // 2, kernel[2] // 2)
    convolution = nn.Conv3d(inputs, outputs, kernel, stride, padding)
    return nn.Sequential(convolution, nn.BatchNorm3d(outputs), nn.ReLU(inplace=True))


class Judge(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(
            _block(5, 32, (1, 5, 5), (1, 2, 2)),
            _block(32, 64, (3, 3, 3), (1, 2, 2)),
            _block(64, 96, (3, 3, 3), (2, 2, 2)),
            _block(96, 128, (3, 3, 3), (1, 2, 2)),
        )
        self.heads = nn.ModuleDict({name: nn.Linear(256, len(values)) for name, values in ATTRIBUTES.items()})

    def forward(self, small: Tensor) -> dict[str, Tensor]:
        """Shrunk clips -> logits for every attribute."""
        n, _, t, h, w = small.shape
        columns = torch.linspace(-1, 1, w, device=small.device).view(1, 1, 1, 1, w).expand(n, 1, t, h, w)
        rows = torch.linspace(-1, 1, h, device=small.device).view(1, 1, 1, h, 1).expand(n, 1, t, h, w)
        features = self.net(torch.cat([small * 2 - 1, columns, rows], 1))
        pooled = torch.cat([features.mean((2, 3, 4)), features.amax((2, 3, 4))], 1)
        return {name: head(pooled) for name, head in self.heads.items()}

    @torch.no_grad()
    def name_attributes(self, clips: Tensor, batch: int = 16) -> dict[str, Tensor]:
        """Clips [n, 17, 3, 160, 256] -> the index of the likeliest value of each attribute [n], on the CPU."""
        self.eval()
        device = next(self.parameters()).device
        logits = [self(shrink(part.to(device))) for part in clips.split(batch)]
        return {name: torch.cat([part[name].argmax(1).cpu() for part in logits]) for name in ATTRIBUTES}


def load_judge(path: Path = WEIGHTS, device: torch.device | str = "cpu") -> Judge:
    judge = Judge()
    state = load_file(path)
    judge.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in state.items()})
    return judge.to(device).eval()


def save_judge(judge: Judge, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    state = judge.state_dict()
    save_file({k: (v.half() if v.is_floating_point() else v).cpu() for k, v in state.items()}, path)


def accuracy(
    named: dict[str, Tensor], truth: Parameters, names: Sequence[str] = tuple(ATTRIBUTES)
) -> dict[str, float]:
    """The share of clips on which each attribute is right, and on which all are."""
    right = {name: named[name] == truth[name] for name in names}
    shares = {name: round(ok.float().mean().item(), 4) for name, ok in right.items()}
    shares["all"] = round(torch.stack(list(right.values())).all(0).float().mean().item(), 4)
    return shares
