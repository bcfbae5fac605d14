"""The system as SMT-LIB 2 text, for any solver: sorts, terms, transitions, proof obligations."""
