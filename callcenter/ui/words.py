"""Values as words: durations, money, shares, counts and times, so that the same thing reads the same on every page."""

import re
from datetime import datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from callcenter.ui.theme import OUTCOME

NONE = "—"
_EMAIL = re.compile(r"([\w.+-]+)@[\w-]+(?:\.[\w-]+)*")
_NAME = re.compile(r"[a-z]+(?:_[a-z]+)+")
_DAY_OR_INSTANT = re.compile(r"\d{4}-\d\d-\d\d(T|$)")
MICROS = 1_000_000

_CURRENCY_SIGNS = {
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "CAD": "CA$",
    "AUD": "A$",
    "NZD": "NZ$",
    "CHF": "CHF ",
    "INR": "₹",
}


def count(number: int) -> str:
    """Full figures, grouped: 1204 -> "1,204"."""
    return f"{number:,}"


def short_count(number: int) -> str:
    """For the wall: 12345 -> "12.3k"."""
    return f"{number / 1000:.1f}k" if abs(number) >= 10_000 else str(number)


def counted(number: int, one: str, many: str | None = None) -> str:
    """The number with a noun that agrees: "1 call", "2 calls", "1,204 people"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def duration(span: timedelta | None) -> str:
    """3:41 under an hour, 1:02:05 over; unknown is a dash."""
    if span is None:
        return NONE
    seconds = max(0, int(span.total_seconds()))
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def duration_sentence(span: timedelta) -> str:
    """In a sentence: "3 min 41 s", "2 h 5 min", "41 s"."""
    seconds = max(0, int(span.total_seconds()))
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    parts = [(hours, "h"), (minutes, "min"), (rest if not hours else 0, "s")]
    return " ".join(f"{value} {unit}" for value, unit in parts if value) or "0 s"


def duration_spoken(span: timedelta) -> str:
    """For screen readers: "3 minutes 41 seconds"."""
    seconds = max(0, int(span.total_seconds()))
    parts = [(seconds // 3600, "hour"), (seconds // 60 % 60, "minute"), (seconds % 60, "second")]
    return " ".join(counted(value, unit) for value, unit in parts if value) or "0 seconds"


def money(micros: int | None, currency: str = "USD") -> str:
    """Micro-units as an amount: "$0.42", "<$0.01", "$1,204" (no cents from 1,000 on); unknown is a dash."""
    if micros is None:
        return NONE
    sign = _CURRENCY_SIGNS.get(currency, currency + " ")
    amount = micros / MICROS
    if 0 < amount < 0.01:
        return f"<{sign}0.01"
    return f"{sign}{amount:,.0f}" if amount >= 1000 else f"{sign}{amount:.2f}"


def percent(part: float, whole: float) -> str:
    """The share alone, "61 %", "0.4 %"; without a base a dash. Show `base` near it."""
    if not whole:
        return NONE
    share = 100 * part / whole
    return f"{share:.1f} %" if 0 < share < 1 else f"{share:.0f} %"


def share(part: int, whole: int) -> str:
    """A share with its base, "61 % (318 of 523)"; a base under 20 gives the fraction instead, "3 of 7"."""
    if whole < 20:
        return base(part, whole) if whole else NONE
    return f"{percent(part, whole)} ({base(part, whole)})"


def base(part: int, whole: int) -> str:
    """What a share counts: "318 of 523"."""
    return f"{part:,} of {whole:,}"


def points(now: float | None, before: float | None) -> str:
    """The change between two rates (0–1) in points: "▲ 4 pts"; "" when either is unknown or nothing moved."""
    if now is None or before is None:
        return ""
    moved = round(100 * (now - before))
    return f"{'▲' if moved > 0 else '▼'} {abs(moved)} {'pt' if abs(moved) == 1 else 'pts'}" if moved else ""


def clock_time(at: datetime, zone: str, *, seconds: bool = False) -> str:
    """The time of day in a zone, "14:03" or "14:03:22"."""
    return at.astimezone(ZoneInfo(zone)).strftime("%H:%M:%S" if seconds else "%H:%M")


def exact(at: datetime | None, zone: str) -> str:
    """For evidence: "22 Nov 2026, 14:03:22 PST"."""
    if at is None:
        return NONE
    local = at.astimezone(ZoneInfo(zone))
    return f"{local.day} {local.strftime('%b %Y, %H:%M:%S')} {local.tzname()}"


def day(at: datetime, zone: str) -> str:
    """A date as "Tue 24 Nov 2026"."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local.strftime('%a')} {local.day} {local.strftime('%b %Y')}"


def appointment(at: datetime | None, zone: str) -> str:
    """When people meet: "Tue 24 Nov 2026, 10:00 PST"."""
    if at is None:
        return NONE
    local = at.astimezone(ZoneInfo(zone))
    return f"{day(at, zone)}, {local.strftime('%H:%M')} {local.tzname()}"


