"""The operator's door: every command of the callcenter script."""
