"""The explicit engine in machine code: states packed into words, rules and search compiled by LLVM."""
