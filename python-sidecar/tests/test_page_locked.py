"""Page-locked memory is as large as what lies in it, and given back however its use ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import torch
from test_decode_slabs import EVERYTHING, VAES

from reelwright_sidecar import memory
from reelwright_sidecar.decode import windows
from reelwright_sidecar.decode.geometry import Slabs, structure_of
from reelwright_sidecar.decode.peak import host_bytes
from reelwright_sidecar.decode.slabs import decode_in_slabs
from reelwright_sidecar.mapped import map_file
from reelwright_sidecar.memory_errors import lacks_host_memory

PAGE = 4096
OUT_OF_MEMORY = 2
READ_ONLY = 8


@dataclass
class Driver:
    """What CUDA has registered, by address. `flags`: what it is to be asked with. `refuses`: it registers no more."""

    registered: dict[int, int] = field(default_factory=dict)
    flags: int = 0
    refuses: bool = False

    def cudaHostRegister(self, address: int, size: int, flags: int) -> int:
        if self.refuses:
            return OUT_OF_MEMORY
        assert flags == self.flags
        assert address % PAGE == 0
        assert size % PAGE == 0
        self.registered[address] = size
        return 0

    def cudaHostUnregister(self, address: int) -> int:
        del self.registered[address]
        return 0


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Driver:
    driver = Driver()
    monkeypatch.setattr(torch.cuda, "cudart", lambda: driver)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda *_: None)
    monkeypatch.setattr(memory, "forget_cuda_error", lambda: None)
    return driver


@pytest.mark.parametrize("size", [1, 100, PAGE, 3 * PAGE + 1])
def test_no_more_is_locked_than_the_pages_of_it(size: int, driver: Driver) -> None:
    locked = memory.lock(size)
    assert locked.nbytes == size
    assert driver.registered == {locked.data_ptr(): -(-size // PAGE) * PAGE}
    assert locked.data_ptr() % PAGE == 0
    owned = locked.untyped_storage()
    assert locked.data_ptr() + driver.registered[locked.data_ptr()] <= owned.data_ptr() + owned.nbytes()
    memory.unlock(locked)
    assert driver.registered == {}


def test_that_none_is_given_is_a_lack_of_the_machines_own_memory(driver: Driver) -> None:
    driver.refuses = True
    with pytest.raises(MemoryError) as raised:
        memory.lock(PAGE)
    assert lacks_host_memory(raised.value)


@pytest.mark.parametrize(("start", "end"), [(0, PAGE), (1, 2), (100, 3 * PAGE), (PAGE - 1, PAGE + 1)])
def test_bytes_of_a_file_are_locked_with_the_pages_that_they_lie_in(
    start: int, end: int, driver: Driver, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_bytes(bytes(3 * PAGE))
    driver.flags = READ_ONLY
    whole = map_file(file)
    assert memory.lock_mapped(whole[start:end])
    (locked,) = driver.registered
    assert locked == whole.data_ptr() + start // PAGE * PAGE
    assert locked + driver.registered[locked] == whole.data_ptr() + -(-end // PAGE) * PAGE
    memory.unlock(whole[start:end])
    assert driver.registered == {}
    driver.refuses = True
    assert not memory.lock_mapped(whole[start:end])


@dataclass
class Carriers:
    """Carries at once. `on_the_way`: until somebody has waited for the end."""

    driver: Driver
    on_the_way: bool = False

    @contextmanager
    def inward(self) -> Iterator[None]:
        assert self.driver.registered, "what travels is page-locked"
        self.on_the_way = True
        yield

    outward = inward

    def await_memory(self) -> None:
        pass

    def finish(self) -> None:
        self.on_the_way = False


@pytest.fixture
def carriers(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> Carriers:
    """Histories travel as from a card."""
    carriers = Carriers(driver)
    monkeypatch.setattr(windows, "carriers_of", lambda _: carriers)

    def unlock(locked: torch.Tensor) -> None:
        assert not carriers.on_the_way
        memory.unlock(locked)

    monkeypatch.setattr(windows, "unlock", unlock)
    return carriers


@pytest.mark.parametrize("resident", [0, 2**14])
def test_histories_take_what_was_said_and_give_it_back(
    resident: int, driver: Driver, carriers: Carriers
) -> None:
    vae, latents, slabs = VAES["1.0"], torch.randn(1, 4, 5, 6, 5), Slabs(8, resident)
    staying = torch.cat(list(decode_in_slabs(vae, latents, Slabs(8, EVERYTHING))), dim=2)
    assert driver.registered == {}
    batches = decode_in_slabs(vae, latents, slabs)
    first = next(batches)
    said = host_bytes(structure_of(vae.config), 5, 6, 5, 4, slabs)
    assert said > 0
    assert sum(driver.registered.values()) == -(-said // PAGE) * PAGE
    assert torch.equal(torch.cat([first, *batches], dim=2), staying)
    assert driver.registered == {}
    assert not carriers.on_the_way


@pytest.mark.usefixtures("carriers")
def test_a_decode_that_is_cut_gives_them_back_too(driver: Driver) -> None:
    with closing(decode_in_slabs(VAES["1.0"], torch.randn(1, 4, 5, 6, 5), Slabs(8, 0))) as batches:
        next(batches)
        assert driver.registered
    assert driver.registered == {}


@pytest.mark.usefixtures("carriers")
def test_a_decode_that_is_given_none_says_so(driver: Driver) -> None:
    driver.refuses = True
    with pytest.raises(MemoryError):
        list(decode_in_slabs(VAES["1.0"], torch.randn(1, 4, 5, 6, 5), Slabs(8, 0)))
    assert driver.registered == {}
