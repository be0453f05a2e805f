"""The socket of a service."""

from __future__ import annotations

import socket

from agentflow.cli.listening import address, listen


def test_an_answer_does_not_wait_for_the_client_to_say_that_its_beginning_came() -> None:
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        taken, _ = listener.accept()
        with taken:
            assert taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_the_address_of_a_socket_is_one_that_a_client_can_ask() -> None:
    assert address(("127.0.0.1", 80)) == "http://127.0.0.1:80"
    assert address(("::1", 80)) == "http://[::1]:80"
