"""The file of a day's choices: read with every fault named, kept whole, never over a newer save."""

import os
import threading
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.errors import ChoicesChanged, ChoicesError
from newsletter.model import Approval, Choices, Withdrawal
from newsletter.settings import Newsletter, Sender
from newsletter.sources.choices import path_of, read_choices
from newsletter.sources.choices_file import save_choices
from newsletter.sources.fields import one_line
from newsletter.sources.folder import FolderSource

IST = ZoneInfo("Asia/Kolkata")
DAY = date(2026, 7, 5)

HAND_WRITTEN = """\
# Sunday: keep it short.
articles = [
  "one",   # the ban
  "two.md",
]
out = ["three"]
lead = "one"
subject = "Alibaba bans Claude Code"  # 25 characters
sponsor = ""

[[withdrawn]]
article = "four"
by = "Asha"
at = 2026-07-05T06:55:00+05:30

[approval]
by = "Asha"
at = 2026-07-05T06:48:00
articles = ["one", "two.md", "four"]
lead = "one"
subject = "Alibaba bans Claude Code"
preheader = "The ban takes effect."

[approval.digests]
"story one" = "a1 b2"
"""

READ = Choices(
    articles=("one", "two.md"),
    out=("three",),
    lead="one",
    subject="Alibaba bans Claude Code",
    sponsor="",
    withdrawals=(
        Withdrawal(article="four", by="Asha", at=datetime(2026, 7, 5, 6, 55, tzinfo=IST)),
    ),
    approval=Approval(
        by="Asha",
        at=datetime(2026, 7, 5, 6, 48, tzinfo=IST),
        articles=("one", "two.md", "four"),
        lead="one",
        subject="Alibaba bans Claude Code",
        preheader="The ban takes effect.",
        digests={"story one": "a1 b2"},
    ),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "articles" / "editions" / "2026-07-05.toml"


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


# ── Reading ─────────────────────────────────────────────────────────────────────────────────


def test_what_is_written_by_hand_is_read(file: Path) -> None:
    choices, version = read_choices(write(file, HAND_WRITTEN), IST)

    assert choices == READ
    assert len(version) == 64


def test_without_a_file_there_are_no_choices(file: Path) -> None:
    assert read_choices(file, IST) == (Choices(), "")


def test_withdrawn_stories_may_be_a_plain_list(file: Path) -> None:
    choices, _ = read_choices(write(file, 'withdrawn = ["one", "two"]\n'), IST)

    assert choices.withdrawn == ("one", "two")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('subject = "a"\nartcles = []\n', ":2: there is no key artcles. | Did you mean articles?"),
        ('articles = "one"\n', ":1: articles must be a list of stories."),
        ("\nout = [1, {a = 2}]\n", ":2: out.2 must be text"),
        ('articles = ["a", "a"]\n', ":1: a stands twice"),
        ('articles = ["a"]\nout = ["a"]\n', ":2: a is in and out"),
        ("subject = \n", ":1: not TOML"),
        ("[[withdrawn]]\nby = 'Asha'\n", ":1: withdrawn.article is missing"),
        ("approval = true\n", ":1: approval must be a table"),
        ("[approval]\nby = 'Asha'\n", ":1: approval.at is missing"),
        ("[approval]\nby = 'A'\nat = 'soon'\n", ":3: approval.at: soon is no date"),
        ("[approval]\nat = 2026-07-05T06:48:00\n", "approval.by is missing"),
        ("[approval]\nby = 'A'\nat = 2026-07-05T06:48:00\n", "approval.digests is missing"),
        ("lead = 'a'\n<<<<<<< HEAD\nlead = 'b'\n", ":2: not TOML | git left both versions in it"),
    ],
)
def test_what_cannot_be_understood_is_named_with_its_line(file: Path, text: str, said: str) -> None:
    with pytest.raises(ChoicesError) as raised:
        read_choices(write(file, text), IST)

    sentence, _, hint = said.partition(" | ")
    assert sentence in f"{raised.value} "
    assert str(raised.value).startswith(str(file))
    assert hint in raised.value.hint


