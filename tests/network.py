"""Keeps the tests on this machine: a connection to, or a name look-up for, any other one fails."""

import ipaddress
import socket
from typing import Any

ALLOWED_NAMES = ("", "localhost", "ip6-localhost")


class OutsideError(AssertionError):
    """A test tried to leave the machine."""


def is_local(host: object) -> bool:
    """Say whether ``host`` (a name, an address or nothing) is this machine's loopback."""
    if host is None or host in ALLOWED_NAMES:
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(name.split("%")[0]).is_loopback
    except ValueError:
        return name in ALLOWED_NAMES


def guard() -> None:
    """Refuse, from now on and in this process, whatever does not stay on the loopback."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
    look_up = socket.getaddrinfo

    def check(address: Any) -> None:
        # A tuple is an internet address; a path is a socket in the file system.
        if isinstance(address, tuple) and not is_local(address[0]):
            raise OutsideError(f"a test tried to connect to {address[0]}")

    def guarded_connect(self: socket.socket, address: Any) -> None:
        check(address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        check(address)
        return connect_ex(self, address)

    def guarded_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_local(host):
            raise OutsideError(f"a test tried to look up {host}")
        return look_up(host, *args, **kwargs)

    # setattr, since a method is not assignable as far as types go.
    for name, guarded in (("connect", guarded_connect), ("connect_ex", guarded_connect_ex)):
        setattr(socket.socket, name, guarded)
    socket.getaddrinfo = guarded_look_up
