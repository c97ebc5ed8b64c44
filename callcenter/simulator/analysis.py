"""What the provider works out after a call: a summary, a mood, and the custom fields its agents are asked to fill."""

from datetime import timedelta
from typing import Any

from callcenter.simulator.script import Plan
from callcenter.simulator.talk import Talk

SUMMARIES: dict[str, str] = {
    "appointment": "{who} agreed to an appointment about {service} on {when} and confirmed the time.",
    "sale": "{who} asked about the price of {service} and accepted the offer during the call.",
    "qualified": "{who} is interested in {service} and asked for details in writing; a colleague will follow up on {when}.",
    "successful": "{who} answered the question about {service}; the record is up to date.",
    "not_interested": "{who} listened to the reason for the call and declined the offer about {service}.",
    "do_not_call": "{who} asked not to be called again. The agent confirmed that the number is removed.",
    "wrong_number": "The person who answered is not {who}; the number belongs to somebody else.",
    "callback": "{who} had no time and asked to be called back on {when}.",
    "transfer": "{who} had a question about a contract and was put through to a colleague.",
    "silence": "The call was answered, but nobody spoke. The agent ended it after a long silence.",
    "max_duration": "{who} asked to have things repeated and left the line open until the longest call time was reached.",
    "their_fault_midcall": "The call broke off in the middle because of a technical fault.",
    "voicemail": "The call reached a voicemail. The agent left a message about {service}.",
    "ivr": "The call reached an automatic phone menu and was ended.",
}
UNCONNECTED = "The call was not answered, so there was no conversation."
SERVICES = {
    "dental": "the dental check-up",
    "insurance": "the insurance renewal",
    "solar": "the solar survey",
    "car": "the annual car service",
}
INTEREST = {"appointment": 5, "sale": 5, "qualified": 4, "successful": 3, "transfer": 3, "callback": 3, "not_interested": 1}
PRICES = {"dental": (60, 180), "insurance": (380, 900), "solar": (4200, 11900), "car": (140, 620)}


def analysis_of(plan: Plan, talk: Talk | None, *, stopped: bool) -> dict[str, Any]:
    """`call_analysis`; without a talk, or when somebody stopped the call, hardly anything is known."""
    if talk is None or not talk.turns:
        return {
            "call_summary": UNCONNECTED,
            "in_voicemail": False,
            "user_sentiment": "Unknown",
            "call_successful": False,
            "custom_analysis_data": {},
        }
    if stopped:
        return {
            "call_summary": f"The call about {SERVICES[plan.trade]} was ended before it came to a result.",
            "in_voicemail": False,
            "user_sentiment": "Neutral",
            "call_successful": False,
            "custom_analysis_data": {},
        }
    return {
        "call_summary": summary(plan, talk),
        "in_voicemail": plan.outcome.name == "voicemail",
        "user_sentiment": plan.rng().choice(plan.outcome.sentiments),
        "call_successful": plan.outcome.successful,
        "custom_analysis_data": custom_fields(plan, talk),
    }


def summary(plan: Plan, talk: Talk) -> str:
    """One or two sentences about the call, in English whatever was spoken."""
    when = f"{talk.agreed_at:%A} {talk.agreed_at.day} {talk.agreed_at:%B} at {talk.agreed_at:%H:%M}"
    text = SUMMARIES[plan.outcome.name].format(who=talk.name or "the person called", service=SERVICES[plan.trade], when=when)
    return text[0].upper() + text[1:]


def custom_fields(plan: Plan, talk: Talk) -> dict[str, Any]:
    """The fields an agent of this trade is set up to fill; machines and empty lines leave nearly all of them out."""
    name = plan.outcome.name
    fields: dict[str, Any] = {"language": plan.language}
    if plan.outcome.verdict is not None:
        fields["outcome"] = plan.outcome.verdict
    if name in INTEREST:
        fields["interest_level"] = INTEREST[name]
    match name:
        case "appointment":
            fields["appointment_date"] = talk.agreed_at.isoformat()
            fields["appointment_minutes"] = 40
        case "sale":
            fields["sale_amount"] = plan.rng().randint(*PRICES[plan.trade])
        case "qualified":
            fields["follow_up_date"] = talk.agreed_at.date().isoformat()
        case "callback":
            fields["callback_requested"] = True
            fields["callback_date"] = talk.agreed_at.isoformat()
        case "do_not_call" | "wrong_number" | "not_interested":
            fields[name] = True
        case "transfer":
            fields["follow_up_date"] = (talk.agreed_at.date() + timedelta(days=1)).isoformat()
        case _:
            pass
    return fields
