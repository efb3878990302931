"""Puts clips side by side and writes them as GIF, MP4, PNG or NPZ."""
