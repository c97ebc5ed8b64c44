"""The outside world: each file makes one port real."""
