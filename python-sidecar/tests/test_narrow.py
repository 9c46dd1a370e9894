"""What an import leaves out, and that the next one finds it again."""

from __future__ import annotations

import importlib.metadata
import sys

import pytest

from reelwright_sidecar.narrow import narrow


def test_what_was_left_out_is_there_again_afterwards() -> None:
    with pytest.raises(ModuleNotFoundError), narrow(absent=("wave",), bare=()):
        assert importlib.metadata.packages_distributions() == {}
        import wave
    import wave

    assert wave.__doc__
    assert "diffusers" in importlib.metadata.packages_distributions()


def test_a_bare_package_does_not_run_and_brings_its_modules() -> None:
    with narrow(absent=(), bare=("xml.sax",)):
        from xml.sax import handler

        assert handler.__name__ == "xml.sax.handler"
        assert not hasattr(sys.modules["xml.sax"], "parse")
    import xml.sax

    assert callable(xml.sax.parse)
