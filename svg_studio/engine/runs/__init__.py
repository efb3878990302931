"""The folders of training runs: written, listed, changed, queued and read while they grow."""
