"""What every room of the engine may use: files, devices, processes, random numbers."""
