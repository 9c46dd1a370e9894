"""The sound of a clip, into what is made of it: as it is where the container can hold it, else encoded anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TypeAlias, cast

import av
import av.error
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet

_HELD = {
    "mp4": {"aac", "mp3", "ac3", "eac3", "opus", "alac", "flac"},
    "webm": {"opus", "vorbis"},
}
_ENCODER = {"mp4": "aac", "webm": "libopus"}
_RATE = 48_000
_Packet: TypeAlias = "Packet[AudioStream]"


class Sound:
    """Adds a stream to `into` where the clip has sound, and writes it as the pictures go on. To be closed."""

    def __init__(self, clip: Path, into: OutputContainer, format: str) -> None:
        self._into = into
        self._open = ExitStack()
        self._next: _Packet | None = None
        self._packets: Iterator[_Packet] = iter(())
        source = self._open.enter_context(av.open(f"file:{clip}", metadata_errors="ignore"))
        if not source.streams.audio:
            return
        stream = source.streams.audio[0]
        if stream.codec_context.name in _HELD[format]:
            self._packets = self._copied(source, stream)
        else:
            self._packets = self._encoded(source, stream, _ENCODER[format])
        self._advance()

    def until(self, seconds: float | None) -> None:
        """Writes what is heard before then; null: all that is left."""
        while self._next is not None and (seconds is None or _begins(self._next) <= seconds):
            self._into.mux(self._next)
            self._advance()

    def _advance(self) -> None:
        try:
            self._next = next(self._packets, None)
        except av.error.FFmpegError:
            # Damaged from here on: what was heard until then stays, as players have it.
            self._next = None

    def close(self) -> None:
        self._packets = iter(())
        self._open.close()

    def _copied(self, source: InputContainer, stream: AudioStream) -> Iterator[_Packet]:
        into = self._into.add_stream_from_template(stream)
        return self._copies(source, stream, into)

    def _copies(self, source: InputContainer, stream: AudioStream, into: AudioStream) -> Iterator[_Packet]:
        begins = _start_of_pictures(source)
        for packet in source.demux(stream):
            if packet.dts is None or packet.pts is None or packet.time_base is None:
                continue
            # The pictures are counted from nothing.
            shift = round(begins / packet.time_base)
            packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
            packet.stream = into
            yield packet

    def _encoded(self, source: InputContainer, stream: AudioStream, codec: str) -> Iterator[_Packet]:
        layout = "mono" if stream.codec_context.channels == 1 else "stereo"
        into = cast(AudioStream, self._into.add_stream(codec, rate=_RATE, layout=layout))
        return self._encodings(source, stream, into, layout)

    def _encodings(
        self, source: InputContainer, stream: AudioStream, into: AudioStream, layout: str
    ) -> Iterator[_Packet]:
        resampler = av.AudioResampler(format=into.codec_context.format, layout=layout, rate=_RATE)
        begins = _start_of_pictures(source)
        for frame in source.decode(stream):
            if frame.pts is not None and frame.time_base is not None:
                frame.pts -= round(begins / frame.time_base)
            for ready in resampler.resample(frame):
                yield from into.encode(ready)
        for ready in resampler.resample(None):
            yield from into.encode(ready)
        yield from into.encode(None)


def _begins(packet: _Packet) -> float:
    return 0.0 if packet.dts is None or packet.time_base is None else float(packet.dts * packet.time_base)


def _start_of_pictures(source: InputContainer) -> float:
    pictures = source.streams.video[0]
    if pictures.start_time is None or pictures.time_base is None:
        return 0.0
    return float(pictures.start_time * pictures.time_base)
