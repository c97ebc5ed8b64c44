"""The table of pages: one address each, and a page behind every module that is there."""

from importlib import import_module
from importlib.util import find_spec

from callcenter.ui.components.nav import PLACES
from callcenter.ui.routes import PAGES
from callcenter.ui.session import ADMINS, ANYONE, MANAGERS, OPERATORS


def test_every_address_is_one_page() -> None:
    routes = [page.route for page in PAGES]
    assert len(routes) == len(set(routes))


def test_every_place_of_the_rail_is_a_page() -> None:
    navs = {page.nav for page in PAGES}
    assert {place.nav for place in PLACES} <= navs


def test_roles_are_one_of_the_known_ladders() -> None:
    assert all(tuple(page.roles) in ((), ADMINS, MANAGERS, OPERATORS, ANYONE) for page in PAGES)


def test_only_pages_for_signing_in_are_public() -> None:
    assert {page.module for page in PAGES if not page.roles} == {"login", "setup", "invite", "reset"}


def test_every_module_that_is_there_has_its_page() -> None:
    for page in PAGES:
        name = f"callcenter.ui.pages.{page.module}"
        if find_spec(name) is not None:
            assert callable(getattr(import_module(name), f"{page.module}_page", None)), name