def test_what_is_no_utf_8_is_no_choice(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.write_bytes(b'lead = "a"\nsubject = "\xff"\n')

    with pytest.raises(ChoicesError, match=":2: the file is not UTF-8"):
        read_choices(file, IST)


def test_a_folder_in_its_place_or_a_link_to_nowhere_is_no_empty_file(file: Path) -> None:
    file.mkdir(parents=True)
    with pytest.raises(ChoicesError, match="cannot be read"):
        read_choices(file, IST)

    link = file.with_name("2026-07-06.toml")
    link.symlink_to("nowhere")
    with pytest.raises(ChoicesError, match="cannot be read"):
        read_choices(link, IST)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode()))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_in_the_file_is_read_or_refused(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "2026-07-05.toml"
    file.write_bytes(raw)

    said = ""
    try:
        choices, version = read_choices(file, IST)
    except ChoicesError as error:
        said = str(error)
    else:
        assert (type(choices), len(version)) == (Choices, 64)
    assert not said or str(file) in said


# ── Whose file it is ────────────────────────────────────────────────────────────────────────


def test_the_only_newsletter_has_the_day_to_itself(tmp_path: Path) -> None:
    assert path_of(tmp_path, "daily", DAY, alone=True) == tmp_path / "editions/2026-07-05.toml"

    own = write(tmp_path / "editions/daily-2026-07-05.toml", "")
    assert path_of(tmp_path, "daily", DAY, alone=True) == own


def test_of_several_newsletters_each_has_a_name_of_its_own(tmp_path: Path) -> None:
    path = path_of(tmp_path, "weekly", DAY, alone=False)

    assert path == tmp_path / "editions/weekly-2026-07-05.toml"


def test_a_file_that_could_be_anybodys_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "editions/2026-07-05.toml", "")
    with pytest.raises(ChoicesError, match="whose is it"):
        path_of(tmp_path, "daily", DAY, alone=False)

    write(tmp_path / "editions/daily-2026-07-05.toml", "")
    with pytest.raises(ChoicesError, match="are both there"):
        path_of(tmp_path, "daily", DAY, alone=True)


def test_choices_are_no_articles_and_a_story_among_them_is_named(tmp_path: Path) -> None:
    daily = Newsletter(
        name="daily",
        title="T",
        sender=Sender(name="T", address="desk@example.com"),
        postal_address="1 Example Street",
    )
    story = "---\ntitle: A\npublished: 2026-07-05\n---\nText.\n"
    write(tmp_path / "one.md", story)
    write(tmp_path / "editions/lost.md", story)
    write(tmp_path / "editions/2026-07-05.toml", "")
    write(tmp_path / "editions/my-sponsor.toml", "")
    write(tmp_path / "deep/editions/two.md", story)

    gathered = FolderSource(tmp_path, daily, site_url="https://news.example").read()

    found = sorted(Path(article.origin).name for article in gathered.articles)
    assert found == ["one.md", "two.md"]
    assert [p.what for p in gathered.problems] == ["no story is read here"]
    assert gathered.problems[0].where.endswith("editions/lost.md")


# ── Saving ──────────────────────────────────────────────────────────────────────────────────


def test_a_save_touches_only_what_changed(file: Path) -> None:
    choices, seen = read_choices(write(file, HAND_WRITTEN), IST)

    save_choices(file, replace(choices, preheader="New line"), IST, seen=seen)

    text = file.read_text(encoding="utf-8")
    assert text.replace('preheader = "New line"\n', "").replace("\n\n", "\n") == (
        HAND_WRITTEN.replace("\n\n", "\n")
    )
    assert read_choices(file, IST)[0] == replace(READ, preheader="New line")


def test_a_key_that_is_taken_back_goes(file: Path) -> None:
    choices, seen = read_choices(write(file, HAND_WRITTEN), IST)
    bare = replace(choices, articles=None, out=(), lead="", subject="", sponsor=None)

    save_choices(file, replace(bare, withdrawals=(), approval=None), IST, seen=seen)

    assert read_choices(file, IST)[0] == Choices()
    assert "# Sunday: keep it short." in file.read_text(encoding="utf-8")


