"""Takes requests, runs one render at a time, and keeps the parent informed.

Three threads: the reader hears requests and cancellations, the heart beats, and the main thread alone runs torch.
"""

from __future__ import annotations

import ctypes
import gc
import os
import platform
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import NoReturn

from pydantic import ValidationError

from . import gauge, process
from .contract import (
    DriverLostFailure,
    EnvironmentFailure,
    Heartbeat,
    HostMemoryFailure,
    Progress,
    Ready,
    RenderFailed,
    RenderOrder,
)
from .memory_errors import lacks_host_memory
from .protocol import (
    BUSY,
    INTERNAL_ERROR,
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    Connection,
    Id,
    Request,
    reason,
)

PROTOCOL_VERSION = 7
HEARTBEAT_SECONDS = 1.0
EXIT_DONE, EXIT_DRIVER_LOST, EXIT_ENVIRONMENT = 0, 69, 78


def end(code: int) -> NoReturn:
    """Ends the process now, whatever torch and the card are doing."""
    try:
        sys.stderr.flush()
    finally:
        if sys.platform == "win32":
            # An ordinary exit tells every library, and that of a lost card may never answer.
            kernel = ctypes.WinDLL("kernel32")
            kernel.TerminateProcess(ctypes.c_void_p(-1), code)
        os._exit(code)


class Worker:
    """The life of the process after its descriptors are safe."""

    def __init__(self, connection: Connection, parent: int) -> None:
        self._connection = connection
        self._parent = parent
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._rendering: Id | None = None
        self._cancel = threading.Event()

    def run(self) -> NoReturn:
        """Imports, says `ready`, then works until the parent goes or asks for the end."""
        threading.Thread(target=self._listen, name="reader", daemon=True).start()
        threading.Thread(target=self._beat, name="heart", daemon=True).start()
        began = time.perf_counter()
        # What is imported stays: to look through it for garbage, time and again, is an eighth of the start.
        gc.disable()
        try:
            from . import render  # noqa: F401  everything that a render needs
            from .libraries import diffusers, torch
        except Exception as error:  # noqa: BLE001  a broken installation raises anything
            traceback.print_exc()
            self._give_up(error)
        gc.freeze()
        gc.enable()
        self._connection.notify(
            "ready",
            Ready(
                protocol=PROTOCOL_VERSION,
                pid=os.getpid(),
                python=platform.python_version(),
                torch=str(torch.__version__),
                diffusers=str(diffusers.__version__),
                import_seconds=time.perf_counter() - began,
            ),
        )
        while True:
            self._work.get()()
            gauge.read()

    def _give_up(self, error: Exception) -> NoReturn:
        """The environment is broken: whoever waits hears it, then the process ends."""
        detail = "".join(traceback.format_exception(type(error), error, error.__traceback__))[-4000:]
        with self._lock:
            waiting, self._rendering = self._rendering, None
        if waiting is not None:
            kind = HostMemoryFailure if lacks_host_memory(error) else EnvironmentFailure
            failure = kind(phase=None, detail=detail)
            self._connection.answer(waiting, RenderFailed(failure=failure))
        end(EXIT_ENVIRONMENT)

    def _beat(self) -> None:
        beat = 0
        while True:
            if os.name != "nt" and os.getppid() != self._parent:
                end(EXIT_DONE)
            self._connection.notify(
                "heartbeat",
                Heartbeat(beat=beat, reserved_bytes=gauge.reserved, host_bytes=process.held()),
            )
            beat += 1
            time.sleep(HEARTBEAT_SECONDS)

    def _listen(self) -> None:
        for request in self._connection.requests(self._cancel_request):
            try:
                self._take(request)
            except Exception as error:  # noqa: BLE001  the reader must go on
                traceback.print_exc()
                self._connection.refuse(request.id, INTERNAL_ERROR, str(error))
        # The parent closed its end, or died.
        end(EXIT_DONE)

    def _take(self, request: Request) -> None:
        id = request.id
        match request.method:
            case "render":
                self._take_render(id, request.params)
            case "probe":
                self._work.put(lambda: self._probe(id))
            case "shutdown":
                self._shut_down(id)
            case method:
                self._connection.refuse(id, METHOD_NOT_FOUND, f"There is no method {method}.")

    def _cancel_request(self, wanted: Id) -> None:
        with self._lock:
            if wanted == self._rendering:
                self._cancel.set()

    def _take_render(self, id: Id, params: object) -> None:
        try:
            order = RenderOrder.model_validate(params)
        except ValidationError as error:
            self._connection.refuse(id, INVALID_PARAMS, reason(error))
            return
        with self._lock:
            busy = self._rendering is not None
            if not busy:
                self._rendering = id
                self._cancel.clear()
        if busy:
            self._connection.refuse(id, BUSY, "Another render is running.")
        else:
            self._work.put(lambda: self._render(id, order))

    def _render(self, id: Id, order: RenderOrder) -> None:
        from .render import Render, shelf

        def report(progress: Progress) -> None:
            self._connection.notify("progress", progress)

        outcome = Render(order, shelf, report, self._cancel.is_set).run()
        with self._lock:
            # Whoever is told to end now waits for the answer, and whoever hears the answer may ask for the next render.
            self._rendering = None
            self._connection.answer(id, outcome)
        if isinstance(outcome, RenderFailed) and isinstance(outcome.failure, DriverLostFailure):
            # Nothing that this process asks of the card will ever be answered.
            end(EXIT_DRIVER_LOST)

    def _probe(self, id: Id) -> None:
        from .probe import probe

        try:
            self._connection.answer(id, probe())
        except Exception as error:  # noqa: BLE001  answered, not raised
            traceback.print_exc()
            self._connection.refuse(id, INTERNAL_ERROR, str(error))

    def _shut_down(self, id: Id) -> None:
        """Ends at once, or after the running render has stopped at its next step and answered."""

        def finish() -> None:
            self._connection.answer(id, None)
            end(EXIT_DONE)

        with self._lock:
            rendering = self._rendering is not None
            self._cancel.set()
        if rendering:
            self._work.put(finish)
        else:
            finish()
