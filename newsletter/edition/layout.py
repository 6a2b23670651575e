"""Where each chosen article stands: the lead, the big reel, then the sections in their order."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from newsletter.model import Article, Choice, Kind, Section
from newsletter.settings import Newsletter, SectionConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Chosen articles in their places."""

    lead: Article
    reel: Article | None
    sections: tuple[Section, ...]

    def places(self) -> Iterator[tuple[Article, str, str]]:
        """Yield article, place and the title of its section, in reading order."""
        yield self.lead, "lead", ""
        number = 0
        for position, section in enumerate(self.sections):
            for article in section.articles:
                number += 1
                yield article, str(number), section.title
            if position == 0 and self.reel:
                yield self.reel, "reel", ""
        if self.reel and not self.sections:
            yield self.reel, "reel", ""


def rank(articles: Iterable[Article]) -> list[Article]:
    """
    Order articles, most prominent first.

    Featured before all, then the editor's weight, then the later one; then by address, so that
    the order is not the input's.
    """
    return sorted(articles, key=lambda a: (*_prominence(a), a.key, a.id))


def _prominence(article: Article) -> tuple[bool, int, float]:
    return not article.featured, -article.weight, -article.published.timestamp()


def arrange(
    ranked: Sequence[Article], newsletter: Newsletter, lead: Article | None = None
) -> Layout:
    """
    Give each of at least one ranked article its place.

    The pinned one leads, else the first story; a reel leads by itself only where there is
    nothing else. The first reel left is shown big; further ones stand in their sections like
    stories.
    """
    head = lead or next((a for a in ranked if a.kind is Kind.ARTICLE), ranked[0])
    rest = [a for a in ranked if a is not head]
    reel = next((a for a in rest if a.kind is Kind.REEL), None)
    stories = [a for a in rest if a is not reel]
    return Layout(lead=head, reel=reel, sections=_sections(stories, newsletter))


def placed(choices: Iterable[Choice], newsletter: Newsletter) -> Layout:
    """Put each of at least one included article where its place says."""
    included = [choice for choice in choices if choice.included]
    lead = next(c.article for c in included if c.place == "lead")
    reel = next((c.article for c in included if c.place == "reel"), None)
    stories = [c.article for c in included if c.place not in {"lead", "reel"}]
    return Layout(lead=lead, reel=reel, sections=_sections(stories, newsletter))


def _sections(stories: Sequence[Article], newsletter: Newsletter) -> tuple[Section, ...]:
    sections = (
        Section(
            name=config.name,
            title=config.title,
            articles=tuple(a for a in stories if home(a, newsletter) is config),
        )
        for config in newsletter.sections
    )
    return tuple(section for section in sections if section.articles)


def home(article: Article, newsletter: Newsletter) -> SectionConfig:
    """Find the section an article belongs to: the one it names, else the last."""
    named = (section for section in newsletter.sections if section.name == article.section)
    return next(named, newsletter.sections[-1])
