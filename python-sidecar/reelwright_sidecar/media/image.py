"""The first frame of image-to-video, from a file of the user's."""

from __future__ import annotations

import warnings
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from ..failure import BadInput

PIXEL_LIMIT = 64_000_000


def load_first_frame(path: Path, width: int, height: int) -> Image.Image:
    """The picture as RGB of exactly width x height.

    Turned as its EXIF orientation says, transparency laid on white, colour profile ignored. Scaled (Lanczos) until it
    covers width x height, then cropped evenly on both sides: nothing is stretched. Of several frames the first.
    Raises BadInput: image-missing, image-unreadable, image-truncated, image-too-large.
    """
    if not path.is_file():
        raise BadInput("image-missing", f"{path} is not there or is not a file.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            opened = Image.open(path)
    except Image.DecompressionBombError as error:
        raise BadInput("image-too-large", f"{path}: {error}") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise BadInput("image-unreadable", f"{path}: {error}") from error
    with opened:
        if opened.width * opened.height > PIXEL_LIMIT:
            raise BadInput("image-too-large", f"{path} has {opened.width} x {opened.height} pixels.")
        try:
            opened.load()
            upright = ImageOps.exif_transpose(opened)
            picture = _on_white(upright)
        except Image.DecompressionBombError as error:
            raise BadInput("image-too-large", f"{path}: {error}") from error
        except MemoryError:
            raise
        except (
            Exception
        ) as error:  # decoders raise OSError, ValueError, SyntaxError, IndexError, struct.error ...
            raise BadInput("image-truncated", f"{path}: {error}") from error
    return ImageOps.fit(picture, (width, height), method=Image.Resampling.LANCZOS)


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith(("I", "F")) and picture.mode not in ("I", "F"):  # 16-bit greys
        picture = picture.point(lambda value: value / 256).convert("L")
    if "A" in picture.getbands() or "transparency" in picture.info:
        solid = picture.convert("RGBA")
        white = Image.new("RGBA", solid.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, solid).convert("RGB")
    return picture.convert("RGB")