def test_a_save_over_a_newer_save_is_refused_and_shown(file: Path) -> None:
    _, seen = read_choices(write(file, HAND_WRITTEN), IST)
    theirs = save_choices(file, replace(READ, subject="Theirs"), IST, seen=seen)
    kept = file.read_bytes()

    with pytest.raises(ChoicesChanged, match="subject: theirs “Theirs”, ours “Ours”") as raised:
        save_choices(file, replace(READ, subject="Ours"), IST, seen=seen)

    assert raised.value.newer.subject == "Theirs"
    assert raised.value.version == theirs
    assert file.read_bytes() == kept
    save_choices(file, replace(READ, subject="Ours"), IST, seen=raised.value.version)


def test_a_new_file_over_one_that_has_come_is_refused(file: Path) -> None:
    write(file, "")
    save_choices(file, Choices(lead="a"), IST, seen=read_choices(file, IST)[1])

    with pytest.raises(ChoicesChanged):
        save_choices(file, Choices(lead="b"), IST, seen="")


def test_of_many_who_save_at_once_one_wins(file: Path) -> None:
    seen = save_choices(file, Choices(subject="first"), IST, seen="")
    won, lost = [], []

    def save(number: int) -> None:
        try:
            won.append(save_choices(file, Choices(subject=f"s{number}"), IST, seen=seen))
        except ChoicesChanged as error:
            lost.append(error)

    threads = [threading.Thread(target=save, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert (len(won), len(lost)) == (1, 7)
    assert read_choices(file, IST)[1] == won[0]
    assert os.listdir(file.parent) == [file.name]  # noqa: PTH208 - nothing else is left


def test_nothing_is_saved_over_what_cannot_be_read(file: Path) -> None:
    write(file, "subject = \n")

    with pytest.raises(ChoicesError, match="not TOML"):
        save_choices(file, Choices(), IST, seen="")

    assert file.read_text() == "subject = \n"


def test_where_nobody_may_write_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "editions").write_text("a file")

    with pytest.raises(ChoicesError, match="cannot be written"):
        save_choices(tmp_path / "editions" / "2026-07-05.toml", Choices(), IST, seen="")


def test_line_ends_cannot_be_smuggled_into_a_subject(file: Path) -> None:
    save_choices(file, Choices(subject="One\r\nBcc: all@example.com"), IST, seen="")

    assert read_choices(file, IST)[0].subject == "One Bcc: all@example.com"


TEXTS = st.text(max_size=12)
NAMES = st.lists(TEXTS.map(one_line).filter(bool), max_size=4, unique=True).map(tuple)
MOMENTS = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, IST]),
).map(lambda moment: moment.replace(microsecond=0))
NEEDED = TEXTS.map(one_line).filter(bool)
APPROVALS = st.builds(
    Approval,
    by=NEEDED,
    at=MOMENTS,
    articles=NAMES,
    lead=TEXTS.map(one_line),
    subject=TEXTS.map(one_line),
    preheader=TEXTS.map(one_line),
    digests=st.dictionaries(NEEDED, TEXTS.map(one_line), max_size=3),
)
ANY = st.builds(
    Choices,
    articles=st.none() | NAMES,
    lead=TEXTS.map(one_line),
    subject=TEXTS.map(one_line),
    preheader=TEXTS.map(one_line),
    sponsor=st.none() | TEXTS.map(one_line),
    withdrawals=st.lists(
        st.builds(Withdrawal, article=NEEDED, by=TEXTS.map(one_line), at=st.none() | MOMENTS),
        max_size=3,
    ).map(tuple),
    approval=st.none() | APPROVALS,
)


@given(st.lists(ANY, min_size=1, max_size=3))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_saved_after_whatever_is_read_back(
    tmp_path: Path, saves: list[Choices]
) -> None:
    file = tmp_path / "2026-07-05.toml"
    file.unlink(missing_ok=True)
    seen = ""
    for choices in saves:
        seen = save_choices(file, choices, IST, seen=seen)
        assert read_choices(file, IST) == (choices, seen)
