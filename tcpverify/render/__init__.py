"""Results for eyes: ladders in the terminal and as SVG, state machines, diagnostics."""
