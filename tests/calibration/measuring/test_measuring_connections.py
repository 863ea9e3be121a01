"""Goal: connections count responses right, whatever pieces they come in, and notice failures.

Method: a server of a few lines on loopback.
"""

import pytest
from tiny_server import tiny_server

from meshsim.calibration.measuring.connections import (
    Broken,
    Connection,
    Pool,
    response_length,
)


def request(path, body=0):
    head = f"POST {path} HTTP/1.1\r\ncontent-length: {body}\r\n\r\n"
    return head.encode() + b"x" * body


@pytest.fixture
def port():
    with tiny_server() as port:
        yield port


def answered(pool, connection):
    """Asks and waits for the answer."""
    pool.ask(connection)
    for _ in range(1000):
        for _, mask in pool.wait(0.05):
            if mask & 4:
                pool.send_rest(connection)
            if mask & 1 and connection.take(pool.buffer):
                return True
    return False


@pytest.mark.parametrize(
    ("received", "length"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nabc", 51),
        (b"HTTP/1.1 200 OK\r\ncontent-le", None),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n", None),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 52),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 27),
        (b"", None),
    ],
)
def test_the_length_of_a_response(received, length):
    assert response_length(received) == length


@pytest.mark.parametrize("path", ["/0", "/2000", "/300000", "/chunked", "/bare"])
def test_a_connection_is_asked_again_and_again(port, path):
    with Pool(port, request(path), 1) as pool:
        (connection,) = pool.connections.values()
        assert [answered(pool, connection) for _ in range(3)] == [True] * 3


def test_a_large_request_goes_out_in_pieces(port):
    with Pool(port, request("/10", body=20_000_000), 1) as pool:
        (connection,) = pool.connections.values()
        assert not connection.ask()  # more than any socket buffers
        pool.epoll.modify(connection.descriptor, 5)
        assert not connection.take(pool.buffer)
        done = False
        for _ in range(10_000):
            for _, mask in pool.wait(0.05):
                if mask & 4:
                    pool.send_rest(connection)
                done = done or (mask & 1 and connection.take(pool.buffer))
            if done:
                break
        assert done


@pytest.mark.parametrize("path", ["/bad", "/leaving/1"])
def test_a_first_answer_that_is_no_success_is_refused(port, path):
    with pytest.raises(Broken):
        Pool(port, request(path), 2)


@pytest.mark.parametrize("path", ["/moody/2", "/leaving/2"])
def test_a_later_failure_breaks_the_connection_and_it_is_replaced(port, path):
    with Pool(port, request(path), 1) as pool:
        (connection,) = pool.connections.values()
        with pytest.raises(Broken):
            answered(pool, connection)
        other = pool.replace(connection)
        assert list(pool.connections.values()) == [other]


def test_nobody_listens():
    with tiny_server() as port:
        pass
    with pytest.raises(ConnectionRefusedError):
        Connection(port, request("/0"))


def test_an_answer_longer_than_the_first_breaks_the_connection(port):
    connection = Connection(port, request("/10"))
    connection._length = connection._left = 5
    connection.ask()
    connection._socket.setblocking(True)
    with pytest.raises(Broken):
        connection.take(memoryview(bytearray(1000)))
    connection.close()


def test_sending_on_a_closed_connection_breaks_it(port):
    connection = Connection(port, request("/0"))
    connection.close()
    with pytest.raises(Broken):
        connection.ask()
    with pytest.raises(Broken):
        connection.take(memoryview(bytearray(10)))
