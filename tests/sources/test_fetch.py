"""The only reader of the web, against real servers on this machine."""

import datetime as dt
import gzip
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from newsletter.errors import FetchError
from newsletter.sources.fetch import Fetcher, user_agent
from newsletter.sources.fetch_address import Target, allowed, parse, resolve
from newsletter.sources.fetch_cache import FetchCache, Kept
from newsletter.sources.fetch_unpack import unpacked
from newsletter.sources.fetch_wire import Answer, Deadline, trusted

Script = Callable[[bytes, socket.socket], None]


def answer(body: bytes = b"hello", status: str = "200 OK", **headers: str) -> Script:
    """A server's part that says this, whatever was asked."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]

    def say(_: bytes, line: socket.socket) -> None:
        line.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    return say


class Server:
    """Plays its scripts one after the other, the last one again and again; keeps what was asked."""

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[bytes] = []
        self._scripts = list(scripts)
        self._tls = tls
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/feed"

    def _serve(self) -> None:
        self._socket.settimeout(0.05)
        while not self._ended.is_set():
            with suppress(OSError):
                line, _ = self._socket.accept()
                line.settimeout(1)
                with line:
                    self._play(line)

    def _play(self, line: socket.socket) -> None:
        if self._tls:
            with self._tls.wrap_socket(line, server_side=True) as safe:
                self._talk(safe)
        else:
            self._talk(line)

    def _talk(self, line: socket.socket) -> None:
        asked = b""
        while b"\r\n\r\n" not in asked and (part := line.recv(4096)):
            asked += part
        self.asked.append(asked)
        script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
        script(asked, line)

    def close(self) -> None:
        self._ended.set()
        self._thread.join()
        self._socket.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(*scripts: Script, tls: ssl.SSLContext | None = None) -> Server:
        servers.append(Server(*scripts, tls=tls))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def local(**options: object) -> Fetcher:
    return Fetcher(allow_loopback=True, **options)  # type: ignore[arg-type]


@contextmanager
def refused(*words: str) -> Iterator[None]:
    with pytest.raises(FetchError) as error:
        yield
    for word in words:
        assert word in f"{error.value} {error.value.hint}"
    assert str(error.value).endswith(".")


Serve = Callable[..., Server]


# ── What is read ────────────────────────────────────────────────────────────────────────────


def test_a_page_is_read_with_what_its_server_says_of_it(serve: Serve) -> None:
    server = serve(answer(b"<rss/>", Content_Type='Application/RSS+XML; charset="UTF-8"'))

    page = local().fetch(server.url)

    assert (page.url, page.body, page.modified) == (server.url, b"<rss/>", True)
    assert (page.media_type, page.charset) == ("application/rss+xml", "utf-8")


@pytest.mark.parametrize(
    "said", ["", "rubbish", ";;;", "text/xml; charset", "text/xml; charset*=x"]
)
def test_a_server_may_say_nothing_or_rubbish_of_its_page(serve: Serve, said: str) -> None:
    server = serve(answer(b"x", Content_Type=said) if said else answer(b"x"))

    assert local().fetch(server.url).body == b"x"


def test_it_says_who_reads_and_brings_nothing_else_along(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
    server = serve(answer(Set_Cookie="a=b"))
    fetcher = local()
    fetcher.fetch(server.url)
    fetcher.fetch(server.url)

    for asked in server.asked:
        head = asked.decode().lower()
        assert head.startswith("get /feed http/1.1\r\n")
        assert f"\r\nhost: 127.0.0.1:{server.port}\r\n" in head
        assert f"user-agent: {user_agent().lower()}" in head
        assert "cookie" not in head
        assert "authorization" not in head
    assert "ShiftMaker" in user_agent()


@pytest.mark.parametrize(
    ("packed", "encoding"),
    [
        (gzip.compress(b"hello", mtime=0), "gzip"),
        (gzip.compress(b"hel", mtime=0) + gzip.compress(b"lo", mtime=0) + b"\0\0", "x-gzip"),
        (zlib.compress(b"hello"), "deflate"),
        (zlib.compress(b"hello", wbits=-15), "deflate"),
        (gzip.compress(gzip.compress(b"hello", mtime=0), mtime=0), "gzip, gzip"),
        (b"hello", "identity"),
    ],
)
def test_packed_pages_are_unpacked(serve: Serve, packed: bytes, encoding: str) -> None:
    server = serve(answer(packed, Content_Encoding=encoding))

    assert local().fetch(server.url).body == b"hello"


def test_a_page_in_chunks_is_put_together(serve: Serve) -> None:
    def chunks(_: bytes, line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        line.sendall(b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n")

    assert local().fetch(serve(chunks).url).body == b"hello"


def test_when_one_address_is_deaf_the_next_is_asked(serve: Serve) -> None:
    server = serve(answer())
    deaf = local(resolver=lambda *_: ["127.0.0.2", "::1", "127.0.0.1"])

    assert deaf.fetch(f"http://paper.example:{server.port}/").body == b"hello"
    assert f"Host: paper.example:{server.port}\r\n".encode() in server.asked[0]


def test_a_name_in_other_letters_is_asked_in_those_of_the_wire(serve: Serve) -> None:
    asked: list[str] = []

    def resolver(host: str, _: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    local(resolver=resolver).fetch(f"http://zeitung-für.example:{serve(answer()).port}/ü?q=ä b")

    assert asked == ["xn--zeitung-fr-ieb.example"]


# ── What is new ─────────────────────────────────────────────────────────────────────────────


def not_modified(asked: bytes, line: socket.socket) -> None:
    known = b'If-None-Match: "v1"' in asked and b"If-Modified-Since: Sun" in asked
    line.sendall(b"HTTP/1.1 304 Not Modified\r\n\r\n" if known else b"HTTP/1.1 500 No\r\n\r\n")


FRESH = {"ETag": '"v1"', "Last_Modified": "Sun, 05 Jul 2026 01:00:00 GMT"}


def test_not_modified_is_a_normal_answer(serve: Serve, tmp_path: Path) -> None:
    server = serve(answer(b"news", Content_Type="text/xml", **FRESH), not_modified)
    first = local(cache=tmp_path / "new").fetch(server.url)
    again = local(cache=tmp_path / "new").fetch(server.url)

    assert (first.body, first.modified) == (b"news", True)
    assert (again.body, again.modified) == (b"news", False)
    assert (again.media_type, again.url) == ("text/xml", server.url)


def test_what_is_kept_belongs_to_where_a_redirect_ends(serve: Serve, tmp_path: Path) -> None:
    end = serve(answer(b"news", **FRESH), not_modified)
    start = serve(answer(status="302 Found", Location=end.url))

    assert local(cache=tmp_path).fetch(start.url).modified
    assert not local(cache=tmp_path).fetch(start.url).modified
    assert b"If-None-Match" not in start.asked[1]


def test_without_a_mark_to_know_it_by_nothing_is_kept(serve: Serve, tmp_path: Path) -> None:
    local(cache=tmp_path).fetch(serve(answer()).url)

    assert list(tmp_path.iterdir()) == []


def test_not_modified_without_having_asked_is_refused(serve: Serve) -> None:
    with refused("answers 304"):
        local().fetch(serve(answer(b"", "304 Not Modified")).url)


@pytest.mark.parametrize("damage", [b"", b"{}\n", b"[]\nx", b"\xff\n", b"{\n", b'{"sha256":1}\nx'])
def test_a_damaged_cache_is_no_cache(serve: Serve, tmp_path: Path, damage: bytes) -> None:
    server = serve(answer(b"news", **FRESH))
    local(cache=tmp_path).fetch(server.url)
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage)

    assert local(cache=tmp_path).fetch(server.url).body == b"news"
    assert b"If-None-Match" not in server.asked[1]


def test_a_body_that_was_changed_on_disk_is_not_believed(tmp_path: Path) -> None:
    cache = FetchCache(tmp_path)
    cache.keep("u", Kept(url="u", etag="e", last_modified="", content_type="", body=b"true"))
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes().replace(b"true", b"lies"))

    assert cache.find("u") is None


def test_a_cache_that_cannot_be_written_loses_nothing(serve: Serve, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")

    assert local(cache=file).fetch(serve(answer(b"news", **FRESH)).url).body == b"news"


# ── Where it may go ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1",  # noqa: S104
        "169.254.169.254", "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1",
        "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1",
        "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "::127.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "2002:7f00:1::",
        "2002:a9fe:a9fe::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "100::1", "rubbish", "",
    ],
)  # fmt: skip
def test_only_public_addresses_are_asked(address: str) -> None:
    with refused("is not on the public internet", "public address"):
        allowed("paper.example", ["93.184.215.14", address], loopback=False)


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"]
)
def test_public_addresses_are(address: str) -> None:
    assert allowed("paper.example", [address], loopback=False) == [address]


def test_a_test_may_ask_this_machine_and_nothing_else_that_is_private() -> None:
    assert allowed("localhost", ["127.0.0.1", "::1"], loopback=True)
    with refused("not on the public internet"):
        allowed("localhost", ["127.0.0.1", "10.0.0.1"], loopback=True)


def test_a_host_without_addresses_is_refused() -> None:
    with refused("not on the public internet"):
        allowed("paper.example", [], loopback=True)


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "017700000001", "0", "127.0.0.1.",
     "a.0x7f", "[::ffff:127.0.0.1]", "[::1]", "127.0.0.1", "localhost"],
)  # fmt: skip
def test_this_machine_is_refused_under_each_of_its_spellings(host: str) -> None:
    with refused("."):
        Fetcher().fetch(f"http://{host}/")


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1"])
def test_an_odd_spelling_of_a_number_is_refused_whatever_it_is_said_to_mean(host: str) -> None:
    with refused("not on the public internet"):
        Fetcher(resolver=lambda *_: ["93.184.215.14"]).fetch(f"http://{host}/")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("file:///etc/passwd", "not a full address"),
        ("ftp://paper.example/", "neither http nor https"),
        ("gopher://paper.example:70/_x", "neither http nor https"),
        ("javascript:alert(1)", "not a full address"),
        ("https://user:pw@paper.example/", "holds a name or a password"),
        ("https://paper.example@10.0.0.1/", "holds a name or a password"),
        ("paper.example/feed", "not a full address"),
        ("http://", "not a full address"),
        ("http://[::1/", "not a full address"),
        ("http://paper.example:99999/", "not a full address"),
        ("http://" + "a" * 3000, "not a full address"),
        ("", "not a full address"),
    ],
)
def test_only_plain_web_addresses_are_read(url: str, words: str) -> None:
    with refused(words):
        local(resolver=lambda *_: ["127.0.0.1"]).fetch(url)


def test_a_password_does_not_stand_in_the_sentence() -> None:
    with pytest.raises(FetchError) as error:
        parse("https://desk:hunter2@paper.example/")

    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    "place",
    ["http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://[fd00::1]/",
     "http://[::ffff:169.254.169.254]/", "http://2852039166/", "file:///etc/passwd", "ftp://a.example/",
     "//169.254.169.254/", "https://u:p@paper.example/", "http://[::1", "javascript:x", ""],
)  # fmt: skip
def test_no_redirect_leads_inside(serve: Serve, place: str) -> None:
    server = serve(answer(status="302 Found", Location=place))

    with refused("."):
        local().fetch(server.url)
    assert len(server.asked) == 1


class FirstHopAlone(Fetcher):
    """Takes its first server for a public one: this machine has no other."""

    def _ask(self, target: Target, kept: Kept | None, deadline: Deadline) -> Answer:
        try:
            return super()._ask(target, kept, deadline)
        finally:
            self._loopback = False


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost", "2130706433", "0x7f.1"])
def test_a_public_page_cannot_lead_to_this_machine(serve: Serve, host: str) -> None:
    inside = serve(answer(b"secret"))
    public = serve(answer(status="301 Moved", Location=f"http://{host}:{inside.port}/"))

    with refused("not on the public internet"):
        FirstHopAlone(allow_loopback=True).fetch(public.url)
    assert len(public.asked) == 1
    assert inside.asked == []


def test_a_name_that_changes_its_mind_is_looked_up_once(serve: Serve) -> None:
    """DNS rebinding: what was checked is what is asked."""
    server = serve(answer(b"public"))
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    looked_up: list[str] = []

    def resolver(host: str, _: int) -> Sequence[str]:
        looked_up.append(host)
        return next(answers)

    fetcher = local(resolver=resolver)

    assert fetcher.fetch(f"http://paper.example:{server.port}/").body == b"public"
    assert looked_up == ["paper.example"]
    with refused("not on the public internet"):
        fetcher.fetch(f"http://paper.example:{server.port}/")
    assert len(server.asked) == 1


def test_three_redirects_are_followed_and_a_fourth_is_not(serve: Serve) -> None:
    ways = [answer(status="302 Found", Location=f"/{n}") for n in range(4)]
    good = serve(*ways[:3], answer(b"end"))
    bad = serve(*ways, answer(b"end"))

    page = local().fetch(good.url)
    assert (page.body, page.url) == (b"end", f"http://127.0.0.1:{good.port}/2")
    with refused("more than 3 times"):
        local().fetch(bad.url)
    assert len(bad.asked) == 4


def test_a_redirect_may_hold_real_letters(serve: Serve) -> None:
    server = serve(answer(status="307 Temporary", Location="/größe"), answer(b"end"))

    assert local().fetch(server.url).url.endswith("/gr%C3%B6%C3%9Fe")


def test_a_host_that_nobody_knows_is_said_so() -> None:
    def nobody(*_: object) -> Sequence[str]:
        raise OSError("no such name")

    with refused("paper.example is not known", "spelling"):
        local(resolver=nobody).fetch("http://paper.example/")


def test_the_system_knows_this_machine() -> None:
    assert "127.0.0.1" in resolve("127.0.0.1", 80)


# ── How long, and how much ──────────────────────────────────────────────────────────────────


def drip(head: bytes) -> Script:
    def say(_: bytes, line: socket.socket) -> None:
        line.sendall(head)
        with suppress(OSError):
            for _i in range(100):
                line.sendall(b"x")
                time.sleep(0.05)

    return say


@pytest.mark.parametrize(
    "head",
    [b"", b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\n\r\n",
     b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n"],
)  # fmt: skip
def test_a_server_that_drips_is_cut_off_in_time(serve: Serve, head: bytes) -> None:
    began = time.monotonic()
    with refused("did not answer within 0.4 seconds"):
        local(seconds=0.4).fetch(serve(drip(head)).url)

    assert time.monotonic() - began < 3


def test_a_handshake_that_never_ends_is_cut_off_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, refused("within 0.3 seconds"):
        local(seconds=0.3).fetch(f"https://127.0.0.1:{silent.getsockname()[1]}/")


def test_the_time_is_one_for_all_hops(serve: Serve) -> None:
    def slowly(_: bytes, line: socket.socket) -> None:
        time.sleep(0.3)
        line.sendall(b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n")

    with refused("within 0.5 seconds"):
        local(seconds=0.5).fetch(serve(slowly).url)


def test_a_name_server_that_sleeps_is_not_waited_for() -> None:
    awake = threading.Event()

    def asleep(*_: object) -> Sequence[str]:
        awake.wait(5)
        return ["127.0.0.1"]

    with refused("within 0.2 seconds"):
        local(resolver=asleep, seconds=0.2).fetch("http://paper.example/")
    awake.set()


def test_too_much_is_refused_before_it_is_read_to_the_end(serve: Serve) -> None:
    with refused("larger than 0.001 MB"):
        local(largest=1000).fetch(serve(answer(b"x" * 200_000)).url)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "gzip, gzip"])
def test_a_bomb_is_refused_while_it_unpacks(serve: Serve, encoding: str) -> None:
    pack = zlib.compress if encoding == "deflate" else gzip.compress
    bomb = pack(bytes(60_000_000))
    if "," in encoding:
        bomb = gzip.compress(bomb, mtime=0)
    with refused("larger than 5 MB"):
        local().fetch(serve(answer(bomb, Content_Encoding=encoding)).url)


@pytest.mark.parametrize(
    ("packed", "encoding", "words"),
    [
        (b"x", "br", "packed as br"),
        (b"x", "gzip, gzip, gzip", "packed as gzip, gzip, gzip"),
        (gzip.compress(b"hello", mtime=0)[:-9], "gzip", "ends too early"),
        (b"\x1f\x8bnothing", "gzip", "damaged"),
        (b"plain", "deflate", "damaged"),
    ],
)
def test_what_cannot_be_unpacked_is_named(packed: bytes, encoding: str, words: str) -> None:
    with refused(words):
        unpacked(packed, encoding.split(", "), largest=100)


def test_nothing_packed_is_nothing() -> None:
    assert unpacked(b"", ["gzip"], largest=100) == b""


@pytest.mark.parametrize(
    "said",
    [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx",
     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
     b"HTTP/1.1 200 " + b"x" * 99_999],
)  # fmt: skip
def test_half_an_answer_is_no_answer(serve: Serve, said: bytes) -> None:
    with refused("gave no whole answer"):
        local().fetch(serve(lambda _, line: line.sendall(said)).url)


def test_nobody_there_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with refused("127.0.0.1 gave no whole answer"):
        local().fetch(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("404 Not Found", "answers 404, Not Found"),
        ("410 Gone", "gone for good"),
        ("429 Slow", "asked too often"),
        ("503 Away", "asks again"),
        ("299 Odd", "299, which means nothing"),
        ("204 Nothing", "answers 204"),
    ],
)
def test_a_refusal_says_what_to_do(serve: Serve, status: str, words: str) -> None:
    with refused(words):
        local().fetch(serve(answer(b"", status)).url)


# ── Whom to believe ─────────────────────────────────────────────────────────────────────────


def certificate(folder: Path, name: str) -> Path:
    """A key and a certificate for a name, signed by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    encoding, unlocked = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, unlocked)
    file.write_bytes(private + made.public_bytes(encoding))
    return file


