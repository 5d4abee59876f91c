"""SQLite as the tests use it: like Django's, but a flush between tests may empty append-only
tables. Not for production, where no flush exists.
"""
