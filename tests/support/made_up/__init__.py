"""What somebody might add to the program, each in one file with one entry: used by tests/journeys/test_seams.py."""
