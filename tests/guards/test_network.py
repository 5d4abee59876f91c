"""The tests stay on this machine, in Python and in the browser."""

import socket
from urllib.request import urlopen

import pytest

from tests.network import OutsideError, is_local

ELSEWHERE = "192.0.2.1"
"""An address that RFC 5737 keeps for documentation: nobody lives there."""


def test_connection_elsewhere_is_refused() -> None:
    with socket.socket() as outgoing, pytest.raises(OutsideError, match=ELSEWHERE):
        outgoing.connect((ELSEWHERE, 80))
    with socket.socket() as outgoing, pytest.raises(OutsideError, match=ELSEWHERE):
        outgoing.connect_ex((ELSEWHERE, 80))


def test_name_of_elsewhere_is_not_looked_up() -> None:
    with pytest.raises(OutsideError, match=r"zhicunbao\.example"):
        urlopen("http://zhicunbao.example/")


def test_loopback_is_open() -> None:
    with socket.socket() as listener, socket.socket() as outgoing:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        outgoing.connect(listener.getsockname())


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.1", "::1", b"127.0.0.1", None])
def test_this_machine_is_local(host: object) -> None:
    assert is_local(host)


@pytest.mark.parametrize("host", [ELSEWHERE, "10.0.0.1", "0.0.0.0", "localhost.example", "::2"])  # noqa: S104 -- not bound
def test_everything_else_is_not(host: object) -> None:
    assert not is_local(host)
