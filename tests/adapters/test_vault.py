"""Stored keys: sealed, opened, bound to their purpose, rotated."""

import hashlib

import pytest

from callcenter.adapters.vault import SecretVault
from callcenter.domain.errors import Invalid

OLD = "an old secret of at least thirty-two characters"
NEW = "a newer secret of at least thirty-two characters"
KEY = "key_made_up_for_tests"
PURPOSE = "account 7: retell key"


def test_what_is_sealed_opens_again():
    vault = SecretVault([NEW])
    sealed = vault.seal(KEY, purpose=PURPOSE)
    assert vault.open(sealed, purpose=PURPOSE) == KEY
    assert SecretVault([NEW]).open(sealed, purpose=PURPOSE) == KEY


def test_a_sealed_value_shows_neither_the_key_nor_the_purpose_and_never_repeats():
    vault = SecretVault([NEW])
    first, second = (vault.seal(KEY, purpose=PURPOSE) for _ in range(2))
    assert first != second
    assert KEY not in first
    assert "account" not in first


def test_a_value_moved_to_another_purpose_does_not_open():
    vault = SecretVault([NEW])
    sealed = vault.seal(KEY, purpose=PURPOSE)
    with pytest.raises(Invalid):
        vault.open(sealed, purpose="account 8: retell key")


def test_after_a_rotation_old_values_open_and_new_ones_use_the_new_secret():
    before = SecretVault([OLD])
    sealed = before.seal(KEY, purpose=PURPOSE)
    during = SecretVault([NEW, OLD])
    assert during.open(sealed, purpose=PURPOSE) == KEY
    assert before.is_current(sealed)
    assert not during.is_current(sealed)
    again = during.seal(during.open(sealed, purpose=PURPOSE), purpose=PURPOSE)
    assert during.is_current(again)
    after = SecretVault([NEW])
    assert after.open(again, purpose=PURPOSE) == KEY
    with pytest.raises(Invalid, match="not among the ones set now"):
        after.open(sealed, purpose=PURPOSE)


def test_a_changed_value_does_not_open():
    vault = SecretVault([NEW])
    sealed = vault.seal(KEY, purpose=PURPOSE)
    for place in range(len(sealed)):
        other = "A" if sealed[place] != "A" else "B"
        with pytest.raises(Invalid):
            vault.open(sealed[:place] + other + sealed[place + 1 :], purpose=PURPOSE)


@pytest.mark.parametrize("rubbish", ["", "v1", "v1..", "v2.00000000.AAAA", "ключ", "v1.\ud800.x"])
def test_rubbish_does_not_open(rubbish: str):
    with pytest.raises(Invalid):
        SecretVault([NEW]).open(rubbish, purpose=PURPOSE)


@pytest.mark.parametrize("data", ["", "A", "AAAA", "!!!!", "é"])
def test_rubbish_under_our_own_key_id_does_not_open(data: str):
    vault = SecretVault([NEW])
    prefix = vault.seal(KEY, purpose=PURPOSE).rpartition(".")[0]
    with pytest.raises(Invalid):
        vault.open(f"{prefix}.{data}", purpose=PURPOSE)


def test_a_vault_without_a_secret_is_refused():
    with pytest.raises(Invalid):
        SecretVault([])


def test_the_fingerprint_is_the_sha256_whatever_the_secret():
    expected = hashlib.sha256(KEY.encode()).hexdigest()
    assert SecretVault([OLD]).fingerprint(KEY) == SecretVault([NEW]).fingerprint(KEY) == expected


def test_the_vault_and_its_keys_do_not_print_their_secrets():
    assert NEW not in repr(vars(SecretVault([NEW])))
