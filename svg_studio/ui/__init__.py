"""The window: widgets and pages that show what the engine's jobs report."""
