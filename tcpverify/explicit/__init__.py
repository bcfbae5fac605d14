"""The explicit engine: every reachable state, breadth first, over the reference interpreter."""
