"""The data sets: one or more files for each."""
