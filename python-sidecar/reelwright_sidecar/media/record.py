"""What a clip says of itself: a record in JSON, once as its comment and once as XMP."""

from __future__ import annotations

import json
import struct
from typing import Protocol, TypedDict

XMP_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_ROOM = 400
"""Bytes that are kept free in the comment for what is known at the end only."""
_LONGEST = 256 * 1024
"""Characters of a record at most: anything longer is somebody else's."""
_RECOVERIES = "recoveries"
"""What went wrong on the way to it: one more when a try ended after the clip had its name."""


class Made(TypedDict):
    """What is known of a clip when it is finished."""

    createdAt: int
    seconds: float
    phaseSeconds: dict[str, float]


class OpenFile(Protocol):
    """A file that is open to be read and written."""

    def read(self, count: int) -> bytes: ...
    def write(self, data: bytes) -> int: ...
    def seek(self, offset: int) -> int: ...


def with_room(record: str) -> str:
    """The comment to begin with: blanks hold the place of what will be added."""
    return _ascii(json.loads(record)) + " " * _ROOM


def completed(record: str, made: Made | None) -> str:
    """The record with what is known at the end, in nothing but ASCII."""
    found = json.loads(record)
    return _ascii({**found, **made} if made is not None else found)


def is_record(comment: str) -> bool:
    """Whether a comment is the studio's own."""
    if len(comment) > _LONGEST or '"reelwright-clip"' not in comment:
        return False
    return isinstance(_lasting(comment), dict)


def same_clip(one: str, other: str) -> bool:
    """Whether two records are of the same clip, whenever it was made, however long it took and after what."""
    return _lasting(one) == _lasting(other)


def patch_comment(file: OpenFile, before: str, after: str) -> None:
    """Puts the completed record where the one with room is, byte for byte as long."""
    old = before.encode()
    new = after.encode().ljust(len(old))
    if len(new) != len(old):
        raise ValueError("The record is longer than the room that was kept for it.")
    start, moov = _find_moov(file)
    at = moov.find(old)
    if at < 0:
        raise ValueError("The comment is not where it was written.")
    file.seek(start + at)
    file.write(new)


def xmp_packet(record: str) -> bytes:
    """The record as XMP; the studio writes the same (`sharing/xmp.ts`)."""
    text = record.replace("&", "&#38;").replace("<", "&#60;").replace(">", "&#62;")
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:reelwright="urn:reelwright:1">'
        f"<reelwright:settings>{text}</reelwright:settings>"
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    ).encode()


def xmp_box(record: str) -> bytes:
    """The `uuid` box with the record."""
    packet = xmp_packet(record)
    return struct.pack(">I4s", 24 + len(packet), b"uuid") + XMP_BOX + packet


def _ascii(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def _lasting(record: str) -> object:
    try:
        found = json.loads(record)
    except (ValueError, RecursionError):
        return record
    if not isinstance(found, dict):
        return found
    passing = {*Made.__annotations__, _RECOVERIES}
    return {key: value for key, value in found.items() if key not in passing}


def _find_moov(file: OpenFile) -> tuple[int, bytes]:
    at = 0
    while True:
        file.seek(at)
        head = file.read(16)
        if len(head) < 16:
            raise ValueError("The clip has no index.")
        size, kind = struct.unpack(">I4s", head[:8])
        if size == 1:
            size = struct.unpack(">Q", head[8:])[0]
        if kind == b"moov":
            file.seek(at)
            return at, file.read(size)
        if size < 8:
            raise ValueError("The clip has no index.")
        at += size
