"""SVG Studio: train the stochastic video generation model, watch it learn, play with its futures."""

__version__ = "0.1.0"
