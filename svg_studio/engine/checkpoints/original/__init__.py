"""The checkpoints of the SVG authors' scripts, read without executing anything in them."""
