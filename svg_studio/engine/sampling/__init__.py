"""Futures: the model run on from the frames it is given."""
