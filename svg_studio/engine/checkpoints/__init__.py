"""Checkpoint files: written, read, kept open and imported."""
