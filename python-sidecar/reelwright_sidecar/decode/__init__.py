"""From latents to frames, and from pictures to latents."""
