"""libpq's ssl* parameters as contexts of Python's `ssl`."""

from __future__ import annotations

import os
import ssl
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from graphile_worker.conninfo.refusal import refused
from graphile_worker.conninfo.sources.files import is_file, needed, unusable
from graphile_worker.conninfo.syntax.values import choice, switch
from graphile_worker.core.secrets.shown_paths import holds_contents, shown

MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
NO_VERIFY = "no-verify"  # Node's: TLS, and any certificate
SYSTEM = "system"
_VERSIONS = {
    "tlsv1": ssl.TLSVersion.TLSv1,
    "tlsv1.1": ssl.TLSVersion.TLSv1_1,
    "tlsv1.2": ssl.TLSVersion.TLSv1_2,
    "tlsv1.3": ssl.TLSVersion.TLSv1_3,
}


@dataclass(frozen=True)
class Tls:
    """The checked ssl* parameters. All files named here existed when the address was resolved."""

    mode: str = "prefer"
    direct: bool = False
    server_name_sent: bool = True
    root: str | None = None  # a file, or `system`
    certificate: str | None = None
    key: str | None = None
    key_password: str = field(default="", repr=False)
    revoked: str | None = None
    revoked_folder: str | None = None
    lowest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2
    highest: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED
    key_log: str | None = None
    certificate_sent: bool = True

    def context(self, server_name: str) -> ssl.SSLContext:
        """A context for one server, from the current files. Raises InvalidInput with the name of the file."""
        context = _Context(ssl.PROTOCOL_TLS_CLIENT)
        context.server_name = server_name if self.server_name_sent else None
        context.check_hostname = self.mode == "verify-full"
        verified = self.root is not None and self.mode != NO_VERIFY
        context.verify_mode = ssl.CERT_REQUIRED if verified else ssl.CERT_NONE
        if verified:
            self._load_roots(context)
        if self.certificate is not None:
            self._load_certificate(context, self.certificate)
        if self.key_log is not None:
            _log_keys(context, self.key_log)
        context.minimum_version, context.maximum_version = self.lowest, self.highest
        context.set_alpn_protocols(["postgresql"])
        return context

    def _load_roots(self, context: ssl.SSLContext) -> None:
        if self.root == SYSTEM:
            context.load_default_certs()
        elif self.root is not None:
            _load(context, "sslrootcert", cafile=self.root)
        if self.revoked is not None:
            _load(context, "sslcrl", cafile=self.revoked)
        if self.revoked_folder is not None:
            _load(context, "sslcrldir", capath=self.revoked_folder)
        if self.revoked or self.revoked_folder:
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN

    def _load_certificate(self, context: ssl.SSLContext, certificate: str) -> None:
        try:
            context.load_cert_chain(certificate, self.key, lambda: self.key_password)
        except OSError as error:  # ssl.SSLError is one
            hint = "Is it encrypted? Then sslpassword is its password." if isinstance(error, ssl.SSLError) else None
            files = f"the certificate {shown(certificate)} and its key {shown(self.key or '')}"
            missing = None if isinstance(error, ssl.SSLError) else error.strerror
            rule = f"needs {files}, which cannot be {f'read: {missing}' if missing else 'used together'}"
            raise refused(rule, hint=hint) from None


class _Context(ssl.SSLContext):
    """A context with the name of the server, because the driver knows only the IP address."""

    server_name: str | None

    def wrap_bio(self, incoming, outgoing, server_side=False, server_hostname=None, session=None):  # type: ignore[no-untyped-def]
        """As in the base class, with the server name of the address."""
        return super().wrap_bio(incoming, outgoing, server_side, self.server_name, session)


def _load(context: ssl.SSLContext, name: str, *, cafile: str | None = None, capath: str | None = None) -> None:
    try:
        context.load_verify_locations(cafile, capath)
    except ssl.SSLError:
        path = shown(cafile or capath or "")
        raise refused(f"needs {path} as {name}, which holds no certificate in PEM form") from None
    except OSError as error:
        raise unusable(cafile or capath or "", name, f"cannot be read: {error.strerror}") from None


