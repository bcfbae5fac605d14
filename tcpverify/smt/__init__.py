"""The symbolic engine: all states at once, in z3, by bounded model checking and k-induction."""
