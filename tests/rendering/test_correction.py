"""A correction as readers see it: what was wrong, quoted, and what is right."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from newsletter.errors import RenderError
from newsletter.model import Correction, Edition, EditionId, MergeField, Passage, Rendition, Righted
from newsletter.rendering import note_in_words, render_correction
from newsletter.rendering.correction import MOST
from newsletter.settings import Newsletter
from tests.rendering.conftest import DAY, LEAD, SITE, STORIES, TEMPLATES, VOICES
from tests.rendering.test_edition import GOLDEN, seen

WRONG = EditionId("daily", DAY)

HINDI, ARABIC = VOICES[0], VOICES[1]

CORRECTION = Correction(
    of=WRONG,
    stories=(
        Righted(
            article=LEAD,
            passages=(
                Passage(
                    was="They change on July 10, for everybody who reads us.",
                    now="They change on July 11, for everybody who reads us.",
                ),
                Passage(now="Whoever reads us on paper has a week more."),
                Passage(was="The rules of the desk fit on one page."),
            ),
        ),
        Righted(article=HINDI, passages=(Passage(was="दो प्रेस हैं।", now="एक ही प्रेस है।"),)),
        Righted(article=ARABIC, passages=(Passage(was="مطبعتان.", now="مطبعة واحدة."),)),
        Righted(
            article=replace(STORIES[1], title="A <b>story</b> that “was” not so & {{7*7}}"),
            withdrawn=True,
        ),
    ),
)

Corrected = Callable[..., Rendition]


@pytest.fixture
def corrected(newsletter: Newsletter, make_edition: Callable[..., Edition]) -> Corrected:
    def run(correction: Correction = CORRECTION, *, whole: bool = False) -> Rendition:
        return render_correction(
            correction,
            make_edition(id=WRONG._replace(revision=2)),
            newsletter,
            whole=whole,
            templates=TEMPLATES,
            site_url=SITE,
        )

    return run


@pytest.mark.parametrize(
    ("name", "part"), [("correction.html", "html"), ("correction.txt", "text")]
)
def test_the_correction_is_the_one_that_was_looked_at(
    corrected: Corrected, name: str, part: str
) -> None:
    path: Path = GOLDEN / name
    said = getattr(corrected(), part)
    if os.environ.get("GOLDEN") == "write":
        path.write_text(said, encoding="utf-8")
    assert said == path.read_text(encoding="utf-8")


def test_a_correction_says_so_before_the_subject(corrected: Corrected) -> None:
    assert corrected().subject == f"Correction: {LEAD.title}"
    assert corrected(whole=True).subject == f"Correction: {LEAD.title}"


def test_it_quotes_what_was_wrong_beside_what_is_right(corrected: Corrected) -> None:
    for said in (seen(corrected()), " ".join(corrected().text.split())):
        for words in (
            "We wrote: “They change on July 10, for everybody who reads us.”",
            "It is: “They change on July 11, for everybody who reads us.”",
            "We left out: “Whoever reads us on paper has a week more.”",
            "We take this back: “The rules of the desk fit on one page.”",
            "We withdraw this story.",
            "Read the corrected edition",
            "Unsubscribe",
        ):
            assert words in said
        assert "That is today" not in said


def test_a_short_one_leads_to_what_it_corrects_and_to_nothing_else(corrected: Corrected) -> None:
    links = corrected().links

    assert [link.url for link in links] == [LEAD.url, HINDI.url, ARABIC.url]
    assert {link.role for link in links} == {"story"}


def test_a_whole_one_has_the_correction_before_the_news(corrected: Corrected) -> None:
    said = seen(corrected(whole=True))

    assert said.index("What we got wrong on 5 July 2026") < said.index("Featured")
    assert "Below is the whole edition as it is right." in said
    assert STORIES[0].title in said


def test_the_desks_own_words_stand_alone(corrected: Corrected) -> None:
    noted = replace(CORRECTION, note="We wrote two presses; it is one.\n\nWe looked again.")

    said = seen(corrected(noted))

    assert "We wrote two presses; it is one." in said
    assert "We wrote: “" not in said
    assert corrected(noted).preheader.startswith("We wrote two presses; it is one.")


def test_more_than_a_screen_of_passages_is_counted_and_not_quoted(corrected: Corrected) -> None:
    many = tuple(Passage(was=f"Old {n}.", now=f"New {n}.") for n in range(MOST + 3))
    said = seen(corrected(Correction(of=WRONG, stories=(Righted(article=LEAD, passages=many),))))

    assert said.count("We wrote:") - said.split("Correction", 2)[0].count("We wrote:") >= MOST
    assert f"“New {MOST}.”" not in said
    assert "3 more sentences were changed; the corrected edition has them." in said


def test_what_stood_in_an_article_cannot_become_a_token_or_markup(corrected: Corrected) -> None:
    door = MergeField.DOOR.sentinel
    hostile = Passage(was=f"<script>x</script> {door}", now="<b>now</b> {{7*7}} </mj-text>")
    made = corrected(Correction(of=WRONG, stories=(Righted(article=LEAD, passages=(hostile,)),)))

    assert "<script>" not in made.html
    assert "<b>now</b>" not in made.html
    ordinary = corrected()
    assert made.html.count(door) == ordinary.html.count(door)
    assert "{{7*7}}" in made.html


@pytest.mark.parametrize("lang", ["en", "hi", "ar", "de"])
@pytest.mark.parametrize("whole", [True, False])
def test_every_language_of_the_house_can_say_it(
    newsletter: Newsletter, make_edition: Callable[..., Edition], lang: str, whole: bool
) -> None:
    own = newsletter.model_copy(update={"lang": lang, "dir": "rtl" if lang == "ar" else "ltr"})
    many = tuple(Passage(was=f"Old {n}.", now=f"New {n}.") for n in range(MOST + 2))
    stories = (*CORRECTION.stories, Righted(article=LEAD, passages=many))
    more: dict[str, Any] = {"templates": TEMPLATES, "site_url": SITE, "whole": whole}

    made = render_correction(replace(CORRECTION, stories=stories), make_edition(), own, **more)

    assert "“New 1.”" in made.text or "«New 1.»" in made.text


def test_the_archive_keeps_it_a_line_for_each_passage(newsletter: Newsletter) -> None:
    one = replace(CORRECTION, stories=CORRECTION.stories[:1])
    said = note_in_words(one, newsletter, TEMPLATES)

    assert said.startswith(
        "We wrote: “They change on July 10, for everybody who reads us.” "
        "It is: “They change on July 11, for everybody who reads us.”\nWe left out: “Whoever"
    )
    assert f"“{LEAD.title}”:" in note_in_words(CORRECTION, newsletter, TEMPLATES)


def test_a_template_that_leaves_the_correction_out_is_refused(
    newsletter: Newsletter, make_edition: Callable[..., Edition], tmp_path: Path
) -> None:
    copied = tmp_path / "templates"
    shutil.copytree(TEMPLATES, copied)
    own = copied / "daily" / "edition.mjml.j2"
    own.write_text(own.read_text().replace("{% if letter.note %}", "{% if false %}"))

    with pytest.raises(RenderError, match=r"daily/edition\.mjml\.j2 does not show letter\.note"):
        render_correction(
            CORRECTION, make_edition(), newsletter, whole=True, templates=copied, site_url=SITE
        )
