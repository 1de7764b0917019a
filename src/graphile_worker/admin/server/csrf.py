"""The CSRF token: derived from the configured secret, masked anew in every answer."""

from __future__ import annotations

import hashlib
import hmac
import secrets

_BYTES = 12


class Csrf:
    """48 hexadecimal characters: 12 random bytes, and the secret XORed with them, so that compression tells nothing.

    Derived from the authentication secret, the token survives a restart and works on every replica.
    """

    def __init__(self, secret: str | None) -> None:
        seed = secrets.token_bytes(32) if secret is None else secret.encode()
        self._secret = hmac.digest(seed, b"graphile-worker admin csrf", hashlib.sha256)[:_BYTES]

    def token(self) -> str:
        """A token for one answer."""
        mask = secrets.token_bytes(_BYTES)
        return (mask + _xor(mask, self._secret)).hex()

    def accepts(self, token: str) -> bool:
        """Whether this is a token of ours."""
        try:
            raw = bytes.fromhex(token)
        except ValueError:
            return False
        return len(raw) == 2 * _BYTES and hmac.compare_digest(_xor(raw[:_BYTES], raw[_BYTES:]), self._secret)


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
