"""A correction on both databases: who gets it, and what the archive says for good."""

from datetime import date
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from newsletter.delivery.prove import prove
from newsletter.model import EditionId
from newsletter.newsroom import Status
from newsletter.newsroom.correcting import Wish
from newsletter.settings import Settings
from tests.newsroom_fixtures import STORY
from tests.web.conftest import Site

WRONG = EditionId("daily", date(2026, 7, 5))
RIGHT, AGAIN = WRONG._replace(revision=2), WRONG._replace(revision=3)
DAY = "/archive/daily/2026-07-05"

OLD = "The story itself, in a paragraph."


@pytest.fixture
def article(site: Site, tmp_path: Path) -> Path:
    """The one article of an edition that three readers got."""
    path = tmp_path / "own" / "one.md"
    path.parent.mkdir()
    path.write_text(STORY.format(title="Two presses", published="2026-07-05T06:00+05:30"))
    own: Settings = site.newsroom.settings.model_copy(update={"articles_dir": path.parent})
    site.newsroom._house.settings = own
    for name in ("ann", "bob", "cid"):
        site.reader(f"{name}@example.com")
    site.edition()
    return path


def mend(article: Path, old: str, new: str) -> None:
    article.write_text(article.read_text().replace(old, new))


def correct(site: Site, wrong: EditionId = WRONG) -> Status:
    """`newsletter correct`."""
    correcting = site.newsroom.correcting
    made = correcting.begun(wrong)
    if made is None:
        proposal = correcting.propose(wrong, Wish())
        correcting.plan(proposal)
        made = proposal.draft.id
    return site.newsroom.dispatch.deliver(made, show=lambda *_: None, stop=lambda: False)


def test_who_got_the_wrong_one_gets_the_correction_and_nobody_else(
    site: Site, article: Path
) -> None:
    site.reader("new@example.com")
    with site.database.begin() as connection:
        connection.execute(text("UPDATE deliveries SET state = 'bounced' WHERE position = 2"))
    mend(article, OLD, "The story as it is.")

    status = correct(site)

    assert (status.id, status.state) == (RIGHT, "sent")
    assert (status.counts.selected, status.counts.submitted) == (2, 2)
    assert len([mail for mail in site.mails() if "Subject: Correction: Two presses" in mail]) == 2
    assert all(proof.holds for proof in prove(site.database, RIGHT))


def test_the_archive_says_for_good_what_was_corrected_and_shows_what_is_right(
    site: Site, browser_like: httpx.Client, article: Path
) -> None:
    assert "page-note" not in browser_like.get(DAY).text
    mend(article, OLD, "The story as it is.")
    correct(site)
    mend(article, "as it is.", "as it really is.")
    correct(site, RIGHT)
    site.newsroom.archive.page("daily", WRONG.day)

    with httpx.Client(base_url=site.url, timeout=20) as client:
        page = until_it_says(client, "as it really is.")

    assert page.count("<b>Corrected ") == 2
    assert f"We wrote: “{OLD}”" in page.replace("&#34;", '"')
    assert '<meta property="og:title" content="Two presses">' in page
    assert "We are sorry" not in page
    listing = browser_like.get("/archive/daily").text
    assert listing.count(f'href="{DAY}"') == 1
    assert "Correction:" not in listing
    feed = browser_like.get("/archive/feed.xml").text
    assert "as it really is." in feed


def until_it_says(client: httpx.Client, words: str) -> str:
    """Pages are kept for two seconds."""
    import time  # noqa: PLC0415

    for _ in range(40):
        page = client.get(DAY).text
        if page.count(words) > page.count(f"is: “The story {words}"):
            return page
        time.sleep(0.1)
    pytest.fail(f"the page never said {words}")


def test_two_machines_that_correct_at_once_make_one_correction(site: Site, article: Path) -> None:
    mend(article, OLD, "The story as it is.")
    correcting = site.newsroom.correcting
    ours, theirs = (correcting.propose(WRONG, Wish()) for _ in range(2))

    assert correcting.plan(ours) == correcting.plan(theirs) == 3
    assert correct(site).counts.submitted == 3
    assert site.rows("SELECT count(*) FROM editions")[0][0] == 2
    assert len([mail for mail in site.mails() if "Subject: Correction:" in mail]) == 3


def test_a_correction_of_a_correction_reaches_who_got_either(site: Site, article: Path) -> None:
    mend(article, OLD, "The story as it is.")
    correct(site)
    site.reader("new@example.com")
    with site.database.begin() as connection:
        bounced = "UPDATE deliveries SET state = 'bounced' WHERE edition_id = 2 AND position = 1"
        connection.execute(text(bounced))
    mend(article, "as it is.", "as it really is.")

    status = correct(site, RIGHT)

    assert (status.id, status.counts.submitted) == (AGAIN, 3)
