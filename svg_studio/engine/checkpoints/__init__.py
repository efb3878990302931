"""Writes, reads, caches and imports checkpoint files."""
