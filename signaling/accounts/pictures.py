"""A person's picture, made anew from what was uploaded: one size, one format, no metadata. Blocking."""

import io
import warnings
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from treble.api import ApiError

MAX_BYTES: Final = 5_000_000
MAX_PIXELS: Final = 40_000_000  # a telephone's photograph; decoded it takes 120 MB at most, one at a time
SIDE: Final = 256
QUALITY: Final = 85
FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")  # by content; what the upload calls itself does not count
TYPE: Final = "image/webp"


def portrait(upload: bytes) -> bytes:
    """The middle of the picture, 256 x 256, WebP; `ApiError("bad.picture")` for what is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(upload), formats=FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise _bad(f"more than {MAX_PIXELS // 1_000_000} million pixels")
                image.draft("RGB", (2 * SIDE, 2 * SIDE))  # JPEG: decode no more than is needed
                return _encoded(image)
    except ApiError:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise _bad("PNG, JPEG, WebP or GIF") from None
    except Exception:  # a decoder's own error: many kinds, all of them mean a broken file
        raise _bad("the file is broken") from None


def _encoded(image: Image.Image) -> bytes:
    """Turned upright as its camera said, then without anything that it said."""
    upright = ImageOps.exif_transpose(image)
    fitted = ImageOps.fit(upright.convert("RGBA"), (SIDE, SIDE), Image.Resampling.LANCZOS)
    plain = Image.new("RGB", fitted.size, "white")
    plain.paste(fitted, mask=fitted.getchannel("A"))
    out = io.BytesIO()
    plain.save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()


def _bad(detail: str) -> ApiError:
    return ApiError("bad.picture", f"This picture cannot be used: {detail}.")
