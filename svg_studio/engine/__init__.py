"""Everything that needs no window: the model, its data, training, sampling, evaluation and export."""
