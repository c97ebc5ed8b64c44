"""Retell: its HTTP API, its JSON and its signature."""
