"""Measurements that are taken by hand, never in the timed tests."""
