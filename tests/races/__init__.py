"""Things done at once by several people, on PostgreSQL, each with its negative control: the same
race, written naively, must go wrong, or the race proves nothing.
"""
