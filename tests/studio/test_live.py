"""What is saved is seen; what cannot be made leaves the last good mail in place."""

from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import pytest

from newsletter.model import EditionState
from newsletter.newsroom import Draft, Newsroom, NoEdition
from newsletter.settings import Settings
from newsletter.studio.state import chip
from tests.studio.conftest import LEAVING, SECRET, Room

MAIL = "templates/daily/edition.mjml.j2"
TOML = "templates/daily/newsletter.toml"


def headlines(room: Room) -> list[str]:
    return [article.title for article in room.draft.edition.articles]


def test_a_saved_story_is_in_the_mail(room: Room) -> None:
    room.edit(f"articles/{LEAVING}", "title: Leaving takes one press", "title: One press")

    room.wait(lambda: "One press" in headlines(room))


def test_a_new_story_and_a_deleted_one_are_noticed(room: Room) -> None:
    story = room.folder / "articles" / LEAVING
    text = story.read_text(encoding="utf-8")
    story.unlink()
    room.wait(lambda: "Leaving takes one press" not in headlines(room))

    story.write_text(text, encoding="utf-8")
    room.wait(lambda: "Leaving takes one press" in headlines(room))


def test_an_editor_that_writes_beside_and_renames_is_noticed(room: Room) -> None:
    story = room.folder / "articles" / LEAVING
    text = story.read_text(encoding="utf-8").replace("Leaving takes one press", "Renamed over")
    beside = story.with_name(f".{story.name}.swp")
    beside.write_text(text, encoding="utf-8")
    beside.rename(story)

    room.wait(lambda: "Renamed over" in headlines(room))


def test_a_saved_template_words_and_sponsor_are_seen(room: Room) -> None:
    room.edit("templates/shared/footer.mjml.j2", "{{ letter.postal_address }}", "Elsewhere")
    room.wait(lambda: "Elsewhere" in room.draft.rendition.html)

    room.edit("articles/2026-07-05-sponsor.toml", 'name = "', 'name = "Not ')
    room.wait(lambda: room.draft.edition.sponsor.name.startswith("Not "))  # type: ignore[union-attr]

    room.edit(TOML, 'tagline = "AI Intelligence Daily"', 'tagline = "Every morning"')
    room.wait(lambda: room.live.shown.newsletter.tagline == "Every morning")


def test_a_wrong_template_names_file_and_line_and_the_last_good_mail_stays(room: Room) -> None:
    good, at = room.hash, room.live.shown.at
    room.edit(MAIL, "{{ footer(letter) }}", "{{ footer(letter) }}\n{{ storie.title }}")
    room.wait(lambda: room.live.shown.fault)

    fault = room.live.shown.fault
    line = (room.folder / MAIL).read_text().splitlines().index("{{ storie.title }}") + 1
    assert fault.sentence == f"daily/edition.mjml.j2, line {line}: 'storie' is undefined."
    assert (fault.file, fault.line) == (str(room.folder / MAIL), line)
    assert [shown.number for shown in fault.lines if shown.at_fault] == [line]
    assert len(fault.lines) >= 4
    assert (room.hash, room.live.shown.at) == (good, at)
    assert chip(room.live.shown).word == "Cannot be made"

    room.edit(MAIL, "{{ storie.title }}", "")
    room.wait(lambda: room.live.shown.fault is None)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{{ footer(letter) }}", "{% if %}", "line"),
        ("{{ footer(letter) }}", "<mj-nope></mj-nope>", "mj-nope"),
        ("{{ footer(letter) }}", "{{ 1 / 0 }}", "division"),
        ('{% extends "shared/letter.mjml.j2" %}', '{% extends "../../etc/passwd" %}', "template"),
    ],
)
def test_whatever_is_wrong_with_a_template_is_one_sentence(
    room: Room, old: str, new: str, words: str
) -> None:
    room.edit(MAIL, old, new)
    room.wait(lambda: room.live.shown.fault)

    assert words in room.live.shown.fault.sentence


def test_a_wrong_newsletter_toml_is_shown_at_its_line(room: Room) -> None:
    room.edit(TOML, "max_stories = 12", 'max_stories = "many"')
    room.wait(lambda: room.live.shown.fault)
    wrong = room.live.shown.fault
    assert "selection.max_stories" in wrong.sentence
    assert [line.text for line in wrong.lines if line.at_fault] == ['max_stories = "many"']

    room.edit(TOML, "[selection]", "[selection")
    room.wait(lambda: "line" in room.live.shown.fault.sentence)
    assert [line.text for line in room.live.shown.fault.lines if line.at_fault] == ["[selection"]


