"""Plots that any page may use."""
