"""The JSON door: assembles the operations that each feature announces, and describes them."""
