"""Doors of the clock and the command line: the worker, and the street that the demo lives on."""
