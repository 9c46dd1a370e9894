"""Clips out again in other forms: a process of its own that never loads torch, so that it starts in a blink."""