def test_a_file_that_is_no_text_is_said_too(room: Room) -> None:
    (room.folder / TOML).write_bytes(b'title = "\xff"')

    room.wait(lambda: room.live.shown.fault)
    assert room.live.shown.fault.hint == "Save it as UTF-8."


def test_a_studio_may_be_opened_on_what_cannot_be_made(room_with: Callable[..., Room]) -> None:
    def spoil(folder: Path) -> None:
        mail = folder / MAIL
        mail.write_text(mail.read_text().replace("{{ footer(letter) }}", "{{ nothing }}"))

    room = room_with(spoil)
    with room.client() as client:
        page = client.get("/").text
        assert "There is no good mail yet." in page
        assert client.get("/mail/390-light").status_code == 200
        assert client.post("/source/390-mime", data={"who": "plain"}).status_code == 200

    room.edit(MAIL, "{{ nothing }}", "{{ footer(letter) }}")
    room.wait(lambda: room.live.shown.draft)


def test_a_day_without_enough_to_say_has_no_edition_and_says_why(
    room_with: Callable[..., Room],
) -> None:
    def empty(folder: Path) -> None:
        for story in (folder / "articles").glob("*.md"):
            story.unlink()

    room = room_with(empty)

    assert isinstance(room.live.shown.made, NoEdition)
    assert chip(room.live.shown).word == "No edition"
    with room.client() as client:
        assert "No edition" in client.get("/").text


def test_looking_makes_no_database(room: Room) -> None:
    with room.client() as client:
        for path in ("/", "/mail/390-yesterday", "/editions"):
            assert client.get(path).status_code == 200
        client.post("/readers", data={"start": "ann"})
        client.post("/reader", data={"who": "ann@example.com"})
        client.post("/do/ask")

    assert not (room.folder / "newsletter.db").exists()


def test_who_would_get_it_is_counted_where_there_is_a_list(
    room_with: Callable[..., Room], tmp_path: Path
) -> None:
    def subscribe(folder: Path) -> None:
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]
            database_url=f"sqlite:///{folder}/newsletter.db",
            secret=SECRET,  # type: ignore[arg-type]
            templates_dir=folder / "templates",
        )
        other = Newsroom(settings)
        for name in ("ann", "bob"):
            other.circulation.add(f"{name}@example.com", "daily", name="", again=False)
        other._house.database.close()

    room = room_with(subscribe)

    room.wait(lambda: room.live.shown.readers == 2)
    assert (tmp_path / "newsletter.db").exists()


def test_what_another_hand_does_is_seen_within_seconds(room: Room) -> None:
    room.live.listen(lambda: None)
    room.newsroom.control.hold(room.live.id, reason="waiting for a quote")

    room.wait(lambda: room.live.shown.standing.state is EditionState.HELD)


def test_the_stream_says_each_new_version(room: Room) -> None:
    with room.client() as client, client.stream("GET", "/live/events") as stream:
        lines = stream.iter_lines()
        first = next(line for line in lines if line.startswith("data:"))
        room.edit(f"articles/{LEAVING}", "title: Leaving", "title: Going")
        second = next(line for line in lines if line.startswith("data:"))

    assert int(second[5:]) > int(first[5:])


def test_a_build_after_a_save_reads_only_what_is_new(room: Room) -> None:
    """Of a year of stories too: a text that was read before is not read again."""
    template = (room.folder / "articles" / LEAVING).read_text(encoding="utf-8")
    for number in range(400):
        old = template.replace("2026-07-05", "2025-07-05").replace("title: ", f"title: {number} ")
        (room.folder / "articles" / f"old-{number}.md").write_text(old, encoding="utf-8")
    desk, newsletter = room.newsroom.desk, room.newsroom.newsletter()
    began = perf_counter()
    desk.build(newsletter, room.live.day)
    cold = perf_counter() - began
    warm = []
    for _ in range(5):
        began = perf_counter()
        assert isinstance(desk.build(newsletter, room.live.day), Draft)
        warm.append(perf_counter() - began)

    assert min(warm) < cold / 2
