"""Pictures: made anew whatever was uploaded, bounded, and found by nobody who was not told."""

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from signaling.accounts.pictures import MAX_BYTES, portrait
from signaling.storage.pictures import MAX_KEPT
from tests.signaling.account_world import AccountWorld, Browser, account_world, code_of
from treble.api import ApiError

SECRET = b"taken-at-home-52.52N"


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (640, 480), mode: str = "RGB", **options: object
) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else None).save(out, kind, **options)
    return out.getvalue()


def opened(image: bytes) -> Image.Image:
    return Image.open(io.BytesIO(image))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[AccountWorld]:
    async with account_world(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
@pytest.mark.parametrize("size", [(640, 480), (1, 1), (3000, 20), (256, 256)])
def test_one_size_and_one_format(kind: str, size: tuple[int, int]) -> None:
    made = opened(portrait(picture(kind, size)))
    assert (made.format, made.size, made.mode) == ("WEBP", (256, 256), "RGB")
    red, green, blue = made.getpixel((128, 128))
    assert (red > 200, green < 60, blue < 60) == (True, True, True)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_pixel(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert opened(portrait(picture(kind, mode=mode))).size == (256, 256)


def test_nothing_that_the_camera_said_is_kept() -> None:
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    exif[0x0112] = 6  # turned by a quarter
    upload = picture(size=(640, 320), exif=exif, comment=SECRET)
    assert SECRET in upload
    made = portrait(upload)
    assert SECRET not in made
    assert not opened(made).getexif()
    assert "exif" not in opened(made).info


def test_turned_upright() -> None:
    image = Image.new("RGB", (400, 400), "red")
    image.paste("blue", (0, 0, 400, 200))
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    red, _, blue = opened(portrait(out.getvalue())).getpixel((128, 20))
    assert red > blue


def png_that_says(width: int, height: int) -> bytes:
    """A small file that claims to be large."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "upload",
    [
        b"",
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a",
        picture()[:200],
        picture("PNG")[:60],
        picture("BMP"),
        picture("TIFF"),
        b"%PDF-1.4 ...",
        png_that_says(100_000, 100_000),
        png_that_says(8000, 8000),
        png_that_says(2**31 - 1, 1),
    ],
)
def test_what_is_no_picture(upload: bytes) -> None:
    with pytest.raises(ApiError) as error:
        portrait(upload)
    assert error.value.code == "bad.picture"


def test_every_cut_of_a_file_is_refused_or_shown() -> None:
    whole = picture("PNG", (64, 64))
    for length in range(0, len(whole), 7):
        try:
            portrait(whole[:length])
        except ApiError as error:
            assert error.code == "bad.picture"  # noqa: PT017


# --- through the gateway ----------------------------------------------------------------------------------------


async def put(browser: Browser, upload: bytes, kind: str = "image/png") -> object:
    return await browser.ask("PUT", "/api/account/picture", content=upload, headers={"content-type": kind})


async def test_a_picture_is_set_shown_replaced_and_removed(world: AccountWorld) -> None:
    browser, stranger = await world.member(), world.browser()
    answer = await put(browser, picture(), "image/anything")
    assert answer.status_code == 200
    first = answer.json()["picture"]
    assert len(first) == 26
    shown = await stranger.ask("GET", f"/api/pictures/{first}", headers={"origin": ""})
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")
    assert shown.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert opened(shown.content).size == (256, 256)
    second = (await put(browser, picture("PNG"))).json()["picture"]
    assert second != first
    assert (await stranger.ask("GET", f"/api/pictures/{first}")).status_code == 200  # rooms may show it still
    await browser.refresh()
    assert (await world.accounts.claims(browser.token)).picture == second
    assert (await browser.ask("DELETE", "/api/account/picture")).json()["picture"] is None
    for each in (first, second):
        assert code_of(await stranger.ask("GET", f"/api/pictures/{each}")) == "not.found"


async def test_of_many_earlier_pictures_the_oldest_go(world: AccountWorld) -> None:
    browser, stranger = await world.member(), world.browser()
    ids = [(await put(browser, picture())).json()["picture"] for _ in range(MAX_KEPT + 2)]
    answers = [await stranger.ask("GET", f"/api/pictures/{each}") for each in ids]
    assert [answer.status_code for answer in answers].count(200) == MAX_KEPT + 1
    assert answers[-1].status_code == 200


async def test_a_guest_may_have_one_too(world: AccountWorld) -> None:
    browser = world.browser()
    await browser.guest()
    assert (await put(browser, picture())).status_code == 200


async def test_size_and_type_are_checked(world: AccountWorld) -> None:
    browser = await world.member()
    assert code_of(await put(browser, b"x" * (MAX_BYTES + 1))) == "bad.size"
    assert code_of(await put(browser, picture(), "text/html")) == "bad.type"
    answer = await put(browser, b"<svg/>", "image/svg+xml")
    assert (answer.status_code, code_of(answer)) == (415, "bad.picture")
    assert (await browser.get("/api/account"))["picture"] is None


async def test_a_strangers_upload_is_not_looked_at(world: AccountWorld) -> None:
    browser = world.browser()
    assert code_of(await put(browser, b"x" * MAX_BYTES)) == "auth.missing"
    browser.token = "nonsense"
    assert code_of(await put(browser, b"x" * MAX_BYTES)) == "session.ended"


@pytest.mark.parametrize("picture_id", ["x", "0" * 26, "x" * 100, "..", "%00"])
async def test_no_such_picture(world: AccountWorld, picture_id: str) -> None:
    assert code_of(await world.browser().ask("GET", f"/api/pictures/{picture_id}")) == "not.found"
