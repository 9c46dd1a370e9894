"""A linear layer and its activation in one product."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F


class GeluLinear(torch.nn.Linear):
    """A linear layer with a bias that gives the GELU, approximated by tanh, of its sums.

    On a card that is part of the product: the sums are never written. Elsewhere torch has only the exact GELU so.
    """

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor
        if input.is_cuda:
            rows = input.flatten(0, -2)
            activated = torch._addmm_activation(self.bias, rows, self.weight.t(), use_gelu=True)
            found = activated.unflatten(0, input.shape[:-1])
        else:
            found = torch.ops.aten.gelu_(F.linear(input, self.weight, self.bias), approximate="tanh")
        return found


def activate(widening: Any) -> None:
    """Has the layer of the library's `GELU` give what is activated already, where it can: where its weight is as it
    was loaded, in half precision. It is the layer's own work, for its weight may come to the device for its forward
    alone."""
    layer = widening.proj
    if type(layer) is not torch.nn.Linear or layer.bias is None or widening.approximate != "tanh":
        return
    # A card's product knows its tanh to six digits: in float32 that is less than there is.
    if layer.weight.dtype in (torch.bfloat16, torch.float16):
        layer.__class__ = GeluLinear
