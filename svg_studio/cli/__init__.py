"""The command line, which runs the same jobs as the window."""
