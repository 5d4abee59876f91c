"""What holds for the whole house. A guard fails when something new was added without its row, its
place or its word, and says what to add.
"""
