"""The rules, in pure Python: no input, no output, no framework."""
