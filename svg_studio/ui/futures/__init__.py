"""The Futures page."""
