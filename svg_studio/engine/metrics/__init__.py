"""Measures how near a video is to the truth, with statistics over many of them."""
