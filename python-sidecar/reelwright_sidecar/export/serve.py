"""Hears requests and carries them out one after another; a reader thread hears cancellations meanwhile."""

from __future__ import annotations

import queue
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import av.error
from pydantic import BaseModel, ValidationError

from ..contract import (
    DescribedNothing,
    DescribedVideo,
    DescribeOrder,
    ExportCancelled,
    ExportDone,
    Exported,
    ExportFailed,
    ExportOrder,
    ExportProblem,
    FramesFormat,
    GifFormat,
    Mp4Format,
    StillOrder,
    WebmFormat,
)
from ..files import StorageError, storage_problem
from ..protocol import INTERNAL_ERROR, INVALID_PARAMS, METHOD_NOT_FOUND, Connection, Id, Request, reason
from .gif import export_gif
from .source import Cancelled, Source, Unreadable, describe
from .still import export_folder, export_last, export_poster, export_zip
from .video import export_mp4, export_webm

_TELL_EVERY = 0.1


class Exporter:
    """Answers the requests of one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._cancels: dict[Id, threading.Event] = {}
        self._ended = False

    def run(self) -> None:
        """Until the pipe closes; what is being made then is given up and taken away."""
        threading.Thread(target=self._read, daemon=True).start()
        while (request := self._waiting.get()) is not None:
            self._carry_out(request)

    def _read(self) -> None:
        for request in self._connection.requests(self._cancel):
            with self._lock:
                self._cancels[request.id] = threading.Event()
            self._waiting.put(request)
        with self._lock:
            self._ended = True
            for event in self._cancels.values():
                event.set()
        self._waiting.put(None)

    def _cancel(self, wanted: Id) -> None:
        with self._lock:
            event = self._cancels.get(wanted)
        if event is not None:
            event.set()

    def _carry_out(self, request: Request) -> None:
        with self._lock:
            cancelled = self._cancels[request.id]
        try:
            answer = self._answer(request, cancelled)
            if answer is not None and not self._ended:
                self._connection.answer(request.id, answer)
        except ValidationError as error:
            self._connection.refuse(request.id, INVALID_PARAMS, reason(error))
        except Exception as error:  # noqa: BLE001  the next request is heard
            traceback.print_exc()
            self._connection.refuse(request.id, INTERNAL_ERROR, str(error))
        finally:
            with self._lock:
                del self._cancels[request.id]

    def _answer(self, request: Request, cancelled: threading.Event) -> BaseModel | None:
        match request.method:
            case "export":
                return self._export(request.id, ExportOrder.model_validate(request.params), cancelled)
            case "still":
                return _still(StillOrder.model_validate(request.params), cancelled)
            case "describe":
                return _describe(DescribeOrder.model_validate(request.params))
            case method:
                self._connection.refuse(request.id, METHOD_NOT_FOUND, f"There is no method {method}.")
                return None

    def _export(self, id: Id, order: ExportOrder, cancelled: threading.Event) -> BaseModel:
        told_at = 0.0

        def told(done: int, of: int) -> None:
            nonlocal told_at
            now = time.monotonic()
            if not isinstance(id, int) or (now - told_at < _TELL_EVERY and done < of):
                return
            told_at = now
            self._connection.notify("exported", Exported(id=id, done=done, of=of))

        def make() -> ExportDone:
            out = Path(order.out)
            source = Source(Path(order.source), cancelled, told)
            codec = "png"
            size: int | None = None
            match order.format:
                case Mp4Format():
                    codec = export_mp4(source, out, order.format.quality, order.comment)
                case WebmFormat():
                    codec = export_webm(source, out, order.format.quality, order.comment)
                case GifFormat():
                    codec = export_gif(source, out, order.format.dither, order.format.width)
                case FramesFormat(zip=True):
                    export_zip(source, out, order.comment)
                case FramesFormat():
                    size = export_folder(source, out, order.comment)
            bytes = out.stat().st_size if size is None else size
            return ExportDone(bytes=bytes, frames=source.about.frames, codec=codec)

        return _outcome(make)


def _still(order: StillOrder, cancelled: threading.Event) -> BaseModel:
    def make() -> ExportDone:
        source = Source(Path(order.source), cancelled, lambda _done, _of: None)
        out = Path(order.out)
        if order.which == "last":
            export_last(source, out)
        else:
            export_poster(source, out)
        return ExportDone(
            bytes=out.stat().st_size, frames=1, codec="png" if order.which == "last" else "webp"
        )

    return _outcome(make)


def _describe(order: DescribeOrder) -> DescribedVideo | DescribedNothing:
    try:
        return describe(Path(order.source))
    except Unreadable as error:
        return DescribedNothing(detail=str(error)[:2000])


def _outcome(make: Callable[[], ExportDone]) -> BaseModel:
    try:
        return make()
    except Cancelled:
        return ExportCancelled()
    except Unreadable as error:
        return ExportFailed(problem="unreadable", detail=str(error)[:2000])
    except StorageError as error:
        return ExportFailed(problem=_problem(error.error), detail=str(error)[:2000])
    except (OSError, av.error.FFmpegError) as error:
        return ExportFailed(problem=_problem(error), detail=_detail(error))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told and the next request is heard
        return ExportFailed(problem="internal", detail=_detail(error))


def _problem(error: BaseException) -> ExportProblem:
    # FFmpeg tells what failed while it wrote through us as an error of its own; the reason stands behind it.
    behind = error.__cause__ or error.__context__
    if isinstance(error, av.error.FFmpegError) and isinstance(behind, OSError):
        return _problem(behind)
    return (storage_problem(error) if isinstance(error, OSError) else None) or "internal"


def _detail(error: BaseException) -> str:
    return "".join(traceback.format_exception(type(error), error, error.__traceback__))[-2000:]
