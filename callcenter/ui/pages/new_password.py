"""A field for a new password that says, while one types, how hard it is to guess."""

from typing import Any

import reflex as rx

from callcenter.services import hashing
from callcenter.ui.components.form import password_field
from callcenter.ui.session import allow

Text = str | rx.Var

#: By how hard a password is to guess, from 0 to 4.
_WORDS = ("Very easy to guess.", "Easy to guess.", "Fair.", "Good, hard to guess.", "Strong, very hard to guess.")


class PasswordState(rx.State):
    """How good the password being typed is; the password itself is not kept."""

    score: int = -1
    words: str = ""

    @rx.event(supersedes=True)
    @allow()
    async def judge(self, text: str) -> None:
        """Judges what has been typed so far."""
        typed = str(text)[: hashing.LONGEST + 1]
        if not typed:
            self.score, self.words = -1, ""
        elif len(typed) < hashing.SHORTEST:
            missing = hashing.SHORTEST - len(typed)
            self.score, self.words = 0, f"Too short: {missing} more {'character' if missing == 1 else 'characters'}."
        else:
            score, advice = await hashing.judge(typed)
            self.score, self.words = score, f"{_WORDS[score]} {advice}".strip() if score < 3 else _WORDS[score]


def new_password_field(label: Text = "Password", *, name: str = "password", error: Text = "", **props: Any) -> rx.Component:
    """The field with four bars and the verdict in words under it."""
    hue = rx.match(PasswordState.score, (0, "red"), (1, "red"), (2, "amber"), "green")
    bars = [
        rx.el.i(
            class_name="h-1 w-7 rounded-sm",
            style={"background": rx.cond(PasswordState.score >= place, "var(--accent-9)", "var(--gray-a4)")},
        )
        for place in range(1, 5)
    ]
    verdict = rx.el.span(
        rx.el.span(*bars, class_name="inline-flex gap-1 items-center flex-none", aria_hidden="true"),
        rx.el.span(rx.cond(PasswordState.words != "", PasswordState.words, "8 characters or more."), class_name="grow"),
        class_name="row",
        data_accent_color=hue,
        role="status",
    )
    return password_field(
        label,
        name=name,
        error=error,
        help_text=verdict,
        auto_complete="new-password",
        required=True,
        min_length=hashing.SHORTEST,
        max_length=hashing.LONGEST,
        on_change=PasswordState.judge.debounce(250),
        **props,
    )
