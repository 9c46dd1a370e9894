"""Framing and parsing: whatever arrives, in whatever pieces, the protocol goes on."""

from __future__ import annotations

import itertools
import json
import os
import threading
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reelwright_sidecar.contract import Heartbeat
from reelwright_sidecar.protocol import (
    INVALID_REQUEST,
    PARSE_ERROR,
    Connection,
    Decoder,
    Malformed,
    Message,
    encode,
    parse,
)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
requests = st.builds(
    lambda id, method, params: {"jsonrpc": "2.0", "id": id, "method": method, "params": params},
    st.integers(0, 2**31) | st.text(),
    st.text(min_size=1),
    st.dictionaries(st.text(), json_values, max_size=3),
)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    return [data[start:end] for start, end in itertools.pairwise(places)]


def decode(chunks: list[bytes], decoder: Decoder | None = None) -> list[bytes | Malformed]:
    decoder = Decoder() if decoder is None else decoder
    return [item for chunk in chunks for item in decoder.feed(chunk)]


@given(st.lists(requests, max_size=4), st.lists(st.integers(0, 10**6), max_size=30))
def test_any_chunking_gives_the_same_messages(values: list[dict[str, Any]], cuts: list[int]) -> None:
    data = b"".join(encode(value) for value in values)
    parsed = [parse(body) for body in decode(pieces(data, cuts)) if isinstance(body, bytes)]
    assert [(item.id, item.method, item.params) for item in parsed if isinstance(item, Message)] == [
        (value["id"], value["method"], value["params"]) for value in values
    ]


@given(st.binary(max_size=300), requests, st.lists(st.integers(0, 10**6), max_size=10))
def test_after_garbage_the_next_message_is_understood(
    noise: bytes, value: dict[str, Any], cuts: list[int]
) -> None:
    noise = noise.replace(b"ontent-", b"").replace(b"ONTENT-", b"")
    items = decode(pieces(noise + b"\r\n\r\n" + encode(value), cuts))
    bodies = [item for item in items if isinstance(item, bytes)]
    assert [json.loads(body) for body in bodies] == [value]


@given(st.binary(max_size=2000), st.lists(st.integers(0, 10**6), max_size=10))
def test_nothing_crashes_it(noise: bytes, cuts: list[int]) -> None:
    for item in decode(pieces(noise, cuts)):
        if isinstance(item, bytes):
            parse(item)


@given(st.binary(max_size=200))
def test_no_body_crashes_the_parser(body: bytes) -> None:
    assert isinstance(parse(body), (Message, Malformed, type(None)))


@given(json_values)
def test_json_that_is_no_request(value: object) -> None:
    result = parse(json.dumps(value).encode())
    assert result is None or isinstance(result, Malformed)


def test_a_flood_without_a_header_is_not_kept() -> None:
    decoder = Decoder()
    items = decode([b"x" * 65536] * 200, decoder)
    assert [item.code for item in items if isinstance(item, Malformed)] == [PARSE_ERROR]
    assert len(decoder._buffer) < 10_000


def test_a_message_that_is_too_long_is_passed_over() -> None:
    decoder = Decoder(limit=1000)
    value = {"jsonrpc": "2.0", "id": 1, "method": "probe"}
    data = encode({"jsonrpc": "2.0", "id": 1, "method": "x", "params": {"a": "b" * 2000}}) + encode(value)
    items = decode([data[start : start + 100] for start in range(0, len(data), 100)], decoder)
    assert isinstance(items[0], Malformed)
    assert items[0].code == INVALID_REQUEST
    assert [json.loads(item) for item in items[1:] if isinstance(item, bytes)] == [value]


def test_other_headers_and_any_case() -> None:
    body = b'{"jsonrpc":"2.0","id":1,"method":"probe"}'
    header = b"content-type: application/vscode-jsonrpc; charset=utf-8\r\ncontent-length: %d\r\n\r\n" % len(
        body
    )
    assert decode([header + body]) == [body]


def test_what_is_wrong_is_told_with_the_request_s_id() -> None:
    assert parse(b"{") == Malformed(PARSE_ERROR, parse_reason(b"{"), None)
    wrong = parse(b'{"jsonrpc":"1.0","id":5,"method":"probe"}')
    assert isinstance(wrong, Malformed)
    assert (wrong.code, wrong.id) == (INVALID_REQUEST, 5)
    assert parse(b'{"jsonrpc":"2.0","id":5,"result":null}') is None


def parse_reason(body: bytes) -> str:
    result = parse(body)
    assert isinstance(result, Malformed)
    return result.reason


@settings(deadline=None, max_examples=5)
@given(st.integers(2, 6))
def test_writing_from_many_threads_never_mixes_messages(writers: int) -> None:
    read, write = os.pipe()
    connection = Connection(0, write, lambda: None)
    beats = 200
    received: list[bytes | Malformed] = []

    def listen() -> None:
        decoder = Decoder()
        while chunk := os.read(read, 4096):
            received.extend(decoder.feed(chunk))

    def write_all() -> None:
        for beat in range(beats):
            connection.notify("heartbeat", Heartbeat(beat=beat, reserved_bytes=None))

    listener = threading.Thread(target=listen)
    listener.start()
    threads = [threading.Thread(target=write_all) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.close(write)
    listener.join()
    os.close(read)
    assert len(received) == writers * beats
    assert all(isinstance(item, bytes) and json.loads(item)["method"] == "heartbeat" for item in received)


def test_a_parent_that_is_gone_is_noticed_when_writing() -> None:
    read, write = os.pipe()
    os.close(read)
    gone = []
    Connection(0, write, lambda: gone.append(True)).notify(
        "heartbeat", Heartbeat(beat=0, reserved_bytes=None)
    )
    os.close(write)
    assert gone == [True]
