"""Reads square frames from videos and images."""
