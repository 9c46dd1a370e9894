"""Muon for the matrices of the blocks, Adam for everything else, without a single wait for the device.

Muon (Jordan et al., 2024) replaces each matrix's momentum by the nearest matrix with all singular values equal,
found by a few Newton-Schulz iterations; here the matrices of one shape go through them together. Updates are
scaled to the size Adam's would have (Liu et al., 2025), so one learning rate serves both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn


def orthogonalise(matrices: Tensor, iterations: int = 5) -> Tensor:
    """[k, rows, columns] -> the same with singular values near one."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = matrices.to(torch.bfloat16 if matrices.is_cuda else torch.float32)
    tall = x.shape[1] > x.shape[2]
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(iterations):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    result: Tensor = (x.mT if tall else x).to(matrices.dtype)
    return result


class MuonAdam:
    """Call `step(learning_rate)` after the backward pass."""

    def __init__(
        self,
        named_parameters: Iterable[tuple[str, nn.Parameter]],
        momentum: float = 0.95,
        betas: tuple[float, float] = (0.9, 0.98),
        weight_decay: float = 0.01,
        use_muon: bool = True,
    ) -> None:
        self.momentum, self.betas, self.weight_decay = momentum, betas, weight_decay
        self.steps = 0
        by_shape: dict[tuple[int, ...], list[Tensor]] = {}
        self._adam: list[Tensor] = []
        for name, parameter in named_parameters:
            is_hidden = "transformer_blocks" in name and (".attn1." in name or ".ff." in name)
            if use_muon and is_hidden and parameter.dim() == 2:
                by_shape.setdefault(tuple(parameter.shape), []).append(parameter)
            else:
                self._adam.append(parameter)
        self._groups = list(by_shape.values())
        self._momenta = [torch.zeros(len(g), *g[0].shape, device=g[0].device) for g in self._groups]
        self._first = [torch.zeros_like(p) for p in self._adam]
        self._second = [torch.zeros_like(p) for p in self._adam]

    @torch.no_grad()
    def step(self, learning_rate: float) -> None:
        self.steps += 1
        keep = 1 - learning_rate * self.weight_decay
        for group, momentum in zip(self._groups, self._momenta, strict=True):
            gradient = torch.stack([_gradient(p) for p in group])
            momentum.lerp_(gradient, 1 - self.momentum)
            update = orthogonalise(gradient.lerp(momentum, self.momentum))
            scale = 0.2 * max(update.shape[1:]) ** 0.5
            torch._foreach_mul_(group, keep)
            torch._foreach_add_(group, list(update.unbind(0)), alpha=-learning_rate * scale)
        self._adam_step(learning_rate, keep)

    def _adam_step(self, learning_rate: float, keep: float) -> None:
        gradients = [_gradient(p) for p in self._adam]
        beta1, beta2 = self.betas
        torch._foreach_lerp_(self._first, gradients, 1 - beta1)
        torch._foreach_mul_(self._second, beta2)
        torch._foreach_addcmul_(self._second, gradients, gradients, 1 - beta2)
        denominator = torch._foreach_sqrt(self._second)
        torch._foreach_div_(denominator, (1 - beta2**self.steps) ** 0.5)
        torch._foreach_add_(denominator, 1e-8)
        torch._foreach_mul_([p for p in self._adam if p.dim() > 1], keep)
        torch._foreach_addcdiv_(
            self._adam, self._first, denominator, -learning_rate / (1 - beta1**self.steps)
        )

    def state(self) -> dict[str, Tensor]:
        """Everything `restore` needs, as named tensors."""
        named = {"steps": torch.tensor(self.steps)}
        for kind, tensors in self._tensors():
            named |= {f"{kind}.{i}": tensor for i, tensor in enumerate(tensors)}
        return named

    def restore(self, state: dict[str, Tensor]) -> None:
        self.steps = int(state["steps"])
        for kind, tensors in self._tensors():
            for i, tensor in enumerate(tensors):
                tensor.copy_(state[f"{kind}.{i}"])

    def _tensors(self) -> tuple[tuple[str, Sequence[Tensor]], ...]:
        return ("momentum", self._momenta), ("first", self._first), ("second", self._second)


def _gradient(parameter: Tensor) -> Tensor:
    return torch.zeros_like(parameter) if parameter.grad is None else parameter.grad


class GradientGuard:
    """Clips gradients to `clip` and turns those that are not finite, or `jump` times larger than usual, into
    zeros, all on the device. `largest` and `skipped` are for the log."""

    def __init__(self, device: torch.device, clip: float = 1.0, jump: float = 10.0) -> None:
        self._clip, self._jump = clip, jump
        self._usual = torch.tensor(float("inf"), device=device)
        self.largest = torch.zeros((), device=device)
        self.skipped = torch.zeros((), device=device)

    @torch.no_grad()
    def __call__(self, parameters: Sequence[nn.Parameter]) -> None:
        gradients = [p.grad for p in parameters if p.grad is not None]
        norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
        good = norm.isfinite() & (norm <= self._jump * self._usual)
        scale = torch.where(good, (self._clip / (norm + 1e-6)).clamp(max=1), torch.zeros_like(norm))
        for gradient in gradients:
            gradient.nan_to_num_(0.0, 0.0, 0.0)
        torch._foreach_mul_(gradients, scale)
        calmed = torch.where(
            self._usual.isfinite(), self._usual * (norm / self._usual).clamp(0.5, 2) ** 0.02, norm
        )
        self._usual = torch.where(norm.isfinite(), calmed, self._usual)
        self.largest = torch.maximum(self.largest, norm.nan_to_num(float("inf")))
        self.skipped += (~good).float()

    def report(self) -> tuple[float, int]:
        """(largest norm, steps skipped) since the last report."""
        result = float(self.largest), int(self.skipped)
        self.largest, self.skipped = torch.zeros_like(self.largest), torch.zeros_like(self.skipped)
        return result
