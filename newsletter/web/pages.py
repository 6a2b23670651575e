"""How a page is made: a template, the reader's language, and nothing of theirs in the open."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from newsletter.newsroom import Newsroom
from newsletter.rendering import jinja
from newsletter.rendering.speech import Speech, best_language, languages, speech, words_of
from newsletter.settings import Newsletter

#: Of pages that a token opens: kept by nobody, and found by no search.
PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}

_STYLE = "web/style.css"


@dataclass(frozen=True)
class Pages:
    """Renders public pages."""

    newsroom: Newsroom

    @property
    def templates(self) -> Path:
        return self.newsroom.settings.templates

    @cached_property
    def newsletters(self) -> dict[str, Newsletter]:
        """Every newsletter there is, by name."""
        return {one.name: one for one in self.newsroom.newsletters()}

    @property
    def main(self) -> Newsletter:
        """The newsletter whose name a page bears that is about none, or several."""
        return next(iter(self.newsletters.values()))

    @cached_property
    def style(self) -> bytes:
        return (self.templates / _STYLE).read_bytes()

    @cached_property
    def style_hash(self) -> str:
        return sha256(self.style).hexdigest()[:12]

    def speech(self, request: Request, lang: str = "") -> Speech:
        """Choose the language: by the address, by the reader's choice, by their browser."""
        named = request.query_params.get("lang", "")
        if named in languages(self.templates):
            return speech(named, self.templates)
        accepted = request.headers.get("accept-language", "")
        chosen = lang or best_language(accepted, self.templates, self.main.lang)
        return speech(chosen, self.templates)

    def html(self, name: str, request: Request, *, lang: str = "", **context: Any) -> str:
        """Fill in a page. Raises RenderError."""
        said = self.speech(request, lang)
        newsletter = context.pop("newsletter", None) or self.main
        known = [speech(one, self.templates) for one in languages(self.templates)]
        more = {
            "newsletter": newsletter,
            "site": self.newsroom.settings.site_url,
            "style": f"/style.css?{self.style_hash}",
            "languages": [one for one in known if one.lang != said.lang],
            "path": request.url.path,
        }
        return jinja.fill(f"web/{name}.html.j2", words_of(said, more | context), self.templates)

    def page(
        self,
        name: str,
        request: Request,
        *,
        status: int = 200,
        private: bool = True,
        lang: str = "",
        headers: Mapping[str, str] = MappingProxyType({}),
        **context: Any,
    ) -> HTMLResponse:
        """Answer with a page; `private`: it is one reader's."""
        kept = PRIVATE if private else {"Cache-Control": "public, max-age=60"}
        html = self.html(name, request, lang=lang, **context)
        return HTMLResponse(html, status, {**kept, "Vary": "Accept-Language", **headers})

    def unknown(self, request: Request) -> HTMLResponse:
        """Answer a link that is not ours, or not one of this kind: the same bytes for all."""
        return self.page("unknown", request, status=404, path="/archive")
