"""The paper toy world: short clips and their captions, drawn from a seed."""
