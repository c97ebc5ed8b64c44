"""A link from an admin: the first password of somebody who was invited, or a new one for somebody who forgot theirs."""

from urllib.parse import unquote

import reflex as rx

from callcenter.domain.errors import CallCenterError
from callcenter.services import onboarding, runtime, staffing
from callcenter.ui.components.buttons import link_button
from callcenter.ui.pages.entrance import PROBLEMS, card_page, heading, posted, problem, waiting_words
from callcenter.ui.pages.new_password import new_password_field
from callcenter.ui.session import allow


class InviteState(rx.State):
    """Whose link it is; the link itself stays in the address."""

    workspace: str = ""
    face: str = "loading"
    link: str = ""
    kind: str = "invite"
    email: str = ""
    hello: str = ""
    problem: str = ""
    wrong_words: str = ""

    @rx.event
    @allow()
    async def load(self) -> None:
        """Reads the link out of the address and looks whose it is."""
        rt, url = runtime.current(), self.router.url
        self.kind, link = _parts(url.path)
        self.workspace = (await onboarding.installation_of(rt)).name or "Call center"
        try:
            user = await staffing.whose_link(rt, link)
        except CallCenterError:
            self.face = "over"
            return
        query = url.query_parameters
        kind = query.get("error", "")
        self.problem = waiting_words(query.get("seconds", "")) if kind == "wait" else ""
        self.wrong_words = PROBLEMS["password"] if kind and kind != "wait" else ""
        self.link, self.email, self.hello, self.face = link, user.email, f"Hello {user.name}", "ready"


def _parts(path: str) -> tuple[str, str]:
    parts = path.strip("/").split("/")
    return ("reset" if parts[0] == "reset" else "invite"), unquote(parts[-1])


def link_page() -> rx.Component:
    """The page behind both kinds of link."""
    over = rx.el.div(
        heading(
            "This link is not valid any more", "Links work once, and for three days. Ask an admin of your team for a new one."
        ),
        link_button("Go to sign in", "/login", kind="main", size="large"),
        class_name="stack gap-4",
    )
    is_new = InviteState.kind == "invite"
    form = posted(
        rx.el.input(type="hidden", name="link", value=InviteState.link, read_only=True),
        rx.el.input(type="hidden", name="kind", value=InviteState.kind, read_only=True),
        # Password managers file the new password under the address they find beside it.
        rx.el.input(type="hidden", name="username", value=InviteState.email, auto_complete="username", read_only=True),
        new_password_field(rx.cond(is_new, "Choose a password", "New password"), error=InviteState.wrong_words, auto_focus=True),
        to="/api/session/link",
        word=rx.cond(is_new, "Join", "Set password and sign in"),
    )
    ready = rx.el.div(
        heading(
            rx.cond(is_new, InviteState.hello, "Set a new password"),
            rx.cond(
                is_new, f"You were invited as {InviteState.email}.", f"For {InviteState.email}. All other sign-ins of yours end."
            ),
        ),
        problem(InviteState.problem),
        form,
        class_name="stack gap-4",
    )
    shown = rx.match(InviteState.face, ("ready", ready), ("over", over), rx.el.p("Looking at your link…", class_name="quiet m-0"))
    return card_page(shown, workspace=InviteState.workspace)


def invite_page() -> rx.Component:
    """The page of an invitation."""
    return link_page()


on_load = [InviteState.load]
