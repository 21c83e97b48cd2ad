"""Certificates and credentials for NATS servers: openssl makes the former, this module the latter."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import subprocess
from pathlib import Path

import nkeys

from tests.app.clients.processes import needs


def certificates(folder: Path) -> tuple[Path, Path, Path]:
    """Return the files of an authority, of a certificate that it signed for 127.0.0.1, and of the key of that."""
    needs("openssl")
    ca, ca_key, cert, key = (folder / name for name in ("ca.pem", "ca.key", "cert.pem", "cert.key"))
    common = ("-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    _openssl("req", *common, "-keyout", ca_key, "-out", ca, "-subj", "/CN=authority")
    signed = (
        "-CA",
        ca,
        "-CAkey",
        ca_key,
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-addext",
        "basicConstraints=CA:FALSE",
    )
    _openssl("req", *common, "-keyout", key, "-out", cert, "-subj", "/CN=nats-server", *signed)
    return ca, cert, key


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=60)


def _encoded(what: bytes) -> str:
    return base64.urlsafe_b64encode(what).rstrip(b"=").decode()


def _pair(prefix: int) -> nkeys.KeyPair:
    return nkeys.from_seed(nkeys.encode_seed(secrets.token_bytes(32), prefix))


def _token(issuer: nkeys.KeyPair, subject: nkeys.KeyPair, name: str, kind: str, **more: object) -> str:
    """Return the signed claims of an issuer about a subject (a JWT of NATS, version 2)."""
    claims = {
        "iss": issuer.public_key.decode(),
        "sub": subject.public_key.decode(),
        "name": name,
        "iat": 1,
        "nats": {"type": kind, "version": 2, **more},
    }
    claims["jti"] = base64.b32encode(hashlib.sha256(json.dumps(claims).encode()).digest()).rstrip(b"=").decode()
    head = {"typ": "JWT", "alg": "ed25519-nkey"}
    body = ".".join(_encoded(json.dumps(part).encode()) for part in (head, claims))
    return f"{body}.{_encoded(issuer.sign(body.encode()))}"


def credentials(folder: Path) -> tuple[Path, Path]:
    """Return the settings of a NATS server with one account, and the credentials of a user of that account."""
    operator, account, system, user = (
        _pair(prefix)
        for prefix in (
            nkeys.PREFIX_BYTE_OPERATOR,
            nkeys.PREFIX_BYTE_ACCOUNT,
            nkeys.PREFIX_BYTE_ACCOUNT,
            nkeys.PREFIX_BYTE_USER,
        )
    )
    limits = dict.fromkeys(("subs", "data", "payload", "imports", "exports", "conn", "leaf"), -1)
    kept = dict.fromkeys(("mem_storage", "disk_storage", "streams", "consumer"), -1)  # the limits of JetStream
    accounts = {
        each.public_key.decode(): _token(operator, each, name, "account", limits={**limits, **more})
        for each, name, more in ((account, "chat", kept), (system, "SYS", {}))
    }
    settings, creds = folder / "nats-server.conf", folder / "chat.creds"
    preload = "\n".join(f"  {key}: {token}" for key, token in accounts.items())
    settings.write_text(
        f"operator: {_token(operator, operator, 'operator', 'operator')}\n"
        f"system_account: {system.public_key.decode()}\n"
        f"resolver: MEMORY\nresolver_preload: {{\n{preload}\n}}\n",
        encoding="ascii",
    )
    token = _token(account, user, "chat", "user", subs=-1, data=-1, payload=-1)
    creds.write_text(
        f"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{user.seed.decode()}\n------END USER NKEY SEED------\n",
        encoding="ascii",
    )
    return settings, creds
