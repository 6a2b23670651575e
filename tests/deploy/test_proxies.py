"""The proxies: no token in their logs, and as whole as can be told without them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from newsletter.monitoring.masks import Mask
from tests.deploy.named import FOLDER
from tests.transports.relay import certificate

NGINX = (FOLDER / "nginx/newsletter.conf").read_text(encoding="utf-8")
CADDY = (FOLDER / "caddy/Caddyfile").read_text(encoding="utf-8")
TOKEN = "AbCdEf0123456789_-AbCdEf0123"


def bare(text: str) -> list[str]:
    """The lines that say something, without remarks."""
    return [line.strip() for line in text.splitlines() if line.strip() and line.strip()[0] != "#"]


def test_nginx_has_whole_directives() -> None:
    depth = 0
    for line in bare(NGINX):
        assert re.search(r"(;|\{|\})$", line), line
        depth += line.endswith("{") - (line == "}")
        assert depth >= 0
    assert depth == 0


def test_caddy_has_whole_blocks() -> None:
    lines = bare(CADDY)

    assert sum(line.endswith("{") for line in lines) == sum(line == "}" for line in lines)


@pytest.mark.parametrize("page", ["u", "c", "o", "v", "confirm", "preferences", "forget", "mydata"])
def test_no_page_with_a_token_is_logged_whole(page: str) -> None:
    path = f"/{page}/{TOKEN}/3"
    ours = Mask()(path)
    pattern = re.search(r'"~(\^/\(\?<kind>[^"]+)"', NGINX)
    caddy = re.search(r'request>uri regexp "([^"]+)"', CADDY)

    assert pattern
    assert caddy
    assert TOKEN not in ours
    assert re.match(pattern[1].replace("?<kind>", "?P<kind>"), path)
    assert re.sub(caddy[1], r"/\1/-", path) == f"/{page}/-"


def test_nginx_logs_by_that_rule_alone() -> None:
    formats = re.findall(r"log_format \w+ '([^']*)'", NGINX)
    logs = re.findall(r"access_log ([^;]+);", NGINX)

    assert formats
    assert not re.search(r"\$(request|request_uri|uri|args|remote_addr|http_\w+)\b", formats[0])
    assert set(logs) == {"off", "/var/log/nginx/newsletter.log newsletter"}


def test_nobody_may_say_whose_request_it_is_but_the_proxy() -> None:
    assert "proxy_add_x_forwarded_for" not in NGINX
    assert NGINX.count("proxy_pass ") == NGINX.count("X-Forwarded-For $remote_addr;") == 2
    assert "header_up X-Forwarded-For {remote_host}" in CADDY


def _folders(folder: Path) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)


if shutil.which("nginx"):

    def test_nginx_itself_takes_it(tmp_path: Path) -> None:
        made = certificate(tmp_path, "n.example.com")
        text = NGINX.replace("/var/log/nginx", str(tmp_path))
        text = re.sub(r"ssl_certificate [^;]+", f"ssl_certificate {made.file}", text)
        key = tmp_path / "key.pem"
        text = re.sub(r"ssl_certificate_key [^;]+", f"ssl_certificate_key {key}", text)
        (tmp_path / "newsletter.conf").write_text(text)
        (tmp_path / "main.conf").write_text(
            f"pid {tmp_path}/pid; error_log {tmp_path}/error; events {{}}\n"
            f"http {{ include {tmp_path}/newsletter.conf; {_folders(tmp_path)} }}\n"
        )
        tested = subprocess.run(
            ["nginx", "-t", "-p", str(tmp_path), "-c", str(tmp_path / "main.conf")],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert tested.returncode == 0, tested.stderr
