"""How any matter moves: cases, steps, evidence, deadlines, public notice, rules."""
