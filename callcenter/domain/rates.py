"""Rates with an honest range: how sure a share is, given how many it was counted among."""

from math import sqrt

_Z95 = 1.959964


def wilson(count: int, base: int) -> tuple[float, float] | None:
    """Gives the 95 % range of a share (Wilson's score interval), each end 0–1; None without a base."""
    if base <= 0:
        return None
    share, z2 = min(count, base) / base, _Z95 * _Z95
    middle = (share + z2 / (2 * base)) / (1 + z2 / base)
    half = _Z95 / (1 + z2 / base) * sqrt(share * (1 - share) / base + z2 / (4 * base * base))
    return max(middle - half, 0.0), min(middle + half, 1.0)
