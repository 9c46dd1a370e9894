"""The model families: each knows how to load, encode, denoise and decode its own models."""
