"""Weights that are pages of their files: locked and sent from where they are, if that can be, else as others are."""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path

import pytest
import torch
from fake_card import FakeCard
from safetensors.torch import load_file, save_file
from torch import nn

from reelwright_sidecar.mapped import is_mapped, map_file, stretches, tensor_in
from reelwright_sidecar.placement.groups import Level, Streaming, divide, group_of
from reelwright_sidecar.placement.streamed import streamed
from reelwright_sidecar.weights import BadWeights, load_module, read_header

EVERYTHING = 2**40
shared = pytest.mark.skipif(sys.platform == "win32", reason="pages of files are not locked there")


class Chain(nn.Module):
    """Six blocks, which call each other in turn."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(16, 16)
        self.blocks = nn.ModuleList([nn.Sequential(nn.Linear(16, 24), nn.Linear(24, 16)) for _ in range(6)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.first(x)
        for block in self.blocks:
            x = torch.tanh(block(x))
        return x


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """The weights of a chain, in two files."""
    torch.manual_seed(1)
    weights = Chain().state_dict()
    half = len(weights) // 2
    files = [tmp_path / f"{number}.safetensors" for number in range(2)]
    for file, some in zip(files, (list(weights)[:half], list(weights)[half:]), strict=True):
        save_file({name: weights[name] for name in some}, file)
    return files


def chain(files: list[Path], dtype: torch.dtype = torch.float32) -> Chain:
    with torch.device("meta"):
        module = Chain()
    load_module(module, files, dtype)
    return module


def stretched(module: Chain, level: Level = "block") -> int:
    """Bytes of the files from the first to the last of the groups'."""
    groups, _ = divide(module, level)
    return sum(stretch.nbytes for stretch in stretches(data for group in groups for data in group.loaded))


X = torch.randn(3, 16, generator=torch.Generator().manual_seed(2))


@shared
@pytest.mark.parametrize("level", ["block", "leaf"])
@pytest.mark.parametrize("slots", [1, 4])
@pytest.mark.parametrize("beside", [False, True])
def test_what_is_in_files_is_locked_there(level: Level, slots: int, beside: bool, files: list[Path]) -> None:
    module, card = chain(files), FakeCard()
    size = stretched(module, level)
    expected = module(X)
    with streamed(module, card, Streaming(level, slots, beside, EVERYTHING)):
        assert (card.locked, card.locked_in_files) == (0, size)
        for _ in range(3):
            assert torch.equal(module(X), expected)
    assert (card.taken, card.locked, card.files) == (0, 0, {})
    assert torch.equal(module(X), expected)


@pytest.mark.parametrize("lockable", [0, 1])
def test_files_that_cannot_be_locked_are_copied(lockable: int, files: list[Path]) -> None:
    module, card = chain(files), FakeCard()
    card.lockable_files = lockable
    expected = module(X)
    with streamed(module, card, Streaming("block", 2, True, EVERYTHING)):
        assert card.files == {}, "the first is not kept for itself"
        assert card.locked > 0
        assert torch.equal(module(X), expected)
    assert card.locked == 0
    # There is no memory to copy them into either.
    card.lockable = 100
    with pytest.raises(MemoryError), streamed(module, card, Streaming("block", 2, True, EVERYTHING)):
        pass
    assert (card.taken, card.locked, card.files) == (0, 0, {})


