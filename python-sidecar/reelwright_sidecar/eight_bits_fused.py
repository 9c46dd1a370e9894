"""What is around a product in eight bits, each part as one kernel: every number is read and written once, and rounded
once. Needs Triton, and for that a compiler on the machine.
"""

# mypy: disable-error-code="import-untyped, untyped-decorator, no-untyped-def, no-untyped-call"

from __future__ import annotations

import torch
import triton
import triton.language as tl

# Added to what is far smaller, it leaves a whole number in the last bits: the nearest, of two the even one.
_WHOLE = tl.constexpr(1.5 * 2**23)
# Sums that are scaled at once: eight for a thread, of as many rows, which share what is read for a column.
_ROWS, _COLUMNS, _WARPS = 8, 1024, 4


# One row, which is kept in hand between its largest and what becomes of it.
@triton.jit
def _round(rows, numbers, steps, width, LARGEST: tl.constexpr, LEAST_STEP: tl.constexpr, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    column = tl.arange(0, BLOCK)
    within = column < width
    start = row.to(tl.int64) * width
    value = tl.load(rows + start + column, within, 0).to(tl.float32)
    # By its bits what is no number is the largest of all.
    size = tl.max(value.to(tl.int32, bitcast=True) & 0x7FFFFFFF, 0).to(tl.float32, bitcast=True)
    step = tl.div_rn(size, LARGEST)
    step = tl.where(step < LEAST_STEP, LEAST_STEP, step)
    tl.store(steps + row, step)
    value *= tl.div_rn(1.0, step)
    if numbers.dtype.element_ty == tl.int8:
        found = (value + _WHOLE).to(tl.int32, bitcast=True).to(tl.int8)
    else:
        found = value.to(numbers.dtype.element_ty)
    tl.store(numbers + start + column, found, within)


# Some columns of some rows, one after another. What differs from clip to clip is not specialised for: every
# specialisation is a kernel to be made.
@triton.jit(do_not_specialize=["height"])
def _scale(sums, scale, steps, bias, result, height, width, ROWS: tl.constexpr, COLUMNS: tl.constexpr):
    column = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)
    across = column < width
    factor = tl.load(scale + column, across, 0).to(tl.float32)
    if bias is not None:
        more = tl.load(bias + column, across, 0).to(tl.float32)
    for each in tl.static_range(ROWS):
        row = tl.program_id(0) * ROWS + each
        if row < height:
            start = row.to(tl.int64) * width
            value = tl.load(sums + start + column, across, 0).to(tl.float32) * factor
            value *= tl.load(steps + row)
            if bias is not None:
                value += more
            tl.store(result + start + column, value, across)


def rounded(
    rows: torch.Tensor, dtype: torch.dtype, largest: float, least_step: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """The nearest numbers to [rows, width] in steps of which the largest of a row has so many, and the size of these
    steps: float32 [rows, 1]."""
    rows = rows.contiguous()
    numbers = torch.empty_like(rows, dtype=dtype)
    steps = rows.new_empty(len(rows), 1, dtype=torch.float32)
    block = triton.next_power_of_2(rows.shape[1])
    _round[(len(rows),)](
        rows,
        numbers,
        steps,
        rows.shape[1],
        LARGEST=float(largest),
        LEAST_STEP=least_step,
        BLOCK=block,
        num_warps=_warps(block),
    )
    return numbers, steps


def scaled(
    sums: torch.Tensor,
    scale: torch.Tensor,
    steps: torch.Tensor,
    bias: torch.Tensor | None,
    result: torch.Tensor,
) -> None:
    """Whole sums [rows, width], each by the scale of its column [width, 1] and by the steps of its row [rows, 1], with
    the bias of its column. All lie as they are counted."""
    height, width = sums.shape
    _scale[(triton.cdiv(height, _ROWS), triton.cdiv(width, _COLUMNS))](
        sums, scale, steps, bias, result, height, width, ROWS=_ROWS, COLUMNS=_COLUMNS, num_warps=_WARPS
    )


def _warps(numbers: int) -> int:
    """For so many numbers in hand: sixteen for a thread, of the widest rows twice as many."""
    return min(max(numbers // 512, 1), 16)
