"""How an edition looks: Jinja, MJML, inlined styles; every link counted; and its text part."""

from newsletter.rendering.compose import compose
from newsletter.rendering.edition import render, rendition_size

__all__ = ["compose", "render", "rendition_size"]
