"""The only file of Lienzo that opens a socket, and only when the artist asks for a download.

Each connection goes to a public address by TLS; a redirect may lead elsewhere only under the same rules.
Nothing of the artist's is sent: no cookie, no token, no name of the program's user.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from engine.api.errors import DownloadFailed

SECONDS = 30.0
MOST_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True)
class Rules:
    """What may be connected to."""

    allow_loopback: bool = False
    """This computer, without TLS: for a mirror of one's own, and for tests. Then nothing else."""


class Response:
    """An answer whose body can be read bit by bit; close it."""

    def __init__(self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> None:
        self._connection, self._answer = connection, answer
        self.status = answer.status

    def header(self, name: str) -> str:
        return self._answer.getheader(name) or ""

    def read(self, most: int) -> bytes:
        """`most` bytes, fewer only at the end."""
        try:
            return self._answer.read(most)
        except (OSError, http.client.HTTPException) as error:
            raise broken_off(error) from None

    def read_some(self, most: int) -> bytes:
        """What has come by now, at least a byte until the end: a slow connection is stopped at once."""
        try:
            return self._answer.read1(most)
        except (OSError, http.client.HTTPException) as error:
            raise broken_off(error) from None

    def close(self) -> None:
        self._connection.close()


def get(url: str, headers: Mapping[str, str], rules: Rules) -> Response:
    """The answer to GET `url`, redirects followed. Raises `DownloadFailed`."""
    for _ in range(MOST_REDIRECTS + 1):
        response = _get_once(url, headers, rules)
        if response.status not in REDIRECTS:
            return response
        place = response.header("Location")
        response.close()
        if not place:
            break
        url = urljoin(url, place)
    raise DownloadFailed(f"{host_of(url)} sends one from address to address. Try again later.", url=url)


def host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or "?"
    except ValueError:
        return "?"


def _get_once(url: str, headers: Mapping[str, str], rules: Rules) -> Response:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise DownloadFailed(
            f"{url[:200]!r} is no address. Give one that begins with https://.", problem="no_address"
        ) from None
    host = parts.hostname or ""
    is_plain = parts.scheme == "http" and rules.allow_loopback
    if not host or not (parts.scheme == "https" or is_plain) or parts.username is not None:
        raise DownloadFailed(
            f"Only https addresses are fetched from, not {url[:200]!r}. Give one that begins with https://.",
            url=url[:500],
            problem="no_address",
        )
    address = _address_of(host, port or (80 if is_plain else 443), rules)
    connection: http.client.HTTPConnection
    if is_plain:
        connection = http.client.HTTPConnection(host, port, timeout=SECONDS)
    else:
        connection = http.client.HTTPSConnection(host, port, timeout=SECONDS)
    try:
        connection.sock = _connected(address, None if is_plain else host)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers={"User-Agent": "Lienzo", "Accept": "*/*", **headers})
        return Response(connection, connection.getresponse())
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        raise DownloadFailed(
            f"{host} cannot be reached ({_words(error)}). Check the connection and try again; "
            "what has come so far is kept.",
            url=url[:500],
            problem="unreachable",
        ) from None


def _address_of(host: str, port: int, rules: Rules) -> tuple[str, int]:
    """An address that may be connected to: the very one, so that no second look-up can lead elsewhere."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise DownloadFailed(
            f"{host} is not found ({_words(error)}). Check the address and the connection.",
            problem="unreachable",
        ) from None
    for _, _, _, _, place in found:
        address = ipaddress.ip_address(str(place[0]).split("%")[0])
        if address.is_loopback if rules.allow_loopback else address.is_global:
            return str(address), port
    raise DownloadFailed(
        f"{host} is not on the public internet, so nothing is fetched from it. Copy the file by hand."
    )


def _connected(address: tuple[str, int], host: str | None) -> socket.socket:
    """TCP to `address`; with TLS for `host` where that is named."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    plain = socket.socket(family, socket.SOCK_STREAM)
    try:
        plain.settimeout(SECONDS)
        plain.connect(address)
        if host is None:
            return plain
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def broken_off(error: Exception) -> DownloadFailed:
    return DownloadFailed(
        f"The connection broke off ({_words(error)}). Start it again: it goes on where it stopped."
    )


def _words(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__)[:200]
