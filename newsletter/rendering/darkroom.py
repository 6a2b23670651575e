"""Develops a picture file for mail: cropped, small, without its metadata."""

import struct
import warnings
import zlib
from bisect import bisect_left
from collections import OrderedDict
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageCms, ImageDraw, ImageOps, UnidentifiedImageError

from newsletter.model import Picture
from newsletter.rendering.picture_formats import Format, Role, Undevelopable

#: Bytes of a file, and pixels of a picture: more is a mistake or an attack.
LARGEST_FILE = 20_000_000
MOST_PIXELS = 50_000_000

#: What cameras, phones and drawing programs write. Each further format is one more parser.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")

#: JPEG qualities, best first; below the last, a smaller picture looks better.
_QUALITIES = (85, 80, 75, 70, 64, 58, 52, 46)

#: The mail's accent and its card; colours of `templates/shared`.
_ACCENT, _CARD = (0xBF, 0x3B, 0x1A), (255, 255, 255)

#: The play mark's radius, of the picture's height; drawn so many times larger, to be smooth.
_MARK_RADIUS, _SMOOTH = 0.14, 4

#: Pictures kept in memory: a month of editions, at most 90 kB each.
_KEPT = 256


_developed: OrderedDict[tuple[str, Role], Picture] = OrderedDict()


def develop(file: Path, role: Role) -> Picture:
    """
    Make a file fit for its place in the mail: the same bytes each time.

    The result is remembered by the file's content, so that a picture is made once.
    Raises Undevelopable.
    """
    data = _read(file)
    key = (sha256(data).hexdigest(), role)
    if key not in _developed:
        _developed[key] = _picture(data, role.value)
        while len(_developed) > _KEPT:
            _developed.popitem(last=False)
    return _developed[key]


def _read(file: Path) -> bytes:
    try:
        if not file.is_file():
            raise Undevelopable("is not there")
        if (size := file.stat().st_size) > LARGEST_FILE:
            raise Undevelopable(f"has {size / 1e6:.0f} MB; the most is {LARGEST_FILE / 1e6:.0f} MB")
        data = file.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise Undevelopable("cannot be read") from error
    if b"<svg" in data[:1000].lower():
        raise Undevelopable("is an SVG, which mail programs do not show")
    return data


def _picture(data: bytes, format: Format) -> Picture:
    image = _crop(_open(data, format), format)
    if format.play:
        _mark(image)
    image, jpeg = _compress(image, format.target)
    return Picture(
        hash=sha256(jpeg).hexdigest(),
        media_type="image/jpeg",
        data=jpeg,
        width=image.width,
        height=image.height,
    )


def _open(data: bytes, format: Format) -> Image.Image:
    """Decode the first frame: upright, in sRGB, on white."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of files that it reads all the same
            with Image.open(BytesIO(data), formats=FORMATS) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise Undevelopable(f"has {image.width:,} × {image.height:,} pixels: too many")
                image.draft("RGB", (format.width * 2, format.height * 2))
                upright = _flatten(_srgb(ImageOps.exif_transpose(image)))
                upright.info.clear()  # else a comment in a JPEG is written again
                return upright
    except Image.DecompressionBombError as error:
        raise Undevelopable("has too many pixels") from error
    except UnidentifiedImageError as error:
        raise Undevelopable("is no JPEG, PNG, GIF or WebP picture") from error
    # What Pillow's parsers raise on damaged files.
    except (OSError, SyntaxError, ValueError, TypeError, LookupError) as error:
        raise Undevelopable("is damaged") from error
    except (ArithmeticError, EOFError, struct.error, zlib.error) as error:
        raise Undevelopable("is damaged") from error


def _srgb(image: Image.Image) -> Image.Image:
    """Bring colours into the space that is meant where none is named: metadata will be gone."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in {"RGB", "CMYK"}:
        return image
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, source, target, outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError):  # a profile that is none changes nothing
        return image


def _flatten(image: Image.Image) -> Image.Image:
    """Lay a picture on the white card, where it could be seen through."""
    if image.mode.startswith("I"):
        # Sixteen bits of grey; Pillow would cut off all above 255.
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    if not image.has_transparency_data:
        return image.convert("RGB")
    image = image.convert("RGBA")
    card = Image.new("RGBA", image.size, (*_CARD, 255))
    return Image.alpha_composite(card, image).convert("RGB")


def _crop(image: Image.Image, format: Format) -> Image.Image:
    """Cut to the place's shape around the middle, and never enlarge."""
    ratio = format.width / format.height
    fits = min(image.width, image.height * ratio)
    width = max(1, min(format.width, round(fits)))
    size = (width, max(1, round(width / ratio)))
    return ImageOps.fit(image, size, Image.Resampling.LANCZOS)


def _mark(image: Image.Image) -> None:
    """Burn the play mark into the middle: an accent disc, its white edge, a triangle."""
    radius = max(1, round(image.height * _MARK_RADIUS))
    side = 2 * radius * _SMOOTH
    edge = side / 24
    tile = Image.new("RGBA", (side, side), (255, 255, 255, 0))
    draw = ImageDraw.Draw(tile)
    draw.ellipse((0, 0, side - 1, side - 1), fill=(255, 255, 255, 255))
    draw.ellipse((edge, edge, side - 1 - edge, side - 1 - edge), fill=(*_ACCENT, 255))
    centre, reach = side / 2, side * 0.25
    # An equilateral triangle around the centre: it looks centred, as its box would not.
    draw.polygon(
        [
            (centre + reach, centre),
            (centre - reach / 2, centre - reach * 0.866),
            (centre - reach / 2, centre + reach * 0.866),
        ],
        fill=(255, 255, 255, 255),
    )
    small = tile.resize((2 * radius, 2 * radius), Image.Resampling.LANCZOS)
    image.paste(
        small, ((image.width - small.width) // 2, (image.height - small.height) // 2), small
    )


def _compress(image: Image.Image, target: int) -> tuple[Image.Image, bytes]:
    """Lower the quality, then the size, until a picture has so many bytes at most."""
    tried: dict[int, bytes] = {}

    def fits(quality: int) -> bool:
        tried[quality] = _jpeg(image, quality)
        return len(tried[quality]) <= target

    # By halves: three encodings of a large picture instead of eight.
    best = bisect_left(_QUALITIES, True, key=fits)  # noqa: FBT003 (what is looked for)
    if best < len(_QUALITIES):
        return image, tried[_QUALITIES[best]]
    jpeg = tried[_QUALITIES[-1]]
    while len(jpeg) > target:
        size = (max(1, image.width * 4 // 5), max(1, image.height * 4 // 5))
        image = image.resize(size, Image.Resampling.LANCZOS)
        jpeg = _jpeg(image, _QUALITIES[-1])
    return image, jpeg


def _jpeg(image: Image.Image, quality: int) -> bytes:
    file = BytesIO()
    image.save(file, "JPEG", quality=quality, optimize=True, progressive=True)
    return file.getvalue()
