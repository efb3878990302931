"""Measurements that print a table; each is run as `python -m benchmarks.NAME`."""
