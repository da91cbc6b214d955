"""One time limit for all of a hand-over, however slowly the server speaks (M3)."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from alerts.transport import Letter, MailError, SmtpTransport


@pytest.fixture
def dripping_server() -> Iterator[int]:
    """A server that greets with one byte each 0.2 s: no single read ever waits long."""
    over = threading.Event()

    def drip() -> None:
        connection, _address = listener.accept()
        with connection:
            while not over.wait(0.2):
                try:
                    connection.sendall(b"2")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip)
        thread.start()
        yield listener.getsockname()[1]
        over.set()
        thread.join()


def test_it_gives_up_at_the_limit_on_a_server_that_drips(dripping_server: int) -> None:
    server = {"host": "127.0.0.1", "port": dripping_server, "username": "", "password": ""}
    way = SmtpTransport(server | {"use_tls": False, "use_ssl": False, "timeout": 5})
    started = time.monotonic()
    with way, pytest.raises(MailError, match="took too long") as raised:
        way.hand_over(Letter("1", "a@example.com", "b@example.com", b""), before_data=lambda: None, seconds=1)
    assert raised.value.connection
    assert time.monotonic() - started < 3
