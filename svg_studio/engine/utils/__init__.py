"""Helpers for the whole engine: files, devices, processes, random numbers."""
