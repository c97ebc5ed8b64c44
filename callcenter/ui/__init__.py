"""The human door: show, ask, call a service."""
