"""A folder of frames gets its name although a virus scanner looks at what is in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reelwright_sidecar import files
from reelwright_sidecar.export.appear import writing_folder


@pytest.mark.parametrize(("looks", "appears"), [(2, True), (3, False)])
def test_a_folder_gets_its_name_when_the_scanner_is_through(
    looks: int, appears: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = os.rename
    tries: list[Path] = []

    def held(source: Path, target: Path) -> None:
        tries.append(target)
        if len(tries) <= looks:
            raise PermissionError(13, "Access is denied", str(target))
        rename(source, target)

    monkeypatch.setattr(files, "_PATIENCE", (0.0, 0.0))
    monkeypatch.setattr(os, "rename", held)
    out = tmp_path / "clip-frames"
    try:
        with writing_folder(out) as folder:
            (folder / "frame-0001.png").write_bytes(b"a picture")
    except PermissionError:
        assert not appears
    assert len(tries) == 3
    assert [path.name for path in tmp_path.rglob("*")] == (
        ["clip-frames", "frame-0001.png"] if appears else []
    )
