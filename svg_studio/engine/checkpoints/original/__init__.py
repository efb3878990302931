"""Reads the checkpoints of the SVG authors' scripts without executing anything in them."""