def _log_keys(context: ssl.SSLContext, path: str) -> None:
    """Sets sslkeylogfile. OpenSSL creates the file, but not one whose name may be a secret."""
    if holds_contents(path):
        raise unusable(path, "sslkeylogfile", "is no path")
    try:
        context.keylog_filename = path
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no path"
        raise unusable(path, "sslkeylogfile", f"cannot be written: {reason}") from None


def parse_tls(values: Mapping[str, str], home: Path | None, *, used: bool) -> Tls:
    """The checked parameters. Raises InvalidInput for a value out of range and for a missing file.

    Args:
        used: False if every host is a socket; then no file is needed, as with sslmode=disable.
    """
    _versions(values)
    if choice(values, "sslmode", (*MODES, NO_VERIFY), "prefer") == "disable" or not used:
        return Tls(mode="disable")
    root = _file(values, "sslrootcert", home, "root.crt", besides=SYSTEM)
    default = "verify-full" if root == SYSTEM else "prefer"
    mode = choice(values, "sslmode", (*MODES, NO_VERIFY), default)
    if root == SYSTEM and mode != "verify-full":
        raise refused("needs sslmode=verify-full with sslrootcert=system")
    if root is None and mode in ("verify-ca", "verify-full"):
        rule = f"needs sslrootcert with sslmode={mode}, for there is no ~/.postgresql/root.crt"
        raise refused(rule, hint="sslrootcert=system takes the system's certificates (with sslmode=verify-full).")
    direct = choice(values, "sslnegotiation", ("postgres", "direct"), "postgres") == "direct"
    if direct and mode in MODES[:3]:
        raise refused("needs sslmode=require or stronger with sslnegotiation=direct")
    sent = switch(values, "sslsni", True)
    if not sent and mode == "verify-full":
        raise refused("has sslsni=0 with sslmode=verify-full: this program cannot verify a name that it does not send")
    certificate_sent = values.get("sslcertmode") != "disable"
    certificate = _file(values, "sslcert", home, "postgresql.crt") if certificate_sent else None
    return Tls(
        mode=mode,
        direct=direct,
        server_name_sent=sent,
        root=root,
        certificate=certificate,
        key=_key(values, home) if certificate is not None else None,
        key_password=values.get("sslpassword", ""),
        revoked=_file(values, "sslcrl", home, "root.crl"),
        revoked_folder=_folder(values, "sslcrldir"),
        key_log=values.get("sslkeylogfile") or None,
        certificate_sent=certificate_sent,
        **_versions(values),
    )


def _file(values: Mapping[str, str], name: str, home: Path | None, default: str, besides: str = "") -> str | None:
    """The file that a parameter names, which must exist, or the default one, which is optional."""
    path = values.get(name)
    if path:
        return path if path == besides else needed(path, name)
    standard = home / ".postgresql" / default if home is not None else None
    return str(standard) if standard is not None and is_file(standard) else None


def _folder(values: Mapping[str, str], name: str) -> str | None:
    path = values.get(name)
    return needed(path, name, folder=True) if path else None


def _key(values: Mapping[str, str], home: Path | None) -> str:
    """The file of the key, which no other user may read, as with libpq."""
    path = _file(values, "sslkey", home, "postgresql.key")
    if path is None:
        raise refused("has a certificate without its key", hint="Give sslkey, or sslcertmode=disable.")
    found = Path(path).stat()
    allowed = stat.S_IRWXU | stat.S_IRGRP if found.st_uid == 0 else stat.S_IRWXU
    if os.name == "posix" and stat.S_IMODE(found.st_mode) & ~allowed:
        raise refused(f"needs the key {shown(path)} to be readable by you alone", hint="Run `chmod 600` on it.")
    return path


def _versions(values: Mapping[str, str]) -> dict[str, ssl.TLSVersion]:
    found: dict[str, ssl.TLSVersion] = {}
    for name, attribute in (("ssl_min_protocol_version", "lowest"), ("ssl_max_protocol_version", "highest")):
        if values.get(name):
            version = _VERSIONS.get(values[name].lower())
            if version is None:
                raise refused(f"needs {name} to be TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3")
            found[attribute] = version
    if "lowest" in found and "highest" in found and found["lowest"] > found["highest"]:
        raise refused("has an ssl_min_protocol_version above its ssl_max_protocol_version")
    return found
