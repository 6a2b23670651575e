"""Nobody but the person at this machine, and no page but the studio's own."""

import http.client
import socket
from collections.abc import Iterator

import pytest

from newsletter.errors import DeliveryError
from newsletter.studio.server import Studio
from tests.studio.conftest import DAY, Room, furnish


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """One for all: nothing here changes it."""
    made = Room(furnish(tmp_path_factory.mktemp("guard")))
    made.start()
    yield made
    made.stop()


PAGES = ("/", "/mail/390-light", "/editions", "/studio.js", "/live/events")


def raw(room: Room, method: str, path: str, **headers: str) -> tuple[int, dict[str, str]]:
    """Ask with these headers and no others, and do not wait for a stream's end."""
    host, port = room.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    said = {name.lower(): value for name, value in answer.getheaders()}
    connection.close()
    return answer.status, said


def host(room: Room, name: str = "127.0.0.1") -> str:
    return f"{name}:{room.url.rpartition(':')[2]}"


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]"])
def test_this_machine_may_call_itself_by_any_of_its_names(room: Room, name: str) -> None:
    assert raw(room, "GET", "/", Host=host(room, name))[0] == 200


@pytest.mark.parametrize(
    "name",
    [
        *("evil.example", "127.0.0.1.evil.example", "localhost.evil.example"),
        "0.0.0.0",  # noqa: S104 - a name, no place to listen
        *("127.0.0.2", "2130706433", "127.1", "[::ffff:127.0.0.1]", "LOCALHOST.", ""),
    ],
)
@pytest.mark.parametrize("path", PAGES)
def test_a_name_that_was_rebound_to_this_machine_is_refused(
    room: Room, name: str, path: str
) -> None:
    assert raw(room, "GET", path, Host=host(room, name))[0] == 403


def test_a_name_without_its_port_and_no_name_at_all_are_refused(room: Room) -> None:
    assert raw(room, "GET", "/", Host="127.0.0.1")[0] == 403
    assert raw(room, "GET", "/", Host=f"{host(room)}1")[0] == 403
    assert raw(room, "GET", "/")[0] == 403


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("mode", ["no-cors", "cors", "navigate"])
def test_another_page_can_neither_load_nor_frame_anything(
    room: Room, path: str, site: str, mode: str
) -> None:
    dest = "iframe" if mode == "navigate" else "script"
    said = {"Sec_Fetch_Site": site, "Sec_Fetch_Mode": mode, "Sec_Fetch_Dest": dest}

    assert raw(room, "GET", path, Host=host(room), **said)[0] == 403


def test_a_link_from_elsewhere_may_open_the_page(room: Room) -> None:
    said = {
        "Sec_Fetch_Site": "cross-site",
        "Sec_Fetch_Mode": "navigate",
        "Sec_Fetch_Dest": "document",
    }

    assert raw(room, "GET", "/", Host=host(room), **said)[0] == 200


@pytest.mark.parametrize(
    "path", ["/do/approve", "/do/cancel", "/do/further", "/reader", "/source/390-mime", "/copy/eml"]
)
@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost", "file://", None],
)
def test_no_other_origin_can_press_a_button(room: Room, path: str, origin: str | None) -> None:
    said = {"Host": host(room), "Content_Length": "0"} | ({"Origin": origin} if origin else {})

    assert raw(room, "POST", path, **said)[0] == 403
    assert room.live.shown.standing.state == "draft"


def test_a_foreign_origin_hears_nothing_of_the_stream(room: Room) -> None:
    said = {"Host": host(room), "Origin": "https://evil.example"}

    assert raw(room, "GET", "/live/events", **said)[0] == 403


def test_the_origin_alone_does_not_do_when_the_browser_says_otherwise(room: Room) -> None:
    said = {"Host": host(room), "Origin": room.url, "Content_Length": "0"}

    assert raw(room, "POST", "/do/ask", **said, Sec_Fetch_Site="same-site")[0] == 403
    assert raw(room, "POST", "/do/ask", **said, Sec_Fetch_Site="same-origin")[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        *("/../pyproject.toml", "/%2e%2e/%2e%2e/etc/passwd", "/mail/..%2f..%2fetc%2fpasswd"),
        *("/i/..%2fnewsletter.db", "/i/%00", "/page.html.j2", "/studio.js%00.png", "/base.html.j2"),
        *("/mail/390-light-nonsense", "/mail/1", "/mail/99999", "/report/daily/../../x", "/docs"),
        *("/report/daily/2026-07-05", "/do/__init__", "/openapi.json", "//evil.example/"),
    ],
)
def test_no_path_leads_to_anything_else(room: Room, path: str) -> None:
    assert raw(room, "GET", path, Host=host(room))[0] in {404, 405}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])
def test_only_get_and_post_are_known(room: Room, method: str) -> None:
    assert raw(room, method, "/", Host=host(room), Origin=room.url)[0] == 403


def test_a_large_or_endless_body_is_refused_before_it_is_read(room: Room) -> None:
    said = {"Host": host(room), "Origin": room.url}

    assert raw(room, "POST", "/do/ask", **said, Content_Length="16385")[0] == 403
    assert raw(room, "POST", "/do/ask", **said, Transfer_Encoding="chunked")[0] == 403


@pytest.mark.parametrize("path", ["/", "/editions", "/nothing/here", "/studio.js"])
def test_a_page_may_load_its_own_files_and_no_others(room: Room, path: str) -> None:
    said = raw(room, "GET", path, Host=host(room))[1]

    policy = said["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert said["referrer-policy"] == "no-referrer"
    assert said["cross-origin-resource-policy"] == "same-origin"
    assert said["cache-control"] == "no-store"
    assert "set-cookie" not in said


def test_the_mail_may_run_nothing_wherever_it_is_opened(room: Room) -> None:
    policy = raw(room, "GET", "/mail/390-light", Host=host(room))[1]["content-security-policy"]
    rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))

    assert rules["default-src"] == "'none'"
    assert "script-src" not in rules
    assert rules["img-src"] == "'self'"
    assert rules["form-action"] == "'none'"
    assert "allow-scripts" not in rules["sandbox"]
    assert "allow-top-navigation" not in rules["sandbox"]


def test_it_listens_to_this_machine_alone(room: Room) -> None:
    assert room.studio._socket.getsockname()[0] == "127.0.0.1"


def test_a_port_that_is_taken_is_said_in_a_sentence(room: Room) -> None:
    port = int(room.url.rpartition(":")[2])

    with pytest.raises(DeliveryError, match=rf"^Port {port} is taken") as raised:
        Studio(room.newsroom, room.newsroom.newsletter(), DAY, port=port, launch=print)

    assert "--port" in raised.value.hint


def test_a_socket_that_says_nothing_keeps_nobody_waiting(room: Room) -> None:
    name, port = room.url.removeprefix("http://").split(":")
    with socket.create_connection((name, int(port))), room.client() as client:
        assert client.get("/").status_code == 200
