"""A stand-in for Retell that shares no code with the adapter."""
