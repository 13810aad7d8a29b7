"""Pictures in the chat, made anew from what was uploaded: no metadata, nothing hidden in the file. Blocking."""

import io
import warnings
from typing import Final

from PIL import Image, ImageOps

TYPE: Final = "image/webp"  # the only type that is ever shown in the page
MAX_PIXELS: Final = 40_000_000  # decoded it takes 160 MB, one at a time
MAX_SIDE: Final = 2560
QUALITY: Final = 85
FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")  # by content; what the upload calls itself does not count


def redrawn(upload: bytes) -> bytes | None:
    """The picture as WebP, at most 2560 pixels long; None for what is none, broken or too large."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(upload), formats=FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    return None
                image.draft("RGB", (MAX_SIDE, MAX_SIDE))  # JPEG: decode no more than is needed
                return _encoded(image)
    except Exception:  # a decoder's own error: many kinds, all of them mean that it stays a file
        return None


def _encoded(image: Image.Image) -> bytes:
    """Turned upright as its camera said, then without anything that it said."""
    upright = ImageOps.exif_transpose(image).convert("RGBA" if image.has_transparency_data else "RGB")
    upright.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    upright.save(out, "WEBP", quality=QUALITY, method=2)
    return out.getvalue()
