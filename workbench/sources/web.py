"""Fetching a page: within limits, and never from inside the network unless the user allows it."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urljoin

import httpx

from workbench.errors import SourceError
from workbench.records import Record
from workbench.sources.base import MEGABYTE, ReadOptions
from workbench.versions import installed

_REDIRECTS = (301, 302, 303, 307, 308)
# Addresses that carry an IPv4 address inside them: NAT64 and 6to4.
_NAT64, _SIXTOFOUR = ip_network("64:ff9b::/96"), ip_network("2002::/16")
_CURES = {
    401: "The page wants a login: save it from a browser and give the file.",
    403: "The site refuses programmes: save the page from a browser and give the file.",
    404: "Check the address in a browser: the page may have moved.",
    410: "The page has been taken down; look for a copy elsewhere.",
    429: "The site asks to wait: try again later.",
    451: "The page is blocked for legal reasons; look for a copy elsewhere.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched(Record):
    """What an address gave.

    Attributes:
        url: Where it was found at last, after redirects.
        data: The body, decompressed.
        media: Media type such as "text/html", in lower case, or empty.
        charset: Encoding that the server declared, or None.
    """

    url: str
    data: bytes
    media: str
    charset: str | None


def fetch(url: str, options: ReadOptions) -> Fetched:
    """Fetch `url` within the limits on time, size and redirects.

    Loopback, private and link-local addresses are refused, after every redirect too, unless
    `options.allow_private`. The connection goes to the very address that was checked, so that a name that
    changes its address between check and connection gains nothing. Proxies of the environment are not used.

    Raises:
        SourceError: It is no address, is refused, or cannot be fetched within the limits.
    """
    # A thread of its own: the caller may be inside an event loop already, as in a notebook.
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, _within_time(url, options)).result()


async def _within_time(url: str, options: ReadOptions) -> Fetched:
    try:
        async with asyncio.timeout(options.max_seconds):
            return await _followed(url, options)
    except TimeoutError as fault:
        raise SourceError(
            f"{url} did not answer in full within {options.max_seconds:g} seconds.",
            cure="Try again later, allow more with --max-seconds, or save the page from a browser and give the file.",
        ) from fault


async def _followed(url: str, options: ReadOptions) -> Fetched:
    # Certificates are checked against the name, though the connection goes to the checked number.
    async with httpx.AsyncClient(timeout=None, trust_env=False, follow_redirects=False) as client:  # noqa: S113
        at = url
        for _ in range(options.max_redirects + 1):
            answer = await _one(client, at, options)
            if isinstance(answer, Fetched):
                return answer
            at = _next(at, answer)
    raise SourceError(
        f"{url} redirects more than {options.max_redirects} times.",
        cure="Open it in a browser and give the address that it arrives at.",
    )


def _next(at: str, location: str) -> str:
    try:
        return urljoin(at, location)
    except ValueError as fault:
        raise _no_address(location) from fault


async def _one(client: httpx.AsyncClient, url: str, options: ReadOptions) -> Fetched | str:
    """What `url` gives: its content, or the address it redirects to."""
    request, addresses = await _request(client, url, options)
    for address in addresses:
        try:
            response = await client.send(_sent_to(request, address), stream=True)
        except httpx.ConnectError as fault:
            if address == addresses[-1]:
                raise _dead(url, fault) from fault
            continue
        except (httpx.HTTPError, ValueError) as fault:
            raise _dead(url, fault) from fault
        try:
            return await _answer(response, url, options)
        finally:
            await response.aclose()
    raise _dead(url, "it has no address")


async def _request(
    client: httpx.AsyncClient, url: str, options: ReadOptions
) -> tuple[httpx.Request, list[str]]:
    headers = {
        "User-Agent": _agent(),
        "Accept": "text/html, application/xml;q=0.9, */*;q=0.8",
        "Accept-Encoding": "identity",
    }
    try:
        request = client.build_request("GET", url, headers=headers)
    except (httpx.InvalidURL, ValueError) as fault:
        raise _no_address(url) from fault
    if request.url.scheme not in ("http", "https") or not request.url.host:
        raise _no_address(url)
    return request, await _checked(request.url, options)


def _sent_to(request: httpx.Request, address: str) -> httpx.Request:
    """The same request, sent to a checked address under the name that it was made for."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,  # the Host among them is the name
        extensions={
            "sni_hostname": request.url.raw_host.decode("ascii"),
            "timeout": httpx.Timeout(None).as_dict(),
        },
    )


async def _checked(url: httpx.URL, options: ReadOptions) -> list[str]:
    """Addresses of the host, every one of them allowed."""
    host = url.raw_host.decode("ascii").strip("[]")
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, url.port or 0, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as fault:
        raise SourceError(
            f"{url} cannot be reached: there is no host {url.host}.",
            cure="Check the address and the network.",
        ) from fault
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    refused = [] if options.allow_private else [address for address in addresses if not is_public(address)]
    if refused:
        raise SourceError(
            f"{url} lies inside this machine or its private network ({refused[0]}): refused.",
            cure="Allow it with --allow-private if you trust the address.",
        )
    return addresses


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet.

    >>> [is_public(a) for a in ("8.8.8.8", "127.0.0.1", "10.0.0.1", "::1", "::ffff:192.168.0.1", "169.254.1.1")]
    [True, False, False, False, False, False]
    """
    number = ip_address(address.partition("%")[0])
    if isinstance(number, IPv6Address):
        inner = _inner(number)
        if inner is not None:
            number = inner
    return number.is_global and not (number.is_multicast or number.is_reserved or number.is_unspecified)


def _inner(number: IPv6Address) -> IPv4Address | None:
    if number.ipv4_mapped:
        return number.ipv4_mapped
    if number in _NAT64:
        return IPv4Address(int(number) & 0xFFFFFFFF)
    return IPv4Address((int(number) >> 80) & 0xFFFFFFFF) if number in _SIXTOFOUR else None


async def _answer(response: httpx.Response, url: str, options: ReadOptions) -> Fetched | str:
    status = response.status_code
    if status in _REDIRECTS and response.headers.get("location"):
        return str(response.headers["location"])
    if status != 200:
        raise SourceError(
            f"{url} answered {status} {response.reason_phrase}.".replace(" .", "."),
            cure=_CURES.get(status, "Try again later, or save the page from a browser and give the file."),
        )
    data = await _body(response, url, options.max_bytes)
    return Fetched(url=url, data=data, media=_media(response), charset=response.charset_encoding)


async def _body(response: httpx.Response, url: str, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        async for part in response.aiter_bytes():
            size += len(part)
            if size > limit:
                raise SourceError(
                    f"{url} sends more than {limit / MEGABYTE:g} MB, too much for one page.",
                    cure="Raise the limit with --max-mb if this is one article after all.",
                )
            parts.append(part)
    except httpx.HTTPError as fault:
        raise _dead(url, fault) from fault
    return b"".join(parts)


def _media(response: httpx.Response) -> str:
    return str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()


def _dead(url: str, fault: object) -> SourceError:
    return SourceError(
        f"{url} cannot be fetched: {str(fault) or type(fault).__name__}.",
        cure="Check the address and the network.",
    )


def _no_address(url: str) -> SourceError:
    return SourceError(
        f"{url} is no web address.", cure="Give an address that begins with https:// or http://."
    )


def _agent() -> str:
    version = installed("arabic-news-workbench")
    return f"arabic-news-workbench/{version}" if version else "arabic-news-workbench"
