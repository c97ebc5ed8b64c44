"""A stand-in for the phone provider: its HTTP API, the calls it would have, the webhooks it would send."""
