"""The worker process that runs the models: torch lives and dies here."""
