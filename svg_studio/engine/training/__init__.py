"""Training: the loop, what it carries from step to step, and what it takes of memory."""
