"""What DNS says of a sending domain, asked of a real server."""

import base64
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from newsletter.doctor.asking import Check
from newsletter.doctor.dmarc import alignment, bimi, dmarc, organization, walk
from newsletter.doctor.hosts import dkim, mx, ptr
from newsletter.doctor.resolver import NoAnswer, Resolver
from newsletter.doctor.spf import spf
from tests.doctor.conftest import Ask, MakeCase, Zone, newsletter, said, verdicts

NEWS = "news.shiftmaker.com."


def txt(name: str, *texts: str) -> str:
    return "".join(f'{name} 60 IN TXT "{text}"\n' for text in texts)


# ── SPF ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("records", "verdict", "words"),
    [
        (("v=spf1 ip4:192.0.2.1 -all",), "good", "0 of 10 lookups"),
        (("v=spf1 include:relay.net ~all", "other=1"), "good", "2 of 10 lookups"),
        (("v=spf1 redirect=relay.net",), "good", "2 of 10"),
        ((), "error", "has no SPF record"),
        (("other=1",), "error", "has no SPF record"),
        (("v=spf10 -all",), "error", "has no SPF record"),
        (("v=spf1 -all", "v=spf1 ~all"), "error", "has 2 SPF records"),
        (("v=spf1 +all",), "error", "everybody may send"),
        (("v=spf1 all",), "error", "everybody may send"),
        (("v=spf1 ?all",), "warning", "which says nothing"),
        (("v=spf1 a mx",), "warning", "has no end"),
        (("v=spf1 ptr -all",), "warning", "advises against"),
        (("v=spf1 include:nowhere.net -all",), "error", "includes nowhere.net"),
        (("v=spf1 include:circle.net -all",), "good", "3 of 10"),
        (("v=spf1 include:many.net -all",), "error", "more than 10 lookups"),
        (("v=spf1 ip4=192.0.2.1 b@d -all",), "error", "no receiver knows"),
    ],
)
def test_spf(ask: Ask, records: tuple[str, ...], verdict: str, words: str) -> None:
    zone = txt(NEWS, *records)
    zone += txt("relay.net.", "v=spf1 a -all")
    zone += txt("circle.net.", "v=spf1 a include:circle.net -all")
    zone += txt("many.net.", f"v=spf1 {'a ' * 12}-all")
    found = ask(spf, zone, transport="smtp")

    assert verdicts(found) == [verdict]
    assert words in said(found)


def test_spf_is_asked_of_the_domain_that_bounces_go_to(ask: Ask) -> None:
    zone = txt(NEWS, "v=spf1 -all") + txt("bounce.shiftmaker.com.", "v=spf1 +all")
    found = ask(spf, zone, transport="smtp", bounces={"address": "b@bounce.shiftmaker.com"})

    assert "everybody may send" in said(found)


def test_a_record_of_several_pieces_is_read_whole(ask: Ask) -> None:
    zone = f'{NEWS} 60 IN TXT "v=spf1 ip4:192.0.2.1" " ?all"\n'

    assert "says nothing" in said(ask(spf, zone, transport="smtp"))


def test_a_record_that_is_too_long_for_udp_is_read_whole(ask: Ask) -> None:
    words = " ".join(f"ip4:192.0.2.{n}" for n in range(100))
    pieces = " ".join(f'"{words[n : n + 200]}"' for n in range(0, len(words), 200))
    zone = f'{NEWS} 60 IN TXT "v=spf1 " {pieces} " +all"\n'

    assert "everybody may send" in said(ask(spf, zone, transport="smtp"))


# ── DMARC ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("records", "verdict", "words"),
    [
        (("v=DMARC1; p=none; rua=mailto:d@x.com",), "good", "p=none, reports to mailto:d@x.com"),
        (("v=DMARC1;p=reject;rua=mailto:d@x.com;adkim=s;aspf=s",), "good", "p=reject"),
        (("V = DMARC1; P = none; RUA = mailto:d@x.com",), "good", "p=none"),
        (("v=DMARC1; rua=mailto:d@x.com",), "good", "p=none"),
        (("v=DMARC1; p=none; rua=mailto:d@x.com; np=reject; psd=n",), "good", "p=none"),
        (("v=DMARC1; p=none",), "warning", "asks for no reports"),
        (("v=DMARC1; p=quarantine; pct=100; rua=mailto:d@x.com",), "warning", "RFC 9989 took away"),
        (("v=DMARC1; p=none; rf=afrf; ri=3600; rua=mailto:d@x.com",), "warning", "rf, ri"),
        (("v=DMARC1; p=reject; t=y; rua=mailto:d@x.com",), "warning", "only tried"),
        (("v=DMARC1; p=none; colour=red; rua=mailto:d@x.com",), "warning", "colour"),
        (("v=DMARC1; p=none; sp=maybe; rua=mailto:d@x.com",), "error", "sp is no policy"),
        (("v=DMARC1; p=none; rua=mailto:d@x.com", "v=DMARC1; p=reject"), "error", "none counts"),
        (("v=DMARC1; p=maybe",), "error", "cannot be read"),
        (("v=DMARC1 p=none",), "error", "has no DMARC record"),
        (("v=dmarc1; p=none",), "error", "has no DMARC record"),
        ((), "error", "has no DMARC record"),
    ],
)
def test_dmarc(ask: Ask, records: tuple[str, ...], verdict: str, words: str) -> None:
    found = ask(dmarc, txt(f"_dmarc.{NEWS}", *records))

    assert verdict in verdicts(found)
    assert words in said(found)


