"""The dry run of a batch in the wizard: when its calls would go out, hour by hour, who never is called, and nobody is dialled."""

import logging
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import reflex as rx

from callcenter.domain.dry_run import DryRun
from callcenter.domain.errors import CallCenterError
from callcenter.services import dry_running, runtime
from callcenter.services.rehearsing import USUAL_REACHED, Usual
from callcenter.ui import session, words
from callcenter.ui.components import faces
from callcenter.ui.components.buttons import button
from callcenter.ui.components.cards import Fact, fact_list
from callcenter.ui.components.confirm import dialog
from callcenter.ui.pages import batch_plan as plan
from callcenter.ui.pages.batch_new_state import BatchNewState
from callcenter.ui.pages.calls_viewer import Viewer
from callcenter.ui.session import MANAGERS, allow
from callcenter.ui.shell_state import closed_when_left

log = logging.getLogger(__name__)

#: Calls are told hour by hour if they go out in no more hours than this, else day by day.
_MOST_HOURS = 24


@dataclass(frozen=True)
class Bar:
    """The calls of an hour or a day: which, how many, and their share of the fullest (0–100). `day` stands where it is new."""

    day: str
    hour: str
    number: str
    share: float


@dataclass(frozen=True)
class Played:
    """What came of a dry run, in words."""

    facts: list[Fact] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    never: list[Fact] = field(default_factory=list)
    note: str = ""


def played(run: DryRun, usual: Usual, viewer: Viewer, *, now: datetime) -> Played:
    """Puts a dry run into words."""
    zone = viewer.zone
    never = [Fact(words.counted(_whole(leads), "lead"), reason) for reason, leads in run.never if _whole(leads)]
    if _whole(run.later):
        never.append(Fact(words.counted(_whole(run.later), "lead"), "Their turn comes only after more than two weeks."))
    dials = _whole(run.dials)
    several = run.dials > run.leads + 0.5
    is_now = run.first_at is not None and run.first_at <= now
    facts = [Fact("First call", "Now" if is_now else words.ahead(run.first_at, now=now, zone=zone))]
    if several and not run.later:
        facts.append(Fact("Everyone tried once", words.ahead(run.tried_at, now=now, zone=zone)))
    facts += [
        Fact("Last call is over", "in over two weeks" if run.later else words.ahead(run.done_at, now=now, zone=zone)),
        Fact("Calls in all", f"about {dials:,}" if several else words.count(dials)),
        Fact("Cost", "not known yet" if run.cost is None else f"about {words.money(run.cost, viewer.currency)}"),
    ]
    return Played(
        facts=facts if dials else [],
        bars=_bars(run.by_stretch, zone),
        never=never,
        note=_note(usual),
    )


def _whole(number: float) -> int:
    return max(round(number), 1 if number > 0 else 0)


def _bars(by_stretch: Mapping[datetime, float], zone: str) -> list[Bar]:
    """By hours on the clock of whoever looks, or by days when these are many."""
    hours: defaultdict[datetime, float] = defaultdict(float)
    for at, dials in by_stretch.items():
        hours[at.astimezone(ZoneInfo(zone)).replace(minute=0)] += dials
    if len(hours) <= _MOST_HOURS:
        return _drawn([(f"{at:%a} {at.day} {at:%b}", f"{at:%H:%M}", dials) for at, dials in sorted(hours.items())])
    days: defaultdict[datetime, float] = defaultdict(float)
    for at, dials in hours.items():
        days[at.replace(hour=0)] += dials
    return _drawn([(f"{at:%a} {at.day} {at:%b}", "", dials) for at, dials in sorted(days.items())])


def _drawn(rows: list[tuple[str, str, float]]) -> list[Bar]:
    most, before = max((dials for _day, _hour, dials in rows), default=1), ""
    bars: list[Bar] = []
    for day, hour, dials in rows:
        bars.append(Bar("" if day == before else day, hour, words.count(_whole(dials)), round(100 * dials / most, 1)))
        before = day
    return bars


def _note(usual: Usual) -> str:
    took = words.duration_sentence(timedelta(seconds=usual.seconds))
    if usual.reached is None:
        share = words.percent(USUAL_REACHED, 1)
        return f"Nothing was measured yet: a call is taken to last {took} with its ringing, and {share} to reach somebody."
    share = words.percent(usual.reached, 1)
    as_usual = f"As in the last four weeks a call lasts {took} with its ringing, and {share} reach somebody"
    return f"{as_usual}; nothing else is dialled meanwhile."


