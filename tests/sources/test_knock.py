"""Following links, against real servers on this machine."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from newsletter.sources import knock as knocking
from newsletter.sources.knock import knock


class Site:
    """A site whose pages answer as the table says; keeps how each was asked."""

    def __init__(self, pages: dict[str, dict[str, int]]) -> None:
        self.asked: list[tuple[str, str]] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        site = self

        class Door(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self.answer("HEAD")

            def do_GET(self) -> None:
                self.answer("GET")

            def answer(self, method: str) -> None:
                site.begin(method, self.path)
                known = pages.get(self.path, {})
                time.sleep(known.get("seconds", 0))
                self.send_response(known.get(method, 200))
                if "to" in self.path:
                    self.send_header("Location", self.path.replace("to", "", 1))
                self.end_headers()
                site.end()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def begin(self, method: str, path: str) -> None:
        with self._lock:
            self.asked.append((method, path))
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)

    def end(self) -> None:
        with self._lock:
            self._at_once -= 1

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


Serve = Callable[[dict[str, dict[str, int]]], Site]


@pytest.fixture
def serve() -> Iterator[Serve]:
    sites: list[Site] = []

    def start(pages: dict[str, dict[str, int]]) -> Site:
        sites.append(Site(pages))
        return sites[-1]

    yield start
    for site in sites:
        site.close()


def test_a_page_that_is_gone_is_told_after_a_second_look(serve: Serve) -> None:
    site = serve({"/gone": {"HEAD": 404, "GET": 410}, "/lost": {"HEAD": 404, "GET": 404}})
    urls = [site.url(path) for path in ("/gone", "/lost", "/well")]

    assert knock(urls, allow_loopback=True) == {
        urls[0]: "it answers 410, Gone",
        urls[1]: "it answers 404, Not Found",
    }
    assert site.asked.count(("GET", "/lost")) == 1
    assert ("GET", "/well") not in site.asked


@pytest.mark.parametrize("status", [401, 403, 405, 429, 500, 503, 999])
def test_a_door_that_is_shut_to_programs_is_not_called_dead(serve: Serve, status: int) -> None:
    site = serve({"/shut": {"HEAD": status, "GET": status}})

    assert knock([site.url("/shut")], allow_loopback=True) == {}


def test_a_page_that_knows_no_head_is_asked_by_get(serve: Serve) -> None:
    site = serve({"/page": {"HEAD": 404, "GET": 200}})

    assert knock([site.url("/page")], allow_loopback=True) == {}


def test_a_page_that_leads_on_is_followed_to_its_end(serve: Serve) -> None:
    moved, gone = {"HEAD": 302, "GET": 302}, {"HEAD": 404, "GET": 404}
    site = serve({"/to-to-x": moved, "/-to-x": moved, "/--x": gone})
    url = site.url("/to-to-x")

    assert knock([url], allow_loopback=True) == {url: "it answers 404, Not Found"}


def test_addresses_inside_are_refused_and_never_asked(serve: Serve) -> None:
    site = serve({})

    (why,) = knock([site.url("/")]).values()

    assert "is not on the public internet" in why
    assert site.asked == []


def test_a_host_that_nobody_is_at_is_told(serve: Serve) -> None:
    with socket.create_server(("127.0.0.1", 0)) as line:
        port = line.getsockname()[1]
    site = serve({})
    dead = f"http://127.0.0.1:{port}/"

    assert list(knock([dead, site.url("/")], allow_loopback=True)) == [dead]


def test_where_nothing_answers_at_all_the_machine_may_be_offline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as line:
        port = line.getsockname()[1]
    urls = [f"http://127.0.0.1:{port}/{number}" for number in range(9)]

    (why,) = knock(urls, allow_loopback=True).values()

    assert why == "nothing answers; this machine may be offline"


def test_who_keeps_programs_waiting_is_not_called_dead(serve: Serve) -> None:
    site = serve({"/slow": {"seconds": 1}})

    assert knock([site.url("/slow")], allow_loopback=True, seconds=0.2) == {}


def test_all_of_it_ends_in_time(serve: Serve) -> None:
    site = serve({f"/{number}": {"seconds": 1} for number in range(40)})
    urls = [site.url(f"/{number}") for number in range(40)]
    began = time.monotonic()

    knock(urls, allow_loopback=True, seconds=0.9, seconds_in_all=0.5)

    assert time.monotonic() - began < 0.9
    assert site.most_at_once <= knocking.AT_ONCE


def test_only_so_many_are_asked_and_each_once(serve: Serve) -> None:
    site = serve({})
    urls = [site.url(f"/{number}") for number in range(knocking.MOST + 10)]

    assert knock(urls * 2, allow_loopback=True) == {}
    assert len(site.asked) == knocking.MOST


@pytest.mark.parametrize("url", ["https://", "ftp://paper.in/", "https://a:b@paper.in/"])
def test_what_is_no_address_never_falls(url: str) -> None:
    assert knock([url])[url]
    assert knock([]) == {}
