"""One file a format: `write(path, config, tiles)` yields the frames done, `estimate(config, tiles)` guesses the bytes."""
