"""The certificate of a server that terminates TLS: checked when it is loaded, reloaded without a restart."""

from __future__ import annotations

import ssl
from pathlib import Path

from graphile_worker.core.secrets.shown_paths import holds_contents, shown

CERT_OPTION, KEY_OPTION = "--tls-cert", "--tls-key"
_REASONS = {
    9: "is not valid yet",  # X509_V_ERR_CERT_NOT_YET_VALID
    10: "has expired",  # X509_V_ERR_CERT_HAS_EXPIRED
    26: "is not for a server",  # X509_V_ERR_INVALID_PURPOSE
}


class Certificate:
    """A certificate and its key in two PEM files. Raises ValueError, with the option's name, for an invalid pair."""

    def __init__(self, cert: str, key: str) -> None:
        self._cert = cert
        self._key = key
        self._current = _loaded(cert, key)
        self.context = _context()
        _load(self.context, cert, key)
        self.context.sni_callback = self._present

    def reload(self) -> None:
        """Loads the files again for new connections. Raises ValueError and keeps the old pair for invalid files."""
        self._current = _loaded(self._cert, self._key)

    def _present(self, connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        """OpenSSL calls this at each handshake, with and without a server name."""
        connection.context = self._current


def check_certificate(cert: str | None, key: str | None) -> None:
    """Raises ValueError for an invalid pair; both may be None."""
    if cert is None and key is None:
        return
    if key is None:
        raise ValueError(f"{CERT_OPTION} needs {KEY_OPTION}, the file of the certificate's key")
    if cert is None:
        raise ValueError(f"{KEY_OPTION} needs {CERT_OPTION}, the file of the key's certificate")
    _loaded(cert, key)


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _loaded(cert: str, key: str) -> ssl.SSLContext:
    _check_pem(cert, CERT_OPTION, "-----BEGIN CERTIFICATE-----", "certificate")
    _check_pem(key, KEY_OPTION, "PRIVATE KEY-----", "private key")
    context = _context()
    _load(context, cert, key)
    _check_validity(context, cert)
    return context


def _check_pem(path: str, option: str, mark: str, noun: str) -> None:
    if holds_contents(path):
        raise ValueError(f"{option} holds a {noun} itself, or another text that is no path; give the path of a file")
    try:
        if not Path(path).is_file():
            Path(path).stat()
            raise ValueError(f"{option}: {shown(path)!r} is not a file")
        text = Path(path).read_text("latin-1")
    except OSError as error:
        raise ValueError(f"{option}: {shown(path)!r} cannot be read: {error.strerror}") from None
    if mark not in text:
        raise ValueError(f"{option}: {shown(path)!r} holds no {noun} in PEM form")


def _load(context: ssl.SSLContext, cert: str, key: str) -> None:
    def refuse_password() -> str:
        raise ValueError(f"{KEY_OPTION}: the key in {shown(key)!r} is encrypted; give one without a passphrase")

    try:
        context.load_cert_chain(cert, key, password=refuse_password)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise ValueError(f"{KEY_OPTION}: the key in {shown(key)!r} does not belong to the certificate") from None
        reason = (error.reason or "unknown error").replace("_", " ").lower()
        raise ValueError(f"{CERT_OPTION} and {KEY_OPTION}: the pair cannot be used ({reason})") from None
    except OSError as error:
        raise ValueError(f"{CERT_OPTION} and {KEY_OPTION} cannot be read: {error.strerror}") from None


def _check_validity(server: ssl.SSLContext, cert: str) -> None:
    """Performs a handshake in memory with a client that trusts only this certificate."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_flags = ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        client.load_verify_locations(cert)
        _handshake(server, client)
    except ssl.SSLCertVerificationError as error:
        reason = _REASONS.get(error.verify_code, f"is refused by clients: {error.verify_message}")
        raise ValueError(f"{CERT_OPTION}: the certificate in {shown(cert)!r} {reason}") from None
    except ssl.SSLError as error:
        reason = (error.reason or "unknown error").replace("_", " ").lower()
        raise ValueError(f"{CERT_OPTION} and {KEY_OPTION}: no handshake succeeds with the pair ({reason})") from None


def _handshake(server: ssl.SSLContext, client: ssl.SSLContext) -> None:
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        client.wrap_bio(to_client, to_server),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(4):  # the maximum number of flights
        for side in list(sides):
            try:
                side.do_handshake()
                sides.remove(side)
            except ssl.SSLWantReadError:
                pass
