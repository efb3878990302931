"""Data sets by name, the frame store, batches and conversions."""
