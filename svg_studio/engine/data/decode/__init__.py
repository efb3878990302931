"""Frames out of videos and pictures, made square."""
