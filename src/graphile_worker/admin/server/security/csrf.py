"""The CSRF token: derived from the authentication secret, with a new mask in every response."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from functools import cached_property, lru_cache

_BYTES = 12
_LABEL = b"graphile-worker admin csrf"
_ROUNDS = 30_000  # of HMAC-SHA256: a recorded token is expensive to use for guessing passwords


class Csrf:
    """48 hexadecimal characters: a mask of 12 random bytes, and the derived bytes XORed with it.

    The mask prevents attacks on compressed responses. A token that is derived from a secret is valid after a restart and
    on every replica with the same secret; without a secret it is valid in this process. It is derived at the first use.
    """

    def __init__(self, secret: str | None) -> None:
        self._seed = secrets.token_hex(24) if secret is None else secret

    def token(self) -> str:
        """A token for one response."""
        mask = secrets.token_bytes(_BYTES)
        return (mask + _xor(mask, self._derived)).hex()

    def accepts(self, token: str) -> bool:
        """Whether the token is valid."""
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


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
