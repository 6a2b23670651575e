"""Pictures find their place, fit into a mail, and never stop an edition."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow
from PIL import ImageCms, ImageDraw
from PIL.PngImagePlugin import PngInfo

from newsletter.model import (
    Article,
    Edition,
    EditionId,
    Image,
    Kind,
    Picture,
    Section,
    Video,
)
from newsletter.rendering import darkroom
from newsletter.rendering.pictures import Illustrated, illustrate

SITE = "https://n.theshiftmaker.example"
LONG = "A headline that is long enough to stand beside a square"
Draw = Callable[..., Path]


def article(id: str, **fields: object) -> Article:
    ordinary: dict[str, object] = {
        "title": LONG,
        "url": f"https://theshiftmaker.example/{id}",
        "published": datetime(2026, 7, 5, tzinfo=UTC),
        "origin": f"articles/{id}.md",
    }
    return Article(id=id, **(ordinary | fields))  # type: ignore[arg-type]


def shown(
    lead: Article, *stories: Article, reel: Article | None = None, sections: bool = True
) -> Illustrated:
    section = Section(name="stories", title="Stories", articles=stories)
    edition = Edition(
        id=EditionId("daily", date(2026, 7, 5)),
        subject="News",
        preheader="",
        lead=lead,
        sections=(section,) if sections else (),
        reel=reel,
        cutoff=datetime(2026, 7, 5, tzinfo=UTC),
    )
    return illustrate(edition, site_url=SITE + "/")


def opened(picture: Picture) -> Pillow.Image:
    return Pillow.open(BytesIO(picture.data))


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    """Return what writes a picture of four coloured quarters: red, green, blue, yellow."""

    def write(name: str = "a.png", size: tuple[int, int] = (1600, 900), **options: Any) -> Path:
        width, height = size
        image = Pillow.new("RGB", size, "red")
        brush = ImageDraw.Draw(image)
        brush.rectangle((width // 2, 0, width, height // 2), "green")
        brush.rectangle((0, height // 2, width // 2, height), "blue")
        brush.rectangle((width // 2, height // 2, width, height), "yellow")
        image.save(tmp_path / name, **options)
        return tmp_path / name

    return write


def noise(file: Path, size: tuple[int, int]) -> Path:
    """Write what compresses worst of all."""
    data = random.Random(5).randbytes(size[0] * size[1] * 3)  # noqa: S311 (no secret)
    Pillow.frombytes("RGB", size, data).save(file)
    return file


def seen(file: Path, alt: str = "Four colours") -> Image:
    return Image(file=file, alt=alt)


def test_a_lead_is_cut_to_its_place(draw: Draw) -> None:
    done = shown(article("lead", image=seen(draw(size=(2000, 2000)))))

    (picture,) = done.pictures
    assert (picture.width, picture.height) == opened(picture).size == (1200, 675)
    assert picture.media_type == "image/jpeg"
    assert done.edition.lead.image == Image(url=f"{SITE}/i/{picture.hash}.jpg", alt="Four colours")
    assert done.problems == ()


def test_the_hash_is_that_of_the_bytes(draw: Draw) -> None:
    (picture,) = shown(article("lead", image=seen(draw()))).pictures

    assert picture.hash == sha256(picture.data).hexdigest()


def test_a_square_stands_beside_a_long_headline(draw: Draw) -> None:
    file = draw(size=(300, 200))
    done = shown(article("lead"), article("long", image=seen(file)))

    (picture,) = done.pictures
    assert (picture.width, picture.height) == (144, 144)
    (section,) = done.edition.sections
    assert section.articles[0].image == replace(
        seen(file), file=None, url=f"{SITE}/i/{picture.hash}.jpg"
    )


@pytest.mark.parametrize(("title", "has_square"), [("x" * 39, False), ("x" * 40, True)])
def test_a_short_headline_has_no_square(draw: Draw, title: str, has_square: bool) -> None:
    done = shown(article("lead"), article("a", title=title, image=seen(draw())))

    assert bool(done.pictures) is has_square
    assert bool(done.edition.sections[0].articles[0].image) is has_square
    assert done.problems == ()


def test_six_squares_at_most_and_web_pictures_count(draw: Draw) -> None:
    web = Image(url="https://pictures.example/1.jpg", alt="A desk")
    stories = [article("web", image=web)]
    stories += [article(f"s{n}", image=seen(draw(f"{n}.png", (200 + n, 200)))) for n in range(7)]

    done = shown(article("lead"), *stories)

    images = [story.image for story in done.edition.sections[0].articles]
    assert images[0] == web
    assert [bool(image) for image in images] == [True] * 6 + [False] * 2


def test_a_picture_used_twice_is_there_once(draw: Draw) -> None:
    image = seen(draw())
    done = shown(article("lead"), article("a", image=image), article("b", image=image))

    assert len(done.pictures) == 1


def reel(poster: Image | None, image: Image | None = None) -> Article:
    video = Video(url="https://video.example/1", seconds=58, poster=poster)
    return article("reel", kind=Kind.REEL, video=video, image=image)


@pytest.mark.parametrize("sections", [True, False])
def test_a_poster_bears_its_play_mark(draw: Draw, sections: bool) -> None:
    done = shown(article("lead"), reel=reel(seen(draw())), sections=sections)

    (picture,) = done.pictures
    image = opened(picture).convert("RGB")
    assert image.size == (1104, 621)
    radius = round(621 * 0.14)
    assert near(image.getpixel((552, 310)), (255, 255, 255))
    assert near(image.getpixel((552 - radius // 2 - 10, 310)), (0xBF, 0x3B, 0x1A))
    assert near(image.getpixel((552, 310 + radius - 3)), (255, 255, 255))
    assert near(image.getpixel((552 - radius - 12, 250)), (255, 0, 0))
    assert done.edition.reel
    assert done.edition.reel.video
    assert done.edition.reel.video.poster
    assert done.edition.reel.video.poster.url == f"{SITE}/i/{picture.hash}.jpg"


def near(pixel: Any, colour: tuple[int, int, int], by: int = 40) -> bool:
    return all(abs(a - b) <= by for a, b in zip(pixel, colour, strict=True))


def test_a_reel_that_leads_has_its_poster(draw: Draw) -> None:
    done = shown(reel(seen(draw()), image=seen(draw("b.png"))))

    assert [picture.width for picture in done.pictures] == [1104]
    assert done.edition.lead.image is None


def test_a_reel_without_a_poster_may_show_its_picture(draw: Draw) -> None:
    unposed = replace(reel(None), video=None, image=seen(draw()))

    assert shown(unposed).pictures[0].width == 1104
    assert shown(article("lead"), reel=reel(None)).pictures == ()
    posterless = shown(article("lead"), reel=reel(None, image=seen(draw())))
    assert [picture.width for picture in posterless.pictures] == [1104]


def test_no_file_is_left_anywhere(draw: Draw) -> None:
    further = replace(reel(seen(draw())), title="Short", image=seen(draw()))

    done = shown(article("lead"), further)

    assert done.pictures == ()
    (section,) = done.edition.sections
    (story,) = section.articles
    assert story.image is None
    assert story.video
    assert story.video.poster is None


def test_a_picture_on_the_web_stays_as_it_is() -> None:
    web = Image(url="https://pictures.example/1.jpg")

    done = shown(article("lead", image=web), article("a", image=web), reel=reel(web))

    assert done.edition.lead.image == web
    assert done.edition.reel == reel(web)
    assert (done.pictures, done.problems) == ((), ())


@pytest.mark.parametrize("place", ["lead", "square", "poster"])
def test_a_picture_without_alt_text_is_left_out_and_told(draw: Draw, place: str) -> None:
    image = seen(draw(), alt=" ")
    done = {
        "lead": lambda: shown(article("lead", image=image)),
        "square": lambda: shown(article("lead"), article("a", image=image)),
        "poster": lambda: shown(article("lead"), reel=reel(image)),
    }[place]()

    assert done.pictures == ()
    (problem,) = done.problems
    assert problem.what == "the picture a.png has no alt text, so it is left out"
    assert problem.where.startswith("articles/")


@pytest.mark.parametrize(
    ("place", "target"), [("lead", 90_000), ("square", 12_000), ("poster", 80_000)]
)
def test_even_noise_fits(tmp_path: Path, place: str, target: int) -> None:
    image = seen(noise(tmp_path / "noise.png", (1300, 800)))
    done = {
        "lead": lambda: shown(article("lead", image=image)),
        "square": lambda: shown(article("lead"), article("a", image=image)),
        "poster": lambda: shown(article("lead"), reel=reel(image)),
    }[place]()

    (picture,) = done.pictures
    assert len(picture.data) <= target
    assert (picture.width, picture.height) == opened(picture).size


def test_a_small_picture_is_not_enlarged_and_told(draw: Draw) -> None:
    done = shown(article("lead", image=seen(draw(size=(320, 240)))))

    assert (done.pictures[0].width, done.pictures[0].height) == (320, 180)
    (problem,) = done.problems
    assert "320 pixels across" in problem.what
    assert "1200" in problem.hint


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1)])
def test_the_thinnest_picture_is_no_trouble(draw: Draw, size: tuple[int, int]) -> None:
    done = shown(article("lead", image=seen(draw(size=size))), reel=reel(seen(draw(size=size))))

    assert len(done.pictures) == 2


def test_a_photograph_stands_upright_and_says_nothing_of_its_maker(draw: Draw) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6  # Orientation: turn right by a quarter (Exif 2.32, 4.6.4)
    exif[0x013B] = "Asha"  # Artist
    file = draw("a.jpg", (1000, 1600), exif=exif, quality=95, comment=b"Asha's phone")

    (picture,) = shown(article("lead", image=seen(file))).pictures

    image = opened(picture).convert("RGB")
    assert b"Asha" not in picture.data
    assert not opened(picture).getexif()
    # Turned right, the blue quarter is above the yellow one's left: first row blue, red.
    assert near(image.getpixel((50, 50)), (0, 0, 255))
    assert near(image.getpixel((1150, 50)), (255, 0, 0))


def test_words_in_a_png_are_gone(draw: Draw) -> None:
    words = PngInfo()
    words.add_text("Author", "Asha")

    assert b"Asha" not in shown(article("a", image=seen(draw(pnginfo=words)))).pictures[0].data


def test_what_can_be_seen_through_lies_on_white(tmp_path: Path) -> None:
    for mode, colour in (("RGBA", (255, 0, 0, 0)), ("LA", (0, 0)), ("P", 0)):
        image = Pillow.new(mode, (1200, 675), colour)
        options = {"transparency": 0} if mode == "P" else {}
        image.save(tmp_path / f"{mode}.png", **options)  # type: ignore[arg-type]

        (picture,) = shown(article("a", image=seen(tmp_path / f"{mode}.png"))).pictures

        assert near(opened(picture).convert("RGB").getpixel((600, 300)), (255, 255, 255), by=2)


def test_sixteen_bits_of_grey_are_grey(tmp_path: Path) -> None:
    Pillow.new("I;16", (1200, 675), 0x8000).save(tmp_path / "grey.png")

    (picture,) = shown(article("a", image=seen(tmp_path / "grey.png"))).pictures

    assert near(opened(picture).convert("RGB").getpixel((600, 300)), (128, 128, 128), by=3)


def test_printers_colours_become_a_screens(tmp_path: Path) -> None:
    Pillow.new("CMYK", (1200, 675), (0, 255, 255, 0)).save(tmp_path / "print.jpg")

    (picture,) = shown(article("a", image=seen(tmp_path / "print.jpg"))).pictures

    assert opened(picture).mode == "RGB"
    assert near(opened(picture).getpixel((600, 300)), (255, 0, 0))


def test_a_colour_profile_is_kept_to_and_left_behind(draw: Draw) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    good = draw("good.jpg", quality=95, icc_profile=profile)
    bad = draw("bad.jpg", quality=95, icc_profile=b"no profile")

    for file in (good, bad):
        (picture,) = shown(article("a", image=seen(file))).pictures
        assert "icc_profile" not in opened(picture).info
        assert near(opened(picture).getpixel((100, 100)), (255, 0, 0))


def test_of_a_moving_picture_the_first_frame_is_shown(tmp_path: Path) -> None:
    frames = [Pillow.new("RGB", (1200, 675), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])

    (picture,) = shown(article("a", image=seen(tmp_path / "a.gif"))).pictures

    assert near(opened(picture).convert("RGB").getpixel((600, 300)), (255, 0, 0))


def problem_of(file: Path) -> str:
    done = shown(article("lead", image=seen(file)), article("other", title="Goes on"))
    assert done.pictures == ()
    assert done.edition.lead.image is None
    assert [story.title for story in done.edition.sections[0].articles] == ["Goes on"]
    (problem,) = done.problems
    assert problem.where == "articles/lead.md"
    return problem.what


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is no JPEG, PNG, GIF or WebP picture"),
        (b"not a picture at all", "is no JPEG, PNG, GIF or WebP picture"),
        (b'<?xml version="1.0"?><SVG xmlns="x"/>', "is an SVG"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is no JPEG"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "is no JPEG"),
    ],
)
def test_a_file_that_is_no_picture_is_told(tmp_path: Path, data: bytes, why: str) -> None:
    (tmp_path / "x.jpg").write_bytes(data)

    assert problem_of(tmp_path / "x.jpg").startswith(f"the picture x.jpg {why}")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert problem_of(tmp_path / "gone.jpg") == "the picture gone.jpg is not there"
    assert problem_of(tmp_path) == f"the picture {tmp_path.name} is not there"
    assert problem_of(tmp_path / ("x" * 300)).endswith("xxx cannot be read")


def test_a_name_that_no_file_can_have_is_told(tmp_path: Path) -> None:
    assert problem_of(tmp_path / "a\0b").partition("b ")[2] in {"is not there", "cannot be read"}


def test_a_file_that_is_too_large_is_told(tmp_path: Path) -> None:
    with (tmp_path / "large.jpg").open("wb") as file:
        file.truncate(darkroom.LARGEST_FILE + 1)

    assert "has 20 MB; the most is 20 MB" in problem_of(tmp_path / "large.jpg")


@pytest.mark.parametrize("side", [8_000, 20_000])
def test_a_decompression_bomb_is_refused_before_it_opens(tmp_path: Path, side: int) -> None:
    Pillow.new("1", (side, side)).save(tmp_path / "bomb.png")

    assert "pixels" in problem_of(tmp_path / "bomb.png")


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.gif", "a.webp"])
def test_half_a_file_is_told(draw: Draw, name: str) -> None:
    file = draw(name)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])

    assert "is damaged" in problem_of(file)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.gif", "a.webp"])
def test_a_damaged_file_is_used_or_told_and_stops_nothing(draw: Draw, name: str) -> None:
    file = draw(name, (160, 90))
    whole = file.read_bytes()
    chance = random.Random(name)  # noqa: S311 (no secret)
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(4):
            data[chance.randrange(len(data))] = chance.randrange(256)
        file.write_bytes(data)

        done = shown(article("lead", image=seen(file)))

        assert bool(done.pictures) or "the picture a." in done.problems[0].what


def test_the_same_file_gives_the_same_bytes(draw: Draw) -> None:
    file = draw()
    first = shown(article("lead", image=seen(file)), reel=reel(seen(file))).pictures
    darkroom._developed.clear()

    assert shown(article("lead", image=seen(file)), reel=reel(seen(file))).pictures == first


def test_a_picture_is_made_once_and_again_when_the_file_changes(draw: Draw) -> None:
    lead = article("lead", image=seen(draw()))
    first, again = shown(lead).pictures[0], shown(lead).pictures[0]
    draw(size=(1600, 1600))

    assert again is first
    assert shown(lead).pictures[0] != first


def test_old_pictures_are_forgotten(draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(darkroom, "_KEPT", 2)
    for number in range(4):
        shown(article("lead", image=seen(draw(size=(1600, 900 + number)))))

    assert len(darkroom._developed) == 2
