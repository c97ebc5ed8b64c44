"""Seals and opens stored keys: AES-256-GCM under keys derived from the operator's secrets, newest first."""

import base64
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from callcenter.domain.errors import Invalid

_VERSION = "v1"
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True, repr=False)
class _Key:
    key_id: str
    cipher: AESGCM


class SecretVault:
    """The vault of one installation. The first secret seals; each of them may open, so that secrets can be rotated.

    A sealed value reads `v1.<key id>.<nonce and ciphertext>`. The purpose is authenticated with it and never stored: a
    value copied to another client's row, or used for something else, does not open.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        if not secrets:
            raise Invalid("A vault needs at least one secret.", field="CALLCENTER_SECRET_KEY")
        self._keys = tuple(_derive(secret) for secret in secrets)

    def seal(self, secret: str, *, purpose: str) -> str:
        """Gives `secret` sealed with the newest key, different each time."""
        key = self._keys[0]
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + key.cipher.encrypt(nonce, secret.encode(), _bound(key.key_id, purpose))
        return f"{_VERSION}.{key.key_id}.{base64.urlsafe_b64encode(sealed).decode()}"

    def open(self, sealed: str, *, purpose: str) -> str:
        """Gives the secret back; raises Invalid when no key fits, the purpose is another, or the value was changed."""
        version, _, rest = sealed.partition(".")
        key_id, _, encoded = rest.partition(".")
        key = next((key for key in self._keys if key.key_id == key_id), None)
        if version != _VERSION or key is None:
            raise Invalid("This stored key was sealed with a secret that is not among the ones set now.")
        try:
            data = _decoded(encoded)
            return key.cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], _bound(key_id, purpose)).decode()
        except (InvalidTag, ValueError) as error:
            raise Invalid("This stored key cannot be opened: it was changed, or belongs to something else.") from error

    def is_current(self, sealed: str) -> bool:
        """False when an older key sealed it: open it and seal it again."""
        return sealed.startswith(f"{_VERSION}.{self._keys[0].key_id}.")

    def fingerprint(self, secret: str) -> str:
        """Gives the SHA-256 of `secret` in hex, by which a known key is recognised without opening any."""
        return hashlib.sha256(secret.encode()).hexdigest()


def _derive(secret: str) -> _Key:
    # The id and the key come from one secret by separate derivations: whoever sees the database may know the id.
    key_id = _hkdf(secret, info=b"callcenter vault key id", length=4).hex()
    return _Key(key_id, AESGCM(_hkdf(secret, info=b"callcenter vault aes-256-gcm", length=32)))


def _hkdf(secret: str, *, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(secret.encode())


def _decoded(encoded: str) -> bytes:
    # Several spellings decode to the same bytes; only ours is taken, so that a changed value never passes for the same.
    data = base64.b64decode(encoded, altchars=b"-_", validate=True)
    if base64.urlsafe_b64encode(data).decode() != encoded:
        raise ValueError("not our spelling")
    return data


def _bound(key_id: str, purpose: str) -> bytes:
    return f"{_VERSION}.{key_id}.{purpose}".encode()
