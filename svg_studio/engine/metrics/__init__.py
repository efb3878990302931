"""How near a video is to the truth, and statistics over many of them."""
