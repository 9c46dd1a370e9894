"""On machines with a card but without PyAV: clips that are nothing but their frames and their record, in boxes."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import struct
import sys
from collections.abc import Iterable
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy


class FFmpegError(OSError):
    """What PyAV raises."""


class Frame(SimpleNamespace):
    """A picture that stays what it is."""

    @classmethod
    def from_ndarray(
        cls, picture: numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.uint8]], format: str
    ) -> Frame:
        return cls(data=picture.tobytes(), format=format)

    def reformat(self, **_: object) -> Frame:
        return self


class Stream(SimpleNamespace):
    """One frame in, one packet out."""

    def encode(self, frame: Frame | None) -> list[bytes]:
        return [] if frame is None else [frame.data]


class Container:
    """moov: the comment. mdat: the packets, each after its length."""

    def __init__(self, file: Any, mode: str = "r", **_: object) -> None:
        self.metadata: dict[str, str] = {}
        self._file = file if mode == "w" else None
        self._packets: list[bytes] = []
        if mode != "w":
            self._read(str(file).removeprefix("file:"))

    def __enter__(self) -> Container:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add_stream(self, *_: object, **__: object) -> Stream:
        return Stream(codec_context=SimpleNamespace())

    def mux(self, packets: Iterable[bytes]) -> None:
        self._packets += packets

    def demux(self, video: int) -> list[bytes]:
        return self._packets

    def close(self) -> None:
        if self._file is None:
            return
        packets = b"".join(struct.pack(">I", len(packet)) + packet for packet in self._packets)
        for name, body in ((b"moov", self.metadata["comment"].encode()), (b"mdat", packets)):
            self._file.write(struct.pack(">I4s", 8 + len(body), name) + body)
        self._file = None

    def _read(self, path: str) -> None:
        with open(path, "rb") as stream:
            data = stream.read()
        while len(data) >= 8:
            size, name = struct.unpack(">I4s", data[:8])
            body, data = data[8:size], data[size:]
            if name == b"moov":
                self.metadata["comment"] = body.decode()
            elif name == b"mdat":
                while body:
                    end = 4 + struct.unpack(">I", body[:4])[0]
                    self._packets.append(body[4:end])
                    body = body[end:]
        if "comment" not in self.metadata:
            raise FFmpegError(1, "no clip", path)


def install() -> None:
    """Only where PyAV is not there."""
    if importlib.util.find_spec("av") is not None:
        return
    av, error = ModuleType("av"), ModuleType("av.error")
    vars(error).update(FFmpegError=FFmpegError)
    vars(av).update(open=Container, VideoFrame=Frame, error=error, __version__="0")
    # Libraries look for packages by it.
    av.__spec__ = importlib.machinery.ModuleSpec("av", None)
    sys.modules["av"], sys.modules["av.error"] = av, error
