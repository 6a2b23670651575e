"""How an edition looks: Jinja, MJML, inlined styles; every link counted; and its text part."""

from newsletter.rendering.compose import compose
from newsletter.rendering.correction import note_in_words, render_correction
from newsletter.rendering.edition import render, rendition_size

__all__ = ["compose", "note_in_words", "render", "render_correction", "rendition_size"]
