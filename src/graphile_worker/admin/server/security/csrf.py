"""The CSRF token: derived from the authentication secret, masked anew in every answer."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from functools import cached_property, lru_cache

_BYTES = 12
_LABEL = b"graphile-worker admin csrf"
_ROUNDS = 30_000  # of HMAC-SHA256: whoever finds a token in a recording cannot try passwords on it quickly


class Csrf:
    """48 hexadecimal characters: 12 random bytes, and the derived ones XORed with them, so that compression tells nothing.

    Derived from a secret, the token works after a restart and on every replica with the same secret; without one it is
    this process's own. The derivation is made when it is first needed.
    """

    def __init__(self, secret: str | None) -> None:
        self._seed = secrets.token_hex(24) if secret is None else secret

    def token(self) -> str:
        """A token for one answer."""
        mask = secrets.token_bytes(_BYTES)
        return (mask + _xor(mask, self._derived)).hex()

    def accepts(self, token: str) -> bool:
        """Whether this is a token of ours."""
        try:
            raw = bytes.fromhex(token)
        except ValueError:
            return False
        return len(raw) == 2 * _BYTES and hmac.compare_digest(_xor(raw[:_BYTES], raw[_BYTES:]), self._derived)

    @cached_property
    def _derived(self) -> bytes:
        return _derive(self._seed)


@lru_cache(maxsize=8)
def _derive(seed: str) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", seed.encode(), _LABEL, _ROUNDS, _BYTES)


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
