"""Files that appear whole, also where somebody looks at what is new."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reelwright_sidecar import files
from reelwright_sidecar.files import StorageError, clear_temporary, publish, write_whole


def held(monkeypatch: pytest.MonkeyPatch, times: int, call: str = "replace") -> list[str]:
    """A virus scanner that holds the file for so many tries."""
    tries: list[str] = []
    replace = getattr(os, call)

    def refused(source: Path, target: Path) -> None:
        tries.append(target.name)
        if len(tries) <= times:
            raise PermissionError(13, "Access is denied", str(target))
        replace(source, target)

    monkeypatch.setattr(os, call, refused)
    return tries


def test_a_file_that_somebody_looks_at_is_replaced_when_he_is_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_PATIENCE", (0.0, 0.0))
    tries = held(monkeypatch, 2)
    write_whole(tmp_path / "kept", b"all of it")
    assert (tmp_path / "kept").read_bytes() == b"all of it"
    assert len(tries) == 3


@pytest.mark.parametrize("patience", [(), (0.0, 0.0)])
def test_a_file_that_cannot_be_replaced_stays_as_it_was(
    patience: tuple[float, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kept").write_bytes(b"before")
    monkeypatch.setattr(files, "_PATIENCE", patience)
    tries = held(monkeypatch, 100)
    with pytest.raises(StorageError):
        write_whole(tmp_path / "kept", b"after")
    assert len(tries) == len(patience) + 1
    assert [file.name for file in tmp_path.iterdir()] == ["kept"]
    assert (tmp_path / "kept").read_bytes() == b"before"


@pytest.mark.parametrize(("overwrite", "call"), [(False, "rename"), (True, "replace")])
def test_a_clip_gets_its_name_when_the_scanner_is_through(
    overwrite: bool, call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_WINDOWS", True)
    monkeypatch.setattr(files, "_PATIENCE", (0.0, 0.0))
    tries = held(monkeypatch, 2, call)
    (tmp_path / ".part").write_bytes(b"all of it")
    publish(tmp_path / ".part", tmp_path / "clip.mp4", overwrite)
    assert [file.name for file in tmp_path.iterdir()] == ["clip.mp4"]
    assert len(tries) == 3


def test_a_name_that_is_taken_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[Path] = []

    def taken(_: Path, target: Path) -> None:
        tries.append(target)
        raise FileExistsError(17, "File exists", str(target))

    monkeypatch.setattr(files, "_WINDOWS", True)
    monkeypatch.setattr(files, "_PATIENCE", (0.0, 0.0))
    monkeypatch.setattr(os, "rename", taken)
    with pytest.raises(FileExistsError):
        publish(tmp_path / ".part", tmp_path / "clip.mp4", False)
    assert len(tries) == 1


def test_what_is_left_over_may_be_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".denoise.safetensors.part").touch()

    def refused(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Access is denied", str(path))

    monkeypatch.setattr(Path, "unlink", refused)
    clear_temporary(tmp_path)
    assert len(list(tmp_path.iterdir())) == 1


def test_only_what_was_being_written_is_cleared_away(tmp_path: Path) -> None:
    for name in (".denoise.safetensors.part", "denoise.safetensors", "holiday.part", ".hidden"):
        (tmp_path / name).touch()
    clear_temporary(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        ".hidden",
        "denoise.safetensors",
        "holiday.part",
    ]


def test_it_has_its_name_only_when_it_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order of writes that a power cut needs: the file, its name, the folder."""
    order: list[str] = []
    sync, replace = os.fsync, os.replace

    def synced(descriptor: int) -> None:
        is_folder = os.path.isdir(f"/proc/self/fd/{descriptor}")
        order.append("folder" if is_folder else "file")
        sync(descriptor)

    def named(source: Path, target: Path) -> None:
        order.append("name")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", named)
    write_whole(tmp_path / "kept", b"all of it")
    assert order == (["file", "name", "folder"] if os.path.isdir("/proc/self/fd") else order)