def test_nobody_is_told_to_publish_pct(ask: Ask) -> None:
    records = ("", "v=DMARC1; p=none", "v=DMARC1; p=none; pct=50", "v=DMARC1; p=maybe")
    for record in records:
        found = ask(dmarc, txt(f"_dmarc.{NEWS}", record))
        assert all("pct=" not in one.fix for one in found)


def test_the_record_of_the_organization_holds_for_what_lies_below(ask: Ask) -> None:
    held = "v=DMARC1; p=reject; sp=quarantine; rua=mailto:d@x.com"
    found = ask(dmarc, txt("_dmarc.shiftmaker.com.", held))

    assert said(found) == (
        "good: news.shiftmaker.com: p=quarantine, by shiftmaker.com, reports to mailto:d@x.com. "
    )


def test_an_organization_that_rejects_for_its_newsletter_is_warned_of(ask: Ask) -> None:
    found = ask(dmarc, txt("_dmarc.shiftmaker.com.", "v=DMARC1; p=reject; rua=mailto:d@x.com"))

    assert verdicts(found) == ["warning"]


@pytest.mark.parametrize(
    ("records", "domain", "owner"),
    [
        ({}, "a.news.shiftmaker.com", "a.news.shiftmaker.com"),
        ({"shiftmaker.com": ""}, "a.news.shiftmaker.com", "shiftmaker.com"),
        ({"a.news.shiftmaker.com": ""}, "a.news.shiftmaker.com", "a.news.shiftmaker.com"),
        (
            {"news.shiftmaker.com": "", "shiftmaker.com": ""},
            "news.shiftmaker.com",
            "shiftmaker.com",
        ),
        (
            {"news.shiftmaker.com": "psd=n", "shiftmaker.com": ""},
            "a.news.shiftmaker.com",
            "news.shiftmaker.com",
        ),
        ({"com": "psd=y"}, "a.news.shiftmaker.com", "shiftmaker.com"),
        ({"shiftmaker.com": "", "com": "psd=y"}, "a.news.shiftmaker.com", "shiftmaker.com"),
    ],
)
def test_the_organization_is_found_by_walking_up(
    dns: Zone, records: dict[str, str], domain: str, owner: str
) -> None:
    zone = "".join(
        txt(f"_dmarc.{name}.", f"v=DMARC1; p=none; {more}") for name, more in records.items()
    )
    assert organization(domain, walk(dns(zone), domain)) == owner


def test_a_long_name_costs_eight_questions() -> None:
    asked: list[str] = []

    class Counting(Resolver):
        def txt(self, name: str) -> tuple[str, ...]:
            asked.append(name)
            return ()

    walk(Counting(), "a.b.c.d.e.f.g.h.i.j.shiftmaker.com")

    assert len(asked) == 8
    assert asked[:2] == [
        "_dmarc.a.b.c.d.e.f.g.h.i.j.shiftmaker.com",
        "_dmarc.f.g.h.i.j.shiftmaker.com",
    ]
    assert asked[-1] == "_dmarc.com"


# ── Alignment ───────────────────────────────────────────────────────────────────────────────

DMARC = txt("_dmarc.shiftmaker.com.", "v=DMARC1; p=none; rua=mailto:d@x.com")
STRICT = txt(f"_dmarc.{NEWS}", "v=DMARC1; p=none; aspf=s; adkim=s") + DMARC


@pytest.mark.parametrize(
    ("zone", "bounces", "signer", "verdict"),
    [
        (DMARC, "", "", "good"),
        (DMARC, "b@bounce.shiftmaker.com", "", "good"),
        (DMARC, "b@bounce.shiftmaker.com", "shiftmaker.com", "good"),
        (DMARC, "b@elsewhere.net", "shiftmaker.com", "warning"),
        (DMARC, "", "elsewhere.net", "warning"),
        (DMARC, "b@elsewhere.net", "", "error"),
        (DMARC, "b@elsewhere.net", "elsewhere.net", "error"),
        (STRICT, "b@bounce.shiftmaker.com", "", "error"),
        (STRICT, "b@bounce.shiftmaker.com", "news.shiftmaker.com", "warning"),
        (STRICT, "", "shiftmaker.com", "warning"),
        ("", "b@bounce.shiftmaker.com", "", "error"),
    ],
)
def test_alignment(
    ask: Ask, tmp_path: Path, zone: str, bounces: str, signer: str, verdict: str
) -> None:
    own = {"domain": signer, "selector": "s1", "rsa_key_file": tmp_path / "key"} if signer else {}
    found = ask(alignment, zone, transport="smtp", bounces={"address": bounces}, dkim=own)

    assert verdicts(found) == [verdict]


