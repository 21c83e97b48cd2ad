"""Access to protected NATS servers: TLS, passwords and credentials."""

from __future__ import annotations

from pathlib import Path

from tests.app.cli.command import assert_one_sentence, run
from tests.app.clients.processes import clients, join
from tests.app.server.cluster import node
from tests.certificates import certificates, credentials
from tests.nats_servers import NatsCluster, nats_cluster


def assert_chats(folder: Path, where: str, *arguments: str) -> None:
    """Fail unless a room can be served there."""
    with node(folder, where, "a", *arguments) as server, clients(server.port, "nc.openbsd") as (client,):
        join(client)


def refusal(where: str, *arguments: str) -> str:
    """Return the error with which a node refuses to start there."""
    done = run("0", "--cluster", where, *arguments)
    beginning = f"udpchat: cannot use the cluster at {where}: "
    assert_one_sentence(done, 1, beginning)
    return done.stderr.removeprefix(beginning)


def with_tls(servers: NatsCluster) -> str:
    """Return the URLs with TLS."""
    return servers.urls.replace("nats://", "tls://")


def test_tls(tmp_path: Path) -> None:
    """The certificate of a server must be signed by the given authority."""
    ca, cert, key = certificates(tmp_path)
    with nats_cluster(tmp_path, "--tls", "--tlscert", str(cert), "--tlskey", str(key)) as servers:
        assert_chats(tmp_path, with_tls(servers), "--cluster-ca", str(ca))
        assert "certificate verify failed" in refusal(with_tls(servers))
        assert "certificate verify failed" in refusal(servers.urls)


def test_tls_with_a_certificate_of_the_node(tmp_path: Path) -> None:
    """A server that asks for a certificate gets the given one, and refuses a node without one."""
    ca, cert, key = certificates(tmp_path)
    both = tmp_path / "both.pem"
    both.write_bytes(cert.read_bytes() + key.read_bytes())
    more = ("--tlsverify", "--tlscert", str(cert), "--tlskey", str(key), "--tlscacert", str(ca))
    with nats_cluster(tmp_path, *more) as servers:
        assert_chats(tmp_path, with_tls(servers), "--cluster-ca", str(ca), "--cluster-cert", str(both))
        assert refusal(with_tls(servers), "--cluster-ca", str(ca))


def test_a_server_without_tls_is_refused(tmp_path: Path) -> None:
    """A node that must use TLS sends nothing to a server without TLS."""
    ca, _, _ = certificates(tmp_path)
    with nats_cluster(tmp_path) as servers:
        for more in ((), ("--cluster-ca", str(ca))):
            assert refusal(with_tls(servers), *more) == "secure connection not available\n"


def test_password(tmp_path: Path) -> None:
    """User and password are part of the URL, and are not logged."""
    with nats_cluster(tmp_path, "--user", "chat", "--pass", "right") as servers:
        where = servers.urls.removeprefix("nats://")
        assert_chats(tmp_path, f"nats://chat:right@{where}")
        assert "right" not in (tmp_path / "a" / "server.log").read_text(encoding="utf-8")
        done = run("0", "--cluster", f"nats://chat:secret@{where}")
        assert_one_sentence(done, 1, f"cannot use the cluster at nats://{where}: 'Authorization Violation'")


def test_credentials(tmp_path: Path) -> None:
    """A credentials file gives access if the operator of the servers has set it up."""
    settings, creds = credentials(tmp_path)
    with nats_cluster(tmp_path, "--config", str(settings)) as servers:
        assert_chats(tmp_path, servers.urls, "--cluster-credentials", str(creds))
        assert "Authorization Violation" in refusal(servers.urls)
        creds.write_text("none\n", encoding="ascii")
        assert refusal(servers.urls, "--cluster-credentials", str(creds)) == f"there are no credentials in {creds}\n"


def test_files_that_do_not_exist() -> None:
    """The error names the file."""
    for option in ("--cluster-ca", "--cluster-cert", "--cluster-credentials"):
        done = run("0", "--cluster", "nats://127.0.0.1:1", option, "/no/such/file")
        assert_one_sentence(done, 1, "cannot read /no/such/file: No such file or directory")
