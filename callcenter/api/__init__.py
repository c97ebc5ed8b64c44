"""The machine door: parse, call a service, shape the answer."""