@pytest.fixture(scope="module")
def paper_pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"), "paper.example")


@pytest.fixture
def paper(serve: Serve, paper_pem: Path) -> Server:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(paper_pem)
    return serve(answer(b"safe"), tls=tls)


def knows(pem: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(pem))


def test_a_host_that_proves_its_name_is_believed(paper: Server, paper_pem: Path) -> None:
    fetcher = local(resolver=lambda *_: ["127.0.0.1"], context=knows(paper_pem))

    assert fetcher.fetch(f"https://paper.example:{paper.port}/").body == b"safe"


def test_another_hosts_certificate_is_not_believed(paper: Server, paper_pem: Path) -> None:
    fetcher = local(resolver=lambda *_: ["127.0.0.1"], context=knows(paper_pem))

    with refused("does not prove that it is who it says"):
        fetcher.fetch(f"https://other.example:{paper.port}/")
    with refused("does not prove that it is who it says"):
        fetcher.fetch(f"https://127.0.0.1:{paper.port}/")


def test_a_certificate_that_nobody_vouches_for_is_not_believed(paper: Server) -> None:
    with refused("does not prove that it is who it says", "certificate"):
        local(resolver=lambda *_: ["127.0.0.1"]).fetch(f"https://paper.example:{paper.port}/")


def test_a_server_that_speaks_no_tls_gives_no_answer(serve: Serve) -> None:
    with refused("gave no whole answer"):
        local().fetch(serve(answer()).url.replace("http:", "https:"))


def test_the_machines_own_store_is_asked_and_names_are_checked() -> None:
    assert trusted().verify_mode == ssl.CERT_REQUIRED
    assert trusted().check_hostname
