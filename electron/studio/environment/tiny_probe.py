"""Proves the small environment of the tests the way probe.py proves the real one."""

import json

import tiny_engine.core

print(json.dumps({"torch": None, "device": {"kind": "cpu", "reason": None}, "one": tiny_engine.core.one}))
