"""The Live page in words: tiles, calls in progress, what comes next, what just ended, batches, slots and warnings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from callcenter.domain.lines import BatchLine, CallLine
from callcenter.domain.phone import city
from callcenter.services.browsing.pages import AttentionLine, LiveBoard, LiveTiles, RateTile, SlotLine, UpNextLine
from callcenter.ui import words
from callcenter.ui.components.tile import spark
from callcenter.ui.pages import calls_rows as rows
from callcenter.ui.pages.calls_viewer import Viewer
from callcenter.ui.words import MICROS

_ZONE_WORDS = {"P": "Pacific", "M": "Mountain", "C": "Central", "E": "Eastern"}
ATTENTION_ICONS = {
    "webhook_silent": "octagon_x",
    "account_paused": "octagon_x",
    "client_paused": "pause",
    "batch_stopped": "circle_pause",
    "followups_overdue": "calendar_clock",
    "zone_unknown": "map_pin_off",
    "unmatched": "circle_help",
    "poison": "bug",
    "unknown_dials": "scan_search",
    "dials_undecided": "circle_help",
    "budget": "wallet",
    "number_spam": "phone_off",
}


@dataclass(frozen=True)
class TileView:
    """One tile. `change` is "▲ 4 pts" in its colour, "" for none; `short` the value where there is little room for it."""

    value: str = ""
    suffix: str = ""
    note: str = ""
    change: str = ""
    is_good: bool = True
    points: str = ""
    face: str = "loading"
    short: str = ""


@dataclass(frozen=True)
class Tiles:
    """The six of them."""

    in_progress: TileView = TileView()
    waiting: TileView = TileView()
    answered: TileView = TileView()
    success: TileView = TileView()
    cost: TileView = TileView()
    attention: TileView = TileView()


@dataclass(frozen=True)
class TalkRow:
    """A call that goes on, or one that just ended (`is_over`) and stays a moment with its outcome."""

    id: str
    who: str
    number: str
    client: str
    agent: str
    status: str
    speaker: str
    said: str
    running: str
    lasted: str
    outcome: str = ""
    is_over: bool = False
    is_ending: bool = False


@dataclass(frozen=True)
class NextRow:
    """A call that comes next, and what it waits for."""

    id: str
    who: str
    client: str
    when: str


@dataclass(frozen=True)
class EndedRow:
    """A call that just ended."""

    id: str
    who: str
    status: str
    outcome: str
    lasted: str
    ended: str
    ended_at: str
    ended_exact: str


@dataclass(frozen=True)
class RunningRow:
    """A batch that runs, waits or is paused. `percent` is how far it is, `left` when it will be done or what it waits for."""

    id: str
    name: str
    client: str
    percent: float
    done: str
    left: str
    is_idle: bool
    is_paused: bool
    may_toggle: bool


@dataclass(frozen=True)
class SlotRow:
    """How many places of a client are taken."""

    id: str
    name: str
    used: int
    cap: int


@dataclass(frozen=True)
class AttentionRow:
    """Something that needs a person, and where to put it right."""

    title: str
    detail: str
    action: str
    href: str
    icon: str
    is_error: bool


@dataclass(frozen=True)
class HourBar:
    """Calls dialled in one hour of today; `height` is percent of the busiest."""

    hour: str
    count: str
    height: float


def title_side(now: datetime, zone: str) -> str:
    """Beside the title: "Thu 19 Nov, 14:03 · Pacific time"."""
    local = now.astimezone(ZoneInfo(zone))
    short = local.tzname() or ""
    us = _ZONE_WORDS.get(short[:1]) if zone.startswith("America/") and len(short) == 3 and short[1:] in ("ST", "DT") else None
    place = f"{us} time" if us else "UTC" if zone == "UTC" else f"{city(zone)} time"
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M} · {place}"


# -- tiles ---------------------------------------------------------------------------------------------------------


def tiles_of(board: LiveBoard, viewer: Viewer) -> Tiles:
    """The six tiles of a board."""
    tiles = board.tiles
    return Tiles(
        in_progress=_in_progress(tiles),
        waiting=TileView(
            value=words.count(tiles.waiting),
            note=_next(board),
            points=spark(tiles.waiting_spark),
            face="ready",
        ),
        answered=_rate(tiles.answered, "Nobody dialled yet today"),
        success=_rate(tiles.success, "Nobody reached yet today"),
        cost=_cost(tiles, viewer.currency),
        attention=TileView(
            value=str(tiles.attention),
            note=board.attention[0].title if board.attention else "All is well",
            face="ready",
        ),
    )


def _in_progress(tiles: LiveTiles) -> TileView:
    note = f"{tiles.talking} talking, {tiles.dialling} dialling" if tiles.in_progress else "Nobody is on the phone"
    suffix = f"of {tiles.places}" if tiles.places is not None else ""
    return TileView(str(tiles.in_progress), suffix, note, points=spark(tiles.in_progress_spark), face="ready")


def _next(board: LiveBoard) -> str:
    tiles = board.tiles
    if not tiles.waiting:
        return "Nobody waits"
    if tiles.next_at is None:
        return "For a free slot" if any(line.reason == "slot" for line in board.up_next) else "Held for now"
    return "Next now" if tiles.next_at <= board.at else f"Next {_soon(tiles.next_at, board.at, board.timezone)}"


def _soon(at: datetime, now: datetime, zone: str) -> str:
    """ "in 4 s" for what is near, a clock time for what is not."""
    if at - now < timedelta(minutes=10):
        return f"in {words.rough(at - now)}"
    return rows.short_when(at, zone, now=now)


def _rate(tile: RateTile, nothing: str) -> TileView:
    if not tile.base:
        return TileView(note=nothing, face="unknown")
    change = words.points((tile.change_points or 0) / 100, 0.0) if tile.change_points else ""
    line = [value for value in tile.hours if value is not None]
    is_small = tile.base < 20
    return TileView(
        value=str(tile.count) if is_small else words.percent(tile.count, tile.base),
        suffix=f"of {tile.base}" if is_small else "",
        note="Too few for a rate" if is_small else words.base(tile.count, tile.base),
        change=change if not is_small else "",
        is_good=(tile.change_points or 0) > 0,
        points=spark(line) if len(line) >= 3 else "",
        face="ready",
    )


def _cost(tiles: LiveTiles, currency: str) -> TileView:
    budget = f"of {_plain(tiles.budget_today, currency)} a day" if tiles.budget_today else ""
    each = f"{words.money(tiles.cost_today // tiles.calls_with_cost, currency)} a call" if tiles.calls_with_cost else ""
    note = budget or each or "Arrives after each call"  # a tile has room for one of them
    whole = words.money(tiles.cost_today // MICROS * MICROS, currency).removesuffix(".00")
    return TileView(value=words.money(tiles.cost_today, currency), short=whole, note=note, face="ready")


def _plain(micros: int, currency: str) -> str:
    return words.money(micros, currency).removesuffix(".00")


# -- lists ---------------------------------------------------------------------------------------------------------


def talk_row(line: CallLine, viewer: Viewer, *, now: datetime) -> TalkRow:
    """A call in progress with the last words said."""
    number = viewer.number(line.number)
    first = line.lead_name.split()[0] if line.lead_name.split() else "They"
    speaker = "" if not line.last_words else (line.agent_name or "Agent") if line.speaker == "agent" else first
    return TalkRow(
        id=line.call_id,
        who=line.lead_name or number,
        number=number if line.lead_name else "",
        client=line.client_name,
        agent=line.agent_name,
        status=rows.status_of(line, now=now),
        speaker=speaker,
        said=line.last_words[:140],
        running=rows.running_from(line),
        lasted=words.duration(timedelta(seconds=line.duration_s or 0)) if line.status in rows.OVER else "",
        outcome=line.outcome or "" if line.status in rows.OVER else "",
        is_over=line.status in rows.OVER,
        is_ending=line.cancel_requested_at is not None,
    )


def next_row(line: UpNextLine, *, now: datetime) -> NextRow:
    """A call that comes next: "in 4 s", "waiting for a free slot", "09:00 for them"."""
    if line.reason == "later" and line.at:
        is_near = line.at - now < timedelta(minutes=10)
        when = f"in {words.rough(line.at - now)}" if is_near else f"{_local_clock(line.at, line.zone, now)} for them"
    else:
        when = line.words
    return NextRow(line.call_id, line.who, line.client_name, when)


def _local_clock(at: datetime, zone: str, now: datetime) -> str:
    days = (at.astimezone(ZoneInfo(zone)).date() - now.astimezone(ZoneInfo(zone)).date()).days
    return words.clock_time(at, zone) if not days else rows.when(at, zone, now=now)


def ended_row(line: CallLine, viewer: Viewer, *, now: datetime) -> EndedRow:
    """A call that just ended, with what came of it."""
    at = line.ended_at or line.updated_at
    return EndedRow(
        id=line.call_id,
        who=line.lead_name or viewer.number(line.number),
        status=rows.status_of(line, now=now),
        outcome=line.outcome or "",
        lasted=words.duration(timedelta(seconds=line.duration_s or 0)),
        ended=words.ago(at, now=now, zone=viewer.zone),
        ended_at=rows.iso(at),
        ended_exact=words.exact(at, viewer.zone),
    )


def running_row(line: BatchLine, viewer: Viewer, *, now: datetime, eta: datetime | None) -> RunningRow:
    """A batch with how far it is and when it will be done."""
    share = 100 * line.done / line.total if line.total else 0
    return RunningRow(
        id=line.batch_id,
        name=line.name or "Batch",
        client=line.client_name,
        percent=round(share, 1),
        done=f"{words.base(line.done, line.total)} · {words.percent(line.done, line.total)}",
        left=_left(line, viewer, now=now, eta=eta),
        is_idle=line.status in ("waiting", "paused", "scheduled"),
        is_paused=line.state == "paused",
        may_toggle=viewer.may_manage and line.state in ("running", "paused"),
    )


def _left(line: BatchLine, viewer: Viewer, *, now: datetime, eta: datetime | None) -> str:
    at_once = f", {line.max_concurrent or line.client_cap} at a time"
    match line.status:
        case "paused":
            return line.state_why[:1].upper() + line.state_why[1:] if line.state_why else "Paused"
        case "scheduled" if line.scheduled_at:
            return f"Starts {rows.short_when(line.scheduled_at, viewer.zone, now=now)}"
        case "waiting" if line.waits_until:
            return f"{words.count(line.counts.scheduled)} wait until {rows.short_when(line.waits_until, viewer.zone, now=now)}"
        case "finishing":
            return f"Nothing left to dial, {words.counted(line.counts.active, 'call')} going on"
        case _ if eta is not None:
            left = words.time_left(max(eta - now, timedelta()), now=now, zone=viewer.zone)
            return left[:1].upper() + left[1:] + at_once
        case _:
            return f"{line.max_concurrent or line.client_cap} at a time"


def slot_rows(lines: Sequence[SlotLine]) -> list[SlotRow]:
    """The places of each client."""
    return [SlotRow(line.client_id, line.client_name, line.used, line.cap) for line in lines]


def attention_row(line: AttentionLine) -> AttentionRow:
    """A warning with what to do."""
    icon = ATTENTION_ICONS.get(line.kind, "triangle_alert")
    return AttentionRow(line.title, words.person(line.detail), line.action, line.href, icon, line.level == "error")


def hour_bars(hourly: Sequence[tuple[int, int]]) -> list[HourBar]:
    """Today hour by hour, from the first busy one to the last."""
    counts: Mapping[int, int] = {hour: count for hour, count in hourly if count}
    if not counts:
        return []
    most = max(counts.values())
    hours = [(hour, counts.get(hour, 0)) for hour in range(min(counts), max(counts) + 1)]
    return [HourBar(f"{hour:02}", words.short_count(count), round(100 * count / most, 1)) for hour, count in hours]
