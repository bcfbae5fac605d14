"""The command line: one small file a command, arguments in, exit code out."""
