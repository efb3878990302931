"""Writes, lists, edits, queues and follows the folders of training runs."""
