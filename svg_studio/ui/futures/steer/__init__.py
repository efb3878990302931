"""A hand on z of one future."""
