"""The literature's figures for several checkpoints, and the files that report them."""
