"""What a lead says, in the languages we understand: a file each, so that adding one is adding a file to `known.py`."""
