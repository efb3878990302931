"""Several models on one clip."""
