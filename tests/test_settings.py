"""What an operator may set, how it is read, and how mistakes are told."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from callcenter import settings as module
from callcenter.domain.errors import Invalid
from callcenter.settings import PROJECT_FOLDER, Settings, check_for_serving, load_settings

Load = Callable[..., Settings]
LONG = "k" * 32


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Load:
    """Load the settings from the given variables alone."""

    def load_from(**variables: str) -> Settings:
        for field in Settings.model_fields.values():
            monkeypatch.delenv(str(field.validation_alias), raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return load_settings(_env_file=None)

    return load_from


def test_nothing_set_gives_the_promised_defaults(load: Load) -> None:
    settings = load()
    assert settings.database_url == f"sqlite:///{PROJECT_FOLDER}/data/callcenter.db"
    assert settings.retell_base_url == "https://api.retellai.com"
    assert settings.number_hold == timedelta(hours=24)
    assert (settings.log_level, settings.log_format) == ("info", "text")
    unset = (settings.redis_url, settings.public_url, settings.simulator_url, settings.retell_api_key)
    assert unset == (None, None, None, None)
    assert settings.secret_keys == settings.trusted_proxies == ()


def test_the_environment_names_are_the_promised_ones() -> None:
    names = {str(field.validation_alias) for field in Settings.model_fields.values()}
    assert names == {
        "CALLCENTER_DATABASE_URL",
        "CALLCENTER_REDIS_URL",
        "CALLCENTER_SECRET_KEY",
        "CALLCENTER_PUBLIC_URL",
        "CALLCENTER_NUMBER_HOLD_HOURS",
        "CALLCENTER_SIMULATOR_URL",
        "CALLCENTER_TRUSTED_PROXIES",
        "CALLCENTER_LOG_LEVEL",
        "CALLCENTER_LOG_FORMAT",
        "RETELL_API_KEY",
        "RETELL_BASE_URL",
    }


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("postgresql://u:p@db/x", "postgresql+psycopg://u:p@db/x"),
        ("postgres://u:p@db/x", "postgresql+psycopg://u:p@db/x"),
        ("postgresql+psycopg://u:p@db/x", "postgresql+psycopg://u:p@db/x"),
        ("sqlite:///other.db", f"sqlite:///{PROJECT_FOLDER}/other.db"),
        ("sqlite:////var/lib/calls.db", "sqlite:////var/lib/calls.db"),
    ],
)
def test_database_urls_come_out_in_one_form(load: Load, given: str, read: str) -> None:
    assert load(CALLCENTER_DATABASE_URL=given).database_url == read


def test_secret_keys_rotate_newest_first(load: Load) -> None:
    assert load(CALLCENTER_SECRET_KEY=f"{LONG}new, {LONG}old").secret_keys == (f"{LONG}new", f"{LONG}old")


def test_retells_own_sdk_suffix_is_ignored(load: Load) -> None:
    assert load(RETELL_BASE_URL="http://127.0.0.1:8787/v2/").retell_base_url == "http://127.0.0.1:8787"


def test_an_empty_variable_counts_as_not_set(load: Load) -> None:
    assert load(CALLCENTER_PUBLIC_URL="").public_url is None


def test_proxies_may_be_addresses_and_networks(load: Load) -> None:
    proxies = load(CALLCENTER_TRUSTED_PROXIES="127.0.0.1, 10.0.0.0/8, ::1").trusted_proxies
    assert proxies == ("127.0.0.1/32", "10.0.0.0/8", "::1/128")


def test_levels_are_read_in_any_case(load: Load) -> None:
    assert load(CALLCENTER_LOG_LEVEL="WARNING", CALLCENTER_LOG_FORMAT="Json").log_level == "warning"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CALLCENTER_DATABASE_URL", "mysql://db/x"),
        ("CALLCENTER_DATABASE_URL", "sqlite://"),
        ("CALLCENTER_DATABASE_URL", "sqlite:///:memory:"),
        ("CALLCENTER_REDIS_URL", "http://cache"),
        ("CALLCENTER_SECRET_KEY", "too short"),
        ("CALLCENTER_SECRET_KEY", f"{LONG},too short"),
        ("CALLCENTER_SECRET_KEY", " , "),
        ("CALLCENTER_PUBLIC_URL", "calls.example.com"),
        ("CALLCENTER_PUBLIC_URL", "https://calls.example.com/app"),
        ("CALLCENTER_NUMBER_HOLD_HOURS", "-1"),
        ("CALLCENTER_NUMBER_HOLD_HOURS", "nan"),
        ("CALLCENTER_SIMULATOR_URL", "8787"),
        ("CALLCENTER_TRUSTED_PROXIES", "the proxy"),
        ("CALLCENTER_LOG_LEVEL", "loud"),
        ("RETELL_BASE_URL", "http://api.example.com"),
        ("RETELL_BASE_URL", "http://127.0.0.1.example.com"),
    ],
)
def test_a_mistake_is_told_by_the_name_of_its_variable(load: Load, name: str, value: str) -> None:
    with pytest.raises(Invalid) as wrong:
        load(**{name: value})
    assert [field for field, _ in wrong.value.errors] == [name]
    assert str(wrong.value).startswith(f"{name}: ")


def test_a_wrong_secret_is_not_repeated_in_the_message(load: Load) -> None:
    with pytest.raises(Invalid) as wrong:
        load(CALLCENTER_SECRET_KEY="too short", CALLCENTER_DATABASE_URL="mysql://u:password@db/x")
    assert "too short" not in str(wrong.value)
    assert "password" not in str(wrong.value)


def test_secrets_do_not_show_when_settings_are_printed(load: Load) -> None:
    settings = load(
        CALLCENTER_SECRET_KEY=LONG,
        RETELL_API_KEY="key_made_up",
        CALLCENTER_DATABASE_URL="postgresql://u:password@db/x",
        CALLCENTER_REDIS_URL="redis://:password@cache",
    )
    shown = repr(settings) + str(settings)
    assert not any(secret in shown for secret in (LONG, "key_made_up", "password"))


@pytest.mark.parametrize(
    ("set_half", "other_half"),
    [
        ({"RETELL_API_KEY": "key_made_up"}, "CALLCENTER_SECRET_KEY"),
        ({"CALLCENTER_TRUSTED_PROXIES": "127.0.0.1", "CALLCENTER_SECRET_KEY": LONG}, "CALLCENTER_PUBLIC_URL"),
    ],
)
def test_serving_with_a_half_set_pair_is_refused_naming_both(load: Load, set_half: dict[str, str], other_half: str) -> None:
    with pytest.raises(Invalid) as wrong:
        check_for_serving(load(**set_half))
    assert next(iter(set_half)) in str(wrong.value)
    assert other_half in str(wrong.value)


def test_serving_needs_a_secret_key_and_no_more(load: Load) -> None:
    with pytest.raises(Invalid, match="CALLCENTER_SECRET_KEY"):
        check_for_serving(load())
    check_for_serving(load(CALLCENTER_SECRET_KEY=LONG))


def test_known_values_win_over_the_environment(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    load()
    monkeypatch.setenv("CALLCENTER_LOG_FORMAT", "json")
    assert load_settings(_env_file=None, log_format="text").log_format == "text"


def test_the_env_file_beside_pyproject_is_read(tmp_path: Any, load: Load) -> None:
    load()
    assert Settings.model_config.get("env_file") == module.PROJECT_FOLDER / ".env"
    (tmp_path / ".env").write_text("CALLCENTER_PUBLIC_URL=https://calls.example.com/\n")
    assert load_settings(_env_file=tmp_path / ".env").public_url == "https://calls.example.com"
