"""Plain Python that every floor may use: refusals, state tables, time, codes, proofs. No Django."""
