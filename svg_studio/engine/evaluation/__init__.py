"""Measures several checkpoints as the literature does, and writes the reports."""
