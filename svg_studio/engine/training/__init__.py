"""Trains models: the loop, what it carries from step to step, previews, failures and the memory estimate."""
