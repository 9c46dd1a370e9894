"""Makes the small wheels that the set-up's tests install, so that they need no network. Test support.

Usage: make_wheels.py FOLDER. Prints {"name": "sha256", ...}.
"""

import base64
import hashlib
import json
import sys
import zipfile
from pathlib import Path


def digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def make(folder: Path, name: str, version: str, files: dict[str, bytes]) -> str:
    record = f"{name}-{version}.dist-info"
    described = {
        **files,
        f"{record}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{record}/WHEEL": b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = [f"{path},sha256={digest(content)},{len(content)}" for path, content in described.items()]
    described[f"{record}/RECORD"] = ("\n".join([*lines, f"{record}/RECORD,,"]) + "\n").encode()
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in described.items():
            entry = zipfile.ZipInfo(path)
            entry.external_attr = (0o100755 if ".data/scripts/" in path else 0o100644) << 16
            archive.writestr(entry, content)
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    many = {f"tiny_many/part_{index}.py": f"number = {index}\n".encode() * 40 for index in range(3000)}
    hashes = {
        "tiny-engine": make(
            folder,
            "tiny_engine",
            "1.0",
            {"tiny_engine/__init__.py": b"", "tiny_engine/core.py": b"one = 1\n"},
        ),
        "tiny-many": make(folder, "tiny_many", "1.0", many),
        "tiny-tool": make(folder, "tiny_tool", "1.0", {"tiny_tool.py": b"tool = True\n"}),
        # Stands in for the real installer: hands everything to the one named by REAL_UV.
        "uv": make(
            folder, "uv", "0.13.9", {"uv-0.13.9.data/scripts/uv": b'#!/bin/sh\nexec "$REAL_UV" "$@"\n'}
        ),
    }
    print(json.dumps(hashes))


if __name__ == "__main__":
    main()
