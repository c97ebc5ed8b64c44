"""Does our clock agree with the provider's? Where it does not, no calling hours can be trusted, and nothing is dialled."""

from dataclasses import dataclass
from datetime import datetime, timedelta

#: Our clock may be this far from the provider's: beyond what answers take on their way, and little against calling hours.
MOST_SKEW = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class TheirClock:
    """What the provider's clock said in its last answer, and our boot clock at that moment.

    The boot clock counts seconds and nobody sets it, so it tells what theirs says now, and a wall clock that jumps is found out
    before the next answer.
    """

    at: datetime
    boot: float

    def says(self, boot: float) -> datetime:
        """Gives what their clock said, or says, when our boot clock stands at `boot` seconds."""
        return self.at + timedelta(seconds=boot - self.boot)

    def ahead(self, now: datetime, boot: float) -> timedelta:
        """Gives by how much our wall clock is ahead of theirs; negative when it is behind."""
        return now - self.says(boot)


def is_off(ahead: timedelta) -> bool:
    """Whether the clocks differ by more than can be explained."""
    return abs(ahead) > MOST_SKEW


def skew_words(ahead_s: float) -> str:
    """Says how far our clock is from theirs: "3 h ahead of Retell’s"."""
    seconds = abs(ahead_s)
    size = f"{seconds / 3600:.3g} h" if seconds >= 3600 else f"{seconds / 60:.3g} min"
    return f"{size} {'ahead of' if ahead_s > 0 else 'behind'} Retell's"
