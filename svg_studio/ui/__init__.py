"""The window: widgets and pages that show what the lanes say; it knows no tensor."""
