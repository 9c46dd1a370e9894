"""JSON-RPC 2.0 with Content-Length framing, as vscode-jsonrpc's StreamMessageReader and StreamMessageWriter speak it.

Whatever arrives, nothing here raises because of it: broken messages become `Malformed` and are answered.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
BUSY = -32000

SIZE_LIMIT = 16 * 1024 * 1024
_HEADER_LIMIT = 8 * 1024
_LENGTH = re.compile(rb"Content-Length:[ \t]*(\d{1,15})[ \t]*(?:\r\n|$)", re.IGNORECASE)

Id = int | str


class Message(BaseModel):
    """A request (with id) or a notification (without)."""

    model_config = ConfigDict(extra="ignore", strict=True)
    jsonrpc: Literal["2.0"]
    id: int | str | None = None
    method: str
    params: dict[str, Any] | list[Any] | None = None


class _CancelParams(BaseModel):
    """The parameters of `$/cancelRequest`."""

    model_config = ConfigDict(extra="ignore", strict=True)
    id: int | str


@dataclass(frozen=True)
class Request:
    """What wants an answer."""

    id: Id
    method: str
    params: object


@dataclass(frozen=True)
class Malformed:
    """A message that cannot be understood, and how to say so."""

    code: int
    reason: str
    id: Id | None = None


class Decoder:
    """Cuts a stream of bytes, in chunks of any size, into message bodies.

    After bytes that are no message it goes on at the next header it recognises.
    """

    def __init__(self, limit: int = SIZE_LIMIT) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._body: int | None = None
        self._skip = 0
        self._noise = False

    def feed(self, chunk: bytes) -> Iterator[bytes | Malformed]:
        """Takes a chunk, yields what is complete."""
        self._buffer += chunk
        while True:
            if self._skip:
                dropped = min(self._skip, len(self._buffer))
                del self._buffer[:dropped]
                self._skip -= dropped
                if self._skip:
                    return
            if self._body is None:
                found = self._header()
                if found is None:
                    return
                if isinstance(found, Malformed):
                    yield found
                continue
            if len(self._buffer) < self._body:
                return
            body = bytes(self._buffer[: self._body])
            del self._buffer[: self._body]
            self._body = None
            yield body

    def _header(self) -> Malformed | bool | None:
        """True when a header was taken, None when more bytes are needed."""
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) <= _HEADER_LIMIT:
                return None
            # No header is that long: keep only what may be the beginning of one.
            del self._buffer[: len(self._buffer) - 64]
            return self._once("There is no header.")
        header = bytes(self._buffer[:end])
        del self._buffer[: end + 4]
        lengths = _LENGTH.findall(header)
        if not lengths:
            return self._once("The header has no Content-Length.")
        self._noise = False
        length = int(lengths[-1])
        if length > self._limit:
            self._skip = length
            return Malformed(INVALID_REQUEST, f"A message of {length} bytes is longer than {self._limit}.")
        self._body = length
        return True

    def _once(self, reason: str) -> Malformed | bool:
        """Reports noise once, however long it lasts."""
        if self._noise:
            return True
        self._noise = True
        return Malformed(PARSE_ERROR, reason)


def parse(body: bytes) -> Message | Malformed | None:
    """A message body as a message; None for a response, which nothing here waits for."""
    try:
        value = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        return Malformed(PARSE_ERROR, f"The message is not JSON: {error}")
    if not isinstance(value, dict):
        return Malformed(INVALID_REQUEST, "The message is not an object.")
    if "method" not in value and ("result" in value or "error" in value):
        return None
    raw = value.get("id")
    known = raw if isinstance(raw, (int, str)) and not isinstance(raw, bool) else None
    try:
        return Message.model_validate(value)
    except ValidationError as error:
        return Malformed(INVALID_REQUEST, reason(error), known)


def reason(error: ValidationError) -> str:
    """What is wrong with a message, in one line, without repeating it."""
    return "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()[:5])


def encode(message: dict[str, Any]) -> bytes:
    """One framed message."""
    body = json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(
        "utf-8", "backslashreplace"
    )
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


class Connection:
    """The two descriptors of the protocol. Writing is safe from any thread; a parent that is gone ends in `gone`."""

    def __init__(self, read: int, write: int, gone: Callable[[], None]) -> None:
        self._read = read
        self._write = write
        self._gone = gone
        self._lock = threading.Lock()

    def requests(self, cancel: Callable[[Id], None]) -> Iterator[Request]:
        """What arrives, until the parent closes its end; `cancel` hears which request is not wanted any more.

        What cannot be understood is refused, and a notification that nobody knows ignored.
        """
        for message in self._messages():
            if isinstance(message, Malformed):
                self.refuse(message.id, message.code, message.reason)
            elif message.method == "$/cancelRequest":
                try:
                    wanted = _CancelParams.model_validate(message.params).id
                except ValidationError as error:
                    self.refuse(None, INVALID_PARAMS, reason(error))
                else:
                    cancel(wanted)
            elif message.id is not None:
                yield Request(message.id, message.method, message.params)

    def _messages(self) -> Iterator[Message | Malformed]:
        decoder = Decoder()
        while True:
            try:
                chunk = os.read(self._read, 65536)
            except OSError:
                return
            if not chunk:
                return
            for body in decoder.feed(chunk):
                parsed = body if isinstance(body, Malformed) else parse(body)
                if parsed is not None:
                    yield parsed

    def notify(self, method: str, params: BaseModel) -> None:
        """Sends a notification."""
        self._send({"method": method, "params": params.model_dump(mode="json", by_alias=True)})

    def answer(self, id: Id, result: BaseModel | None) -> None:
        """Answers a request."""
        value = None if result is None else result.model_dump(mode="json", by_alias=True)
        self._send({"id": id, "result": value})

    def refuse(self, id: Id | None, code: int, message: str) -> None:
        """Answers a request with an error; without id, tells that something could not be read."""
        self._send({"id": id, "error": {"code": code, "message": message}})

    def _send(self, message: dict[str, Any]) -> None:
        data = memoryview(encode({"jsonrpc": "2.0", **message}))
        with self._lock:
            try:
                while data:
                    data = data[os.write(self._write, data) :]
            except OSError:
                self._gone()
