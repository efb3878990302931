"""Puts clips side by side and writes them as videos, pages, pictures or arrays."""