# ── DKIM ────────────────────────────────────────────────────────────────────────────────────


def rsa_key(bits: int) -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=bits)


def keep(file: Path, key: RSAPrivateKey | Ed25519PrivateKey) -> Path:
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return file


def public(key: RSAPrivateKey) -> str:
    data = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(data).decode()


def key_record(name: str, text: str) -> str:
    pieces = " ".join(f'"{text[n : n + 200]}"' for n in range(0, len(text), 200))
    return f"{name} 60 IN TXT {pieces}\n"


@pytest.mark.parametrize(
    ("record", "bits", "verdict", "words"),
    [
        ("v=DKIM1; k=rsa; p={own}", 2048, "good", "2048 bits, ours"),
        ("p={own}", 2048, "good", "ours"),
        ("v=DKIM1; k=rsa; t=s; p={own}", 2048, "good", "ours"),
        ("v=DKIM1; k=rsa; t=y; p={own}", 2048, "warning", "only being tried"),
        ("v=DKIM1; k=rsa; p={own}", 1024, "warning", "1024 bits; receivers advise 2048"),
        ("v=DKIM1; k=rsa; p=", 2048, "error", "was taken back"),
        ("v=DKIM1; k=rsa; p=AAAA", 2048, "error", "not the one that we sign with"),
        ("v=DKIM2; p={own}", 2048, "error", "has no key"),
        ("", 2048, "error", "has no key"),
    ],
)
def test_a_key_is_held_against_its_record(
    ask: Ask, tmp_path: Path, record: str, bits: int, verdict: str, words: str
) -> None:
    key = rsa_key(bits)
    name = "s1._domainkey.news.shiftmaker.com."
    zone = key_record(name, record.format(own=public(key))) if record else ""
    own = {
        "domain": "news.shiftmaker.com",
        "selector": "s1",
        "rsa_key_file": keep(tmp_path / "rsa", key),
    }
    found = ask(dkim, zone, transport="smtp", dkim=own)

    assert verdicts(found) == [verdict]
    assert words in said(found)
    assert "PRIVATE" not in said(found)


def test_an_ed25519_key_stands_under_a_selector_of_its_own(ask: Ask, tmp_path: Path) -> None:
    rsa, ed = rsa_key(2048), Ed25519PrivateKey.generate()
    raw = base64.b64encode(ed.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    zone = key_record("s1._domainkey.news.shiftmaker.com.", f"v=DKIM1; p={public(rsa)}")
    zone += key_record("s1-ed25519._domainkey.news.shiftmaker.com.", f"k=ed25519; p={raw}")
    own = {
        "domain": "news.shiftmaker.com",
        "selector": "s1",
        "rsa_key_file": keep(tmp_path / "rsa", rsa),
        "ed25519_key_file": keep(tmp_path / "ed", ed),
    }
    found = ask(dkim, zone, transport="smtp", dkim=own)

    assert [one.why for one in found] == ["2048 bits, ours", "Ed25519, ours"]


# ── Hosts ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("zone", "verdict"),
    [
        (f"{NEWS} 60 IN MX 10 mx.shiftmaker.com.\n", "good"),
        (f"{NEWS} 60 IN A 192.0.2.1\n", "warning"),
        (f"{NEWS} 60 IN MX 0 .\n", "error"),
        ("", "error"),
    ],
)
def test_mx(ask: Ask, zone: str, verdict: str) -> None:
    assert verdicts(ask(mx, zone)) == [verdict]


def test_answers_and_bounces_have_their_own_servers(ask: Ask) -> None:
    found = ask(
        mx,
        f"{NEWS} 60 IN MX 10 mx.shiftmaker.com.\n",
        newsletters=(newsletter(reply_to="desk@shiftmaker.org"),),
        bounces={"address": "b@bounce.shiftmaker.com"},
    )

    assert verdicts(found) == ["good", "error", "error"]


