"""Pieces that several pages share, as functions of values."""