@shared
def test_no_more_is_locked_than_was_said(files: list[Path]) -> None:
    module = chain(files)
    expected = module(X)
    size = stretched(module)
    for budget in (size, size - 1, size // 2, 0):
        card = FakeCard()
        with streamed(module, card, Streaming("block", 2, True, budget)):
            assert bool(card.files) == (budget == size)
            assert card.locked + card.locked_in_files <= budget
            assert torch.equal(module(X), expected)
        assert (card.locked, card.files) == (0, {})


@shared
def test_what_is_not_in_a_file_is_copied_beside_it(files: list[Path]) -> None:
    module, card = chain(files), FakeCard()
    block = module.blocks[2]
    block.register_parameter("weight", nn.Parameter(torch.ones(5), requires_grad=False))
    own, expected = group_of(block).size, module(X)
    with streamed(module, card, Streaming("block", 2, True, EVERYTHING)):
        assert card.locked_in_files > 0
        assert card.locked == own
        assert torch.equal(module(X), expected)
    assert (card.locked, card.files) == (0, {})


def test_a_render_that_fails_leaves_nothing_locked(files: list[Path]) -> None:
    module, card = chain(files), FakeCard()
    with pytest.raises(RuntimeError), streamed(module, card, Streaming("leaf", 4, True, EVERYTHING)):
        module(X[:, :5])
    assert (card.taken, card.locked, card.files) == (0, 0, {})


@shared
def test_weights_of_another_precision_are_no_pages(files: list[Path]) -> None:
    assert all(is_mapped(tensor) for tensor in chain(files).parameters())
    assert not any(is_mapped(tensor) for tensor in chain(files, torch.bfloat16).parameters())
    assert not is_mapped(X)


@pytest.mark.parametrize("platform", [sys.platform, "win32"])
def test_every_type_and_shape_is_read_as_it_was_written(
    platform: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "odd.safetensors"
    # Of an odd length, so that what follows begins anywhere.
    weights = {
        "flags": torch.tensor([True, False, True]),
        "none": torch.zeros(3, 0),
        "one": torch.tensor(2.5),
    }
    for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn):
        weights[str(dtype)] = torch.randn(3, 5).to(dtype)
    for dtype in (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8):
        weights[str(dtype)] = torch.randint(0, 100, (7, 1, 3), dtype=dtype)
    save_file(weights, file)
    there = load_file(file)
    with monkeypatch.context() as patched:
        patched.setattr(sys, "platform", platform)
        whole = map_file(file)
    assert is_mapped(whole) == (platform != "win32")
    for name, stored in read_header(file).tensors.items():
        found = tensor_in(whole, stored.start, stored.dtype, stored.shape)
        assert found.dtype == weights[name].dtype
        assert found.shape == weights[name].shape
        assert torch.equal(found.double(), there[name].double()), name
    with pytest.raises(ValueError, match="ends at"):
        tensor_in(whole, whole.nbytes - 3, torch.float32, (1,))


def test_a_type_that_nobody_knows(files: list[Path]) -> None:
    header = {"x": {"dtype": "F5", "shape": [1], "data_offsets": [0, 1]}}
    raw = json.dumps(header).encode()
    files[0].write_bytes(len(raw).to_bytes(8, "little") + raw + b"x")
    with pytest.raises(BadWeights, match="F5"):
        chain(files)


@pytest.mark.parametrize("offsets", [([0, 4], [8, 12]), ([0, 4], [0, 4]), ([4, 8], [8, 12])])
def test_tensors_lie_one_after_the_other(offsets: tuple[list[int], list[int]], tmp_path: Path) -> None:
    file = tmp_path / "holes.safetensors"
    header = {
        name: {"dtype": "F32", "shape": [1], "data_offsets": place}
        for name, place in zip("ab", offsets, strict=True)
    }
    raw = json.dumps(header).encode()
    file.write_bytes(len(raw).to_bytes(8, "little") + raw + bytes(max(end for _, end in offsets)))
    with pytest.raises(BadWeights) as raised:
        read_header(file)
    assert raised.value.problem == "damaged"


@shared
def test_a_mapping_lasts_as_long_as_its_tensors(files: list[Path]) -> None:
    stored = next(iter(read_header(files[0]).tensors.values()))
    tensor = tensor_in(map_file(files[0]), stored.start, stored.dtype, stored.shape)
    expected = tensor.clone()
    gc.collect()
    part = tensor[0]
    del tensor
    assert is_mapped(part)
    assert torch.equal(part, expected[0])
    (stretch,) = stretches([part])
    assert (stretch.data_ptr(), stretch.nbytes) == (part.data_ptr(), part.nbytes)