@pytest.mark.parametrize(
    ("zone", "verdict"),
    [
        ("1.2.0.192.in-addr.arpa. 60 IN PTR mail.relay.net.\n", "good"),
        ("", "warning"),
        ("1.2.0.192.in-addr.arpa. 60 IN PTR other.relay.net.\n", "warning"),
        ("1.2.0.192.in-addr.arpa. 60 IN PTR 192-0-2-1.pool.relay.net.\n", "warning"),
    ],
)
def test_ptr(ask: Ask, zone: str, verdict: str) -> None:
    zone += "mail.relay.net. 60 IN A 192.0.2.1\n192-0-2-1.pool.relay.net. 60 IN A 192.0.2.1\n"
    found = ask(ptr, zone, transport="smtp", smtp={"host": "mail.relay.net"})

    assert verdicts(found) == [verdict]


@pytest.mark.parametrize(
    ("record", "policy", "verdict"),
    [
        ("", "none", "good"),
        ("v=BIMI1; l=https://x.com/l.svg; a=https://x.com/m.pem", "reject", "good"),
        ("v=BIMI1; l=https://x.com/l.svg; a=https://x.com/m.pem", "none", "warning"),
        ("v=BIMI1; l=https://x.com/l.svg", "quarantine", "warning"),
        ("v=BIMI1; l=http://x.com/l.svg", "reject", "warning"),
    ],
)
def test_bimi(ask: Ask, record: str, policy: str, verdict: str) -> None:
    zone = txt(f"_dmarc.{NEWS}", f"v=DMARC1; p={policy}")
    zone += txt(f"default._bimi.{NEWS}", record) if record else ""

    assert verdicts(ask(bimi, zone)) == [verdict]


# ── Away ────────────────────────────────────────────────────────────────────────────────────

OF_DOMAINS = (spf, dmarc, alignment, mx, bimi)


@pytest.mark.parametrize("check", OF_DOMAINS)
def test_without_a_server_nothing_is_said_of_a_domain(make_case: MakeCase, check: Check) -> None:
    found = list(check(make_case(transport="smtp")))

    assert verdicts(found) == ["not run"]
    assert "no network" in said(found)


@pytest.mark.parametrize("check", OF_DOMAINS)
def test_a_server_of_a_closed_network_is_no_witness(
    make_case: MakeCase, dns: Zone, check: Check
) -> None:
    closed = dns(txt("elsewhere.local.", "x"), top="")
    found = list(check(make_case(resolver=closed, transport="smtp")))

    assert verdicts(found) == ["not run"]


@pytest.mark.parametrize("check", OF_DOMAINS)
def test_nothing_is_asked_about_a_made_up_name(make_case: MakeCase, check: Check) -> None:
    class Never(Resolver):
        def _ask(self, name: str, kind: str) -> list[object]:
            raise AssertionError(f"{name} {kind}")

    daily = newsletter(sender={"name": "Desk", "address": "desk@theshiftmaker.example"})
    case = make_case(resolver=Never(), newsletters=(daily,), transport="smtp")
    found = list(check(case))

    assert verdicts(found) == ["not run"]


@pytest.mark.parametrize("check", [dkim, ptr])
def test_of_hosts_and_keys_a_closed_network_is_no_witness_either(
    make_case: MakeCase, dns: Zone, tmp_path: Path, check: Check
) -> None:
    own = {"domain": "news.shiftmaker.com", "selector": "s1", "rsa_key_file": tmp_path / "key"}
    case = make_case(
        resolver=dns(txt("elsewhere.local.", "x"), top=""),
        transport="smtp",
        smtp={"host": "mail.relay.net"},
        dkim=own,
    )

    assert verdicts(list(check(case))) == ["not run"]


@pytest.mark.parametrize(
    ("check", "settings"),
    [
        (spf, {"transport": "sendgrid", "sendgrid": {"api_key": "SG.k"}}),
        (dkim, {"transport": "sendgrid", "sendgrid": {"api_key": "SG.k"}}),
        (alignment, {"transport": "sendgrid", "sendgrid": {"api_key": "SG.k"}}),
        (dkim, {"transport": "smtp"}),
        (ptr, {}),
        (ptr, {"transport": "smtp"}),
        (ptr, {"transport": "smtp", "smtp": {"host": "mail.relay.example"}}),
        (ptr, {"transport": "smtp", "smtp": {"host": "nowhere.relay.net"}}),
        (mx, {"newsletters": ()}),
    ],
)
def test_what_cannot_be_known_here_was_not_run(
    ask: Ask, check: Check, settings: dict[str, Any]
) -> None:
    assert verdicts(ask(check, **settings)) == ["not run"]


def test_a_key_that_cannot_be_read_is_told(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("canary")
    own = {"domain": "news.shiftmaker.com", "selector": "s1", "rsa_key_file": tmp_path / "key"}
    found = ask(dkim, transport="smtp", dkim=own)

    assert verdicts(found) == ["error"]
    assert "canary" not in said(found)


def test_a_server_that_is_silent_is_waited_for_in_bounded_time() -> None:
    with pytest.raises(NoAnswer):
        Resolver(("127.0.0.1",), port=9, lifetime=0.3).txt("news.shiftmaker.com")
