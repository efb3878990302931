"""Fetches, checks and unpacks the files of data sets."""