def ago(at: datetime | None, *, now: datetime, zone: str) -> str:
    """How long ago, as people say it: "just now", "4 min ago", "yesterday 14:03", "Tue 14:03", "18 Nov 2025"."""
    if at is None:
        return NONE
    passed = now - at
    if passed < timedelta(minutes=1):
        return "just now"
    if passed < timedelta(hours=1):
        return f"{int(passed.total_seconds() // 60)} min ago"
    local, today = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    days = (today.date() - local.date()).days
    if days == 0:
        return f"{int(passed.total_seconds() // 3600)} h ago"
    if days == 1:
        return f"yesterday {local:%H:%M}"
    if days < 7:
        return f"{local:%a %H:%M}"
    return f"{local.day} {local:%b %H:%M}" if local.year == today.year else f"{local.day} {local:%b %Y}"


def ahead(at: datetime | None, *, now: datetime, zone: str) -> str:
    """When in the future, never only relative: "Tomorrow 09:00 (in 14 h)"."""
    if at is None:
        return NONE
    local, today = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    days = (local.date() - today.date()).days
    date = f"{local.day} {local:%b}" if local.year == today.year else f"{local.day} {local:%b %Y}"
    name = {0: "Today", 1: "Tomorrow"}.get(days) or (f"{local:%a}" if 1 < days < 7 else date)
    return f"{name} {local:%H:%M} (in {rough(at - now)})"


def inside(when: str) -> str:
    """A time as it stands inside a sentence: "Today 09:00" -> "today 09:00", "Fri 11:17" stays."""
    return when[:1].lower() + when[1:] if when.startswith(("Today", "Tomorrow")) else when


def person(label: str) -> str:
    """Somebody's label as people say it, alone or inside a text: "ana@example.com" -> "Ana"."""
    return _EMAIL.sub(lambda found: found[1].replace(".", " ").title(), label)


def sentence(text: str) -> str:
    """A value that stands alone begins with a capital: "all week" -> "All week"."""
    return text[:1].upper() + text[1:]


def rough(span: timedelta) -> str:
    """A length of time without false exactness: "4 s", "19 min", "12 h 19 min", "3 days"."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes and hours < 13 else f"{hours} h"
    return f"{hours // 24} days"


def time_left(span: timedelta | None, *, now: datetime, zone: str) -> str:
    """How long work will go on, rounded up: "under 1 min left", "about 35 min left", "done today 18:10"."""
    if span is None:
        return "time left unknown"
    minutes = ceil(span.total_seconds() / 60)
    if span < timedelta(minutes=1):
        return "under 1 min left"
    if minutes <= 20:
        return f"about {minutes} min left"
    if minutes <= 120:
        return f"about {ceil(minutes / 5) * 5} min left"
    return "done " + ahead(now + span, now=now, zone=zone).split(" (")[0].replace("Today", "today").replace(
        "Tomorrow", "tomorrow"
    )


_LANGUAGES = {
    "en": "English", "es": "Spanish", "de": "German", "fr": "French", "it": "Italian", "pt": "Portuguese", "nl": "Dutch",
    "pl": "Polish", "sv": "Swedish", "da": "Danish", "no": "Norwegian", "fi": "Finnish", "tr": "Turkish", "ru": "Russian",
    "uk": "Ukrainian", "ar": "Arabic", "hi": "Hindi", "ja": "Japanese", "ko": "Korean", "zh": "Chinese", "vi": "Vietnamese",
}  # fmt: skip


def language(code: str) -> str:
    """A language by its code: "en-US" -> "English (US)"; an unknown code stays as it is."""
    short, _dash, region = code.partition("-")
    name = _LANGUAGES.get(short.lower())
    return code if name is None else f"{name} ({region})" if region else name


def spoken(value: str, zone: str) -> str:
    """A value as machines write it, in words: an instant or a day, a name of ours like "no_answer"; other text stays."""
    if value in OUTCOME:
        return OUTCOME[value].word
    if _NAME.fullmatch(value):
        return value.replace("_", " ").capitalize()
    if not _DAY_OR_INSTANT.match(value):
        return value
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return value
    if len(value) == len("2026-11-23"):
        return day(at.replace(tzinfo=ZoneInfo(zone)), zone)
    return appointment(at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone)), zone)


def short_id(value: str) -> str:
    """The last 8 characters, for lists: "…a41c9f02"."""
    return f"…{value[-8:]}" if len(value) > 8 else value


def initials(name: str) -> str:
    """Two letters for an avatar: "Ana Duarte" -> "AD"."""
    parts = name.replace("@", " ").replace(".", " ").split()
    return "".join(part[0] for part in parts[:2]).upper() or "?"


def shown_status(status: str, *, outcome: str | None, is_due: bool = False, is_checking: bool = False) -> str:
    """The key of `theme.STATUS` for a call: its status, or `waiting` when due, `not_reached`, `checking`."""
    if is_checking:
        return "checking"
    if status == "scheduled" and is_due:
        return "waiting"
    if status == "failed" and outcome == "no_answer":
        return "not_reached"
    return status


def sentiment(value: float | None) -> str:
    """The key of `theme.SENTIMENT` for a number from −1 to 1; "" when unknown."""
    if value is None:
        return ""
    return "negative" if value < -0.3 else "positive" if value > 0.3 else "neutral"
