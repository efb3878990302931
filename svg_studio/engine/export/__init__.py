"""Clips side by side, written as GIF, MP4, PNG or NPZ."""
