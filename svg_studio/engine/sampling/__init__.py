"""Makes futures: the model continues from the frames it is given."""
