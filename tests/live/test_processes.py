"""The servers under test get in nobody's way."""

from tests.live.processes import free_port


def test_a_port_is_given_only_once() -> None:
    ports = [free_port() for _ in range(500)]
    assert len(set(ports)) == len(ports)
