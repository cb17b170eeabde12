"""The server of the page: this machine alone, unless another address is asked for."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from typing import TYPE_CHECKING, Any

from forecast.errors import Fault, InputError, RunError
from forecast.words import say

if TYPE_CHECKING:
    from dash import Dash

LOOPBACK = "127.0.0.1"
LAST_PORT = 65535


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one.

    Raises InputError for a port that is in use or not allowed, and for a host that is not here.
    """
    if not 0 <= port <= LAST_PORT:
        message = say("{value} is out of bounds", value=port)
        cure = say("write a number from {low} to {high}", low=0, high=LAST_PORT)
        raise InputError("", [Fault("--port", message, cure)])
    try:
        family, kind, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise InputError("", [Fault("--host", _no_host(host), _own())]) from error
    found = socket.socket(family, kind)
    if os.name == "posix":
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind(place)
        found.listen(128)
    except OSError as error:
        found.close()
        raise _refused(error, host, port) from error
    return found


def _refused(error: OSError, host: str, port: int) -> Exception:
    if error.errno == errno.EADDRINUSE:
        message = say("the port {port} is in use", port=port)
        return InputError("", [Fault("--port", message, say("choose another one, or 0 for a free "
                                                            "one"))])  # fmt: skip
    if error.errno == errno.EACCES:
        message = say("the port {port} is not allowed to this user", port=port)
        return InputError("", [Fault("--port", message, say("choose one above 1023"))])
    if error.errno == errno.EADDRNOTAVAIL:
        return InputError("", [Fault("--host", _no_host(host), _own())])
    return RunError("", say("the page cannot be served ({reason})", reason=error.strerror or error))


def _no_host(host: str) -> str:
    return say("'{host}' is no address of this machine", host=host)


def _own() -> str:
    return say("leave it out for this machine alone")


def is_loopback(found: socket.socket) -> bool:
    """Whether only this machine can reach a socket."""
    return ipaddress.ip_address(found.getsockname()[0].partition("%")[0]).is_loopback


def address_of(found: socket.socket) -> str:
    """The address of the page for a browser."""
    host, port = found.getsockname()[:2]
    whole = {"0.0.0.0": LOOPBACK, "::": "::1"}.get(host, host)
    return f"http://[{whole}]:{port}/" if ":" in whole else f"http://{whole}:{port}/"


def serve(app: Dash, found: socket.socket) -> None:
    """Answer until the process is interrupted."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log(self, type: str, message: str, *args: Any) -> None:
            """Requests are no news to a planner."""

    host, port = found.getsockname()[:2]
    server = make_server(host, port, app.server, threaded=True, request_handler=Quiet,
                         fd=found.fileno())  # fmt: skip
    server.serve_forever()
