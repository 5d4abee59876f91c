"""What the demo's photos show, drawn by the program: one module a kind of place."""
