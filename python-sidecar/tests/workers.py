"""Starts the real worker, talks to it as the studio does, and kills it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from reelwright_sidecar.contract import RenderOrder
from reelwright_sidecar.protocol import encode

SIDECAR = Path(__file__).parent.parent
Seen = list[dict[str, Any]]


class Worker:
    """A worker process. Use as a context: leaving it kills what is still there."""

    def __init__(
        self,
        code: str | None = None,
        *,
        file: Path | None = None,
        module: str = "reelwright_sidecar",
        env: Mapping[str, str] | None = None,
    ) -> None:
        """`code`, `file` or another `module` runs in the worker's interpreter instead of the worker's main module."""
        program = ["-s", "-m", module] if code is None else ["-c", code]
        command = [sys.executable, *(program if file is None else ["-s", str(file)])]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=SIDECAR,
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(SIDECAR), **(env or {})},
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.stdin: IO[bytes] = self.process.stdin
        self.stdout: IO[bytes] = self.process.stdout

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        self.process.wait()

    def send(self, message: dict[str, Any]) -> None:
        self.stdin.write(encode({"jsonrpc": "2.0", **message}))
        self.stdin.flush()

    def ask(self, method: str, params: dict[str, Any], id: int) -> None:
        self.send({"id": id, "method": method, "params": params})

    def cancel(self, id: int) -> None:
        self.send({"method": "$/cancelRequest", "params": {"id": id}})

    def render(self, order: RenderOrder, id: int = 1) -> None:
        self.ask("render", order.model_dump(mode="json", by_alias=True), id)

    def receive(self) -> dict[str, Any] | None:
        """The next message, None at the end. A byte that is not part of a message is an error."""
        header = self.stdout.readline()
        if not header:
            return None
        assert header.startswith(b"Content-Length: "), header
        assert self.stdout.readline() == b"\r\n"
        message = json.loads(self.stdout.read(int(header[16:])))
        assert isinstance(message, dict)
        assert message["jsonrpc"] == "2.0"
        return message

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> Seen:
        """All messages up to the wanted one; heartbeats left out."""
        seen: Seen = []
        while (message := self.receive()) is not None:
            if message.get("method") != "heartbeat" or wanted(message):
                seen.append(message)
            if wanted(message):
                return seen
            # After it there is only the heart, for ever.
            failed = (message.get("result") or {}).get("kind") == "failed"
            assert not failed, f"The render has failed: {message['result']}"
        raise AssertionError(
            f"The worker ended: {self.process.wait()}, {seen[-3:]}, {self.errors()[-2000:]!r}"
        )

    def answer(self, id: int = 1) -> dict[str, Any]:
        """The answer to a request."""
        return self.until(lambda message: message.get("id") == id and "method" not in message)[-1]

    def close(self) -> int:
        """Closes its pipe; the exit code with which it ends."""
        self.stdin.close()
        return self.process.wait(20)

    def errors(self) -> bytes:
        """What came on the error stream, after the end."""
        assert self.process.stderr is not None
        return self.process.stderr.read()


def notified(method: str) -> Callable[[dict[str, Any]], bool]:
    return lambda message: message.get("method") == method


def progressed(**wanted: Any) -> Callable[[dict[str, Any]], bool]:
    """A progress with these fields; `kept` compares with the kind of what is kept."""

    def matches(message: dict[str, Any]) -> bool:
        if message.get("method") != "progress":
            return False
        params = dict(message["params"])
        if "kept" in params:
            params["kept"] = params["kept"]["kind"]
        return all(params.get(name) == value for name, value in wanted.items())

    return matches
