"""What a model means: one typed transition system, and the interpreter that is its judge."""
