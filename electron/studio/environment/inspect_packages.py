"""Finds installed packages whose files are missing or changed, by their own records.

Prints one JSON object: {"missing": [names], "changed": [names], "unreadable": [folders]}. With --thorough
it reads every file; without, it looks at presence and size only.
"""

import base64
import hashlib
import json
import sys
from importlib.metadata import Distribution, PackagePath
from pathlib import Path


def state(file: PackagePath, thorough: bool) -> str:
    place = Path(str(file.locate()))
    if not place.is_file():
        return "missing"
    if file.hash is None:
        return "good"
    if file.size is not None and place.stat().st_size != file.size:
        return "changed"
    if thorough and file.hash.mode == "sha256":
        with place.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != file.hash.value:
            return "changed"
    return "good"


def inspect(distribution: Distribution, thorough: bool) -> str:
    files = distribution.files
    if not files:
        return "missing"
    states = {state(file, thorough) for file in files if file.suffix != ".pyc"}
    return "changed" if "changed" in states else "missing" if "missing" in states else "good"


def main() -> None:
    found: dict[str, list[str]] = {"missing": [], "changed": [], "unreadable": [], "good": []}
    for folder in (path for path in sys.path if path.endswith("site-packages")):
        for record in Path(folder).glob("*.dist-info"):
            distribution = Distribution.at(record)
            # An installation that was cut may have left a record that says nothing.
            name = distribution.metadata["Name"] if (record / "METADATA").is_file() else None
            kind = inspect(distribution, "--thorough" in sys.argv) if name else "unreadable"
            found[kind].append(name or str(record))
    del found["good"]
    print(json.dumps(found))


if __name__ == "__main__":
    main()
