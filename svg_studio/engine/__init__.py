"""Everything that is not a widget: the model, its data, training, sampling, evaluation and export."""
