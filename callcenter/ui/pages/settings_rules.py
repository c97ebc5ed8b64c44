"""Calling rules: what dialling obeys, what people decided beside it, and the rows of places to compare and review."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import reflex as rx

from callcenter.domain.hours import words as hours_words
from callcenter.domain.rules import Confidence, Rule
from callcenter.services import ruling, runtime
from callcenter.services.ruling import Decision
from callcenter.ui import session, words
from callcenter.ui.components.cards import card, card_rows
from callcenter.ui.components.faces import empty_part, skeleton_card
from callcenter.ui.components.status_badge import tint_badge
from callcenter.ui.pages.calls_viewer import viewer_of
from callcenter.ui.pages.closed_days import closed_days_card
from callcenter.ui.pages.settings_rule_words import place_words, value_words
from callcenter.ui.session import ANYONE, allow

_KEYS: Mapping[str, str] = {
    "hours": "Calling hours",
    "hours.to_check": "Calling hours, to look up",
    "dials.max_in_24h": "Calls to a number in 24 hours, at most",
    "zone.unknown": "Time zone unknown",
    "do_not_call": "Do-not-call list",
    "disclosure": "What the agent says first",
    "ai_voice_is_artificial_voice": "An AI voice counts as an artificial voice",
    "consent.telemarketing": "Consent to sales calls",
    "consent.informational.mobile": "Consent to other calls, mobile",
    "consent.informational.landline": "Consent to other calls, landline",
    "consent.one_to_one": "Consent for one seller only",
    "dnc.registry_copy_max_age": "Age of a copy of the public do-not-call list",
    "dnc.internal": "Own do-not-call list",
    "revocation": "Taking consent back",
    "abandoned.max": "Calls left unanswered by us, at most",
    "ring.min": "Ringing, at least",
    "must_say": "What must be said",
    "caller_id": "Number shown",
    "records": "Records",
    "damages": "Damages",
    "reassigned_numbers": "Numbers with a new owner",
    "ai_disclosure": "Saying that it is an AI",
    "area_code_presumes_state": "The area code stands for the state",
    "seller_licence": "Licence to sell by phone",
    "identify_within": "Saying who calls, within",
    "recording.all_parties": "Everybody must agree to a recording",
}
_CONFIDENCE: Mapping[Confidence, tuple[str, str]] = {
    Confidence.PRIMARY: ("Read in the law", "green"),
    Confidence.SECONDARY: ("Second hand", "amber"),
    Confidence.UNVERIFIED: ("Not checked", "orange"),
}


@dataclass(frozen=True)
class RuleRow:
    """A shipped row. `is_old`: nobody has checked it for too long."""

    id: str
    rule: str
    place: str
    value: str
    source: str
    checked: str
    is_old: bool
    trust: str


@dataclass(frozen=True)
class DecisionRow:
    """What somebody decided beside the rules."""

    id: str
    hours: str
    whose: str
    why: str
    by: str
    holds_for: str


class RulesState(rx.State):
    """The rows of the section."""

    obeyed: list[RuleRow] = []
    places: list[RuleRow] = []
    decisions: list[DecisionRow] = []
    is_loaded: bool = False

    @rx.event
    @allow(*ANYONE)
    async def load(self) -> None:
        """Reads them once the section is open."""
        if self.router.url.path.rstrip("/") != "/settings/rules":
            return
        rt, actor, viewer = runtime.current(), await session.who(self), await viewer_of(self)
        today = rt.clock.now().date()
        rows = [(rule.place, _rule_row(rule, nth, today)) for nth, rule in enumerate(ruling.shipped(on=today))]
        self.obeyed = [row for place, row in rows if not place]
        self.places = [row for place, row in rows if place]
        found = await ruling.decisions(rt, actor)
        self.decisions = [_decision_row(each, nth, viewer.zone) for nth, each in enumerate(found)]
        self.is_loaded = True


def _rule_row(rule: Rule, nth: int, today: date) -> RuleRow:
    checked = f"{rule.verified_on.day} {rule.verified_on:%b %Y}" if rule.verified_on else "Never"
    return RuleRow(
        id=str(nth), rule=_KEYS[rule.key], place=place_words(rule.place), value=value_words(rule.value),
        source=rule.source, checked=checked, is_old=rule.needs_review(today), trust=rule.confidence.value,
    )  # fmt: skip


def _decision_row(each: Decision, nth: int, zone: str) -> DecisionRow:
    return DecisionRow(
        id=str(nth), hours=hours_words(each.windows), whose=each.client_name, why=each.why,
        by=f"{words.person(each.by)}, {words.day(each.at, zone)}", holds_for=each.holds_for,
    )  # fmt: skip


def rules_section() -> rx.Component:
    """The section."""
    obeyed = rx.el.p(
        "Every call obeys these, on the lead’s own clock. A client or a batch may have stricter hours; looser ones need a "
        "manager and a reason. This is no legal advice.",
        class_name="quiet m-0 px-4 pt-3",
    )
    places = rx.el.p(
        "What we know of the law of places, to compare with and to look up. Dialling does not read these rows.",
        class_name="quiet m-0 px-4 pt-3",
    )
    none = empty_part("Nobody decided anything beside the rules.")
    some = card_rows(rx.foreach(RulesState.decisions, _decision))
    decided = _once_loaded(rx.cond(RulesState.decisions.length() > 0, some, none))
    every_call = "What every call obeys"
    return rx.el.div(
        card(obeyed, _table(RulesState.obeyed, every_call, has_place=False), title=every_call, body=False),
        closed_days_card(),
        card(decided, title="Hours beyond the rules", count="who allowed them, and why", body=False),
        card(places, _table(RulesState.places, "Rules of places", has_place=True), title="Rules of places", body=False),
        class_name="stack gap-3",
    )


def _once_loaded(part: rx.Component) -> rx.Component:
    return rx.cond(RulesState.is_loaded, part, rx.el.div(skeleton_card(), class_name="p-4"))


def _table(rows: rx.Var, label: str, *, has_place: bool) -> rx.Component:
    heads = ["Rule", *(["Place"] if has_place else []), "Value", "Source", "Checked on", "Trust"]

    trust = [(confidence.value, tint_badge(word, hue=hue)) for confidence, (word, hue) in _CONFIDENCE.items()]

    def row(each: Any) -> rx.Component:
        checked = rx.fragment(each.checked, rx.cond(each.is_old, rx.el.div("Check again", class_name="small strong")))
        return rx.el.tr(
            rx.el.th(each.rule, scope="row", class_name="font-medium! text-sm! whitespace-normal! text-[var(--gray-12)]!"),
            *([rx.el.td(each.place, class_name="whitespace-nowrap")] if has_place else []),
            rx.el.td(each.value),
            rx.el.td(each.source, class_name="quiet"),
            rx.el.td(checked, class_name="whitespace-nowrap!"),
            rx.el.td(rx.match(each.trust, *trust, rx.el.span(each.trust))),
            key=each.id,
        )

    table = rx.el.table(
        rx.el.thead(rx.el.tr(*[rx.el.th(head, scope="col") for head in heads])),
        rx.el.tbody(rx.foreach(rows, row)),
        aria_label=label,
        class_name="rows-table table! stacked [&_td]:whitespace-normal [&_tr]:cursor-default",
    )
    return _once_loaded(rx.el.div(table, class_name="overflow-x-auto", tab_index=0, role="region", aria_label=label))


def _decision(each: Any) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.span(each.whose, ": ", each.hours, class_name="strong"),
            rx.el.span("“", each.why, "” ", each.by, class_name="small quiet"),
            class_name="stack grow min-w-0",
        ),
        rx.cond(
            each.holds_for != "",
            tint_badge(each.holds_for, hue="amber"),
            rx.el.span("a single call, or over", class_name="small quiet"),
        ),
        key=each.id,
        class_name="row gap-3 min-h-13 px-4 py-2",
    )
