"""Times on screen: the words come from the server, the browser keeps them true."""

import reflex as rx

Text = str | rx.Var


def time_ago(words: Text, instant: Text, exact: Text = "", *, class_name: str = "") -> rx.Component:
    """A `<time>` like "4 min ago". `instant` is ISO in UTC; `exact` is shown on hover and focus. Ticks in the browser."""
    return rx.el.time(words, date_time=instant, title=exact, data_ago=True, class_name=class_name)


def running_time(instant: Text, words: Text = "") -> rx.Component:
    """How long something has been going on, ticking once a second from its ISO start."""
    return rx.el.time(words, date_time=instant, data_running=True, role="timer", aria_live="off")