@closed_when_left("batches", face="")
class DryRunState(rx.State):
    """The last dry run; `face` is "" (closed), "playing", "played" or "failed"."""

    face: str = ""
    shown: Played = Played()
    error: str = ""
    _nth: int = 0

    @rx.event(background=True)
    @allow(*MANAGERS)
    async def play(self) -> None:
        """Plays the batch as it is chosen now; what an earlier one still finds is not shown any more."""
        rt, actor = runtime.current(), await session.who(self)
        async with self:
            if self.face == "playing":
                return
            self._nth += 1
            nth, self.face = self._nth, "playing"
        shown, error = Played(), ""
        try:
            async with self:
                new = await self.get_state(BatchNewState)
                client_id, chosen, viewer = new.client, new._chosen, new._viewer
                found = await new._rehearsed(actor)
            wish = plan.wish_of(chosen, zone=viewer.zone, lead_ids=plan.ids_of(found, chosen))
            run = await dry_running.dry_run(rt, actor, client_id, wish)
            shown = played(run, found.usual, viewer, now=rt.clock.now())
        except CallCenterError as refused:
            error = refused.message
        except Exception:
            log.exception("a dry run failed")
            error = "It could not be played through. Try again in a moment."
        async with self:
            if self._nth == nth and self.face:  # nobody closed it, or went away
                self.shown, self.error, self.face = shown, error, "failed" if error else "played"

    @rx.event
    @allow(*MANAGERS)
    async def close(self) -> None:
        """Closes it."""
        self._nth += 1
        self.face = ""


def dry_run_button() -> rx.Component:
    """Opens the dialog; for where the sum of the batch stands."""
    return button(
        "Dry run", icon_name="flask_conical", size="small", on_click=DryRunState.play, disabled=BatchNewState.sum.number == 0
    )


def dry_run_dialog() -> rx.Component:
    """The dialog with what would happen."""
    return dialog(
        rx.match(
            DryRunState.face,
            ("played", _played()),
            ("failed", rx.el.p(DryRunState.error, role="alert")),
            faces.skeleton_card(5),
        ),
        is_open=DryRunState.face != "",
        on_close=DryRunState.close,
        title="Dry run",
        description="Your rules, played through on another clock. Nobody is dialled.",
        foot=button("Close", on_click=DryRunState.close),
        width=520,
    )


def _played() -> rx.Component:
    shown = DryRunState.shown
    nobody = rx.el.p("Nobody would be called.", class_name="strong m-0")
    return rx.el.div(
        rx.cond(shown.facts.length() > 0, fact_list(shown.facts), nobody),
        rx.cond(shown.bars.length() > 0, _chart()),
        rx.cond(shown.never.length() > 0, _never()),
        rx.el.div(shown.note, class_name="small quiet"),
        class_name="stack gap-5 mt-4",
    )


def _chart() -> rx.Component:
    def row(bar: rx.Var) -> rx.Component:
        return rx.el.tr(
            rx.el.th(bar.day, scope="row", class_name="font-normal text-left whitespace-nowrap pr-3 w-px"),
            rx.el.td(bar.hour, class_name="quiet whitespace-nowrap pr-3 w-px"),
            rx.el.td(rx.el.div(rx.el.i(style={"width": bar.share.to_string() + "%"}), class_name="bar"), aria_hidden="true"),
            rx.el.td(bar.number, class_name="text-right whitespace-nowrap pl-3 w-px"),
        )

    return rx.el.table(
        rx.el.caption("Calls that go out", class_name="strong text-left pb-2"),
        rx.el.tbody(rx.foreach(DryRunState.shown.bars, row)),
        class_name="w-full small",
    )


def _never() -> rx.Component:
    def row(each: rx.Var) -> rx.Component:
        return rx.el.li(rx.el.span(each.name, class_name="strong"), ": ", each.value)

    return rx.el.div(
        rx.el.div("Never called", class_name="strong"),
        rx.el.ul(rx.foreach(DryRunState.shown.never, row), class_name="m-0 pl-5 stack gap-1 list-disc"),
        class_name="stack gap-2",
    )
