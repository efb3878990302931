"""The data sets, one or more files each."""
