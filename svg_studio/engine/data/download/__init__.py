"""Fetching, checking and unpacking the files of data sets."""
