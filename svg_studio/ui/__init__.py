"""The window: widgets and pages that show what jobs say."""
