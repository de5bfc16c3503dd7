"""The demo's pictures: drawn here, so that nothing is borrowed and nothing is shipped."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

SKY, LAWN, SEA, WALL, INK, SAND = "#b9d9f2", "#5b9a69", "#62b1cf", "#f1e5d2", "#3d5b82", "#c29a78"


def drawn(name: str) -> bytes:
    """One of the city's pictures as a PNG of 1200 × 800 pixels."""
    image = Image.new("RGB", (1200, 800), SKY)
    draw = ImageDraw.Draw(image)
    _DRAWN[name](draw)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _park(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 480, 1200, 800), fill=LAWN)
    draw.ellipse((340, 560, 980, 740), fill=SEA)
    for x, tone in ((120, "#c8643c"), (300, "#d9a441"), (860, "#c8643c"), (1040, "#d9a441"), (690, "#b84f3a")):
        draw.rectangle((x + 44, 400, x + 60, 560), fill="#6b4a35")
        draw.ellipse((x, 260, x + 104, 460), fill=tone)


def _library(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 380, 1200, 500), fill=SEA)
    draw.rectangle((0, 500, 1200, 800), fill=LAWN)
    draw.rectangle((430, 300, 770, 560), fill=WALL)
    draw.polygon(((390, 310), (600, 180), (810, 310)), fill=WALL)
    for x in (480, 575, 670):
        draw.rectangle((x, 380, x + 50, 560 if x == 575 else 470), fill=INK)


def _station(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 0, 1200, 520), fill="#f3dcb8")
    draw.rectangle((0, 520, 1200, 800), fill=SAND)
    engine = ((220, 620), (220, 430), (560, 430), (600, 330), (860, 330), (910, 430), (980, 450), (980, 620))
    draw.polygon(engine, fill=INK)
    draw.rectangle((640, 360, 820, 430), fill=SKY)
    for x in (320, 800):
        draw.ellipse((x, 570, x + 110, 680), fill="#26303f")
        draw.ellipse((x + 35, 605, x + 75, 645), fill="#d7dce3")


def _harbour(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 0, 1200, 430), fill="#f0d9c4")
    draw.rectangle((0, 430, 1200, 800), fill="#2f7f9f")
    for x, tone in ((180, "#b84f3a"), (620, "#e8e2d6")):
        draw.polygon(((x, 520), (x + 360, 520), (x + 300, 610), (x + 50, 610)), fill=tone)
        draw.rectangle((x + 165, 240, x + 177, 520), fill="#4a3a2c")
        draw.polygon(((x + 190, 260), (x + 190, 490), (x + 330, 490)), fill=WALL)


def _market(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 0, 1200, 800), fill="#26354f")
    draw.rectangle((0, 600, 1200, 800), fill="#e8edf4")
    for x, tone in ((90, "#b84f3a"), (460, "#d9a441"), (830, "#5b9a69")):
        draw.rectangle((x, 400, x + 290, 640), fill="#6b4a35")
        draw.polygon(((x - 30, 400), (x + 145, 270), (x + 320, 400)), fill=tone)
        draw.rectangle((x + 40, 440, x + 250, 540), fill="#f6d98a")
    for x in range(60, 1200, 90):
        draw.ellipse((x, 120 + x % 70, x + 16, 136 + x % 70), fill="#f6d98a")


def _bridge(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 520, 1200, 800), fill="#4f8fb3")
    draw.rectangle((0, 430, 1200, 470), fill=INK)
    for x in (120, 480, 840):
        draw.arc((x, 250, x + 320, 640), 180, 360, fill=INK, width=22)
        draw.rectangle((x - 14, 430, x + 14, 660), fill="#8a8378")


def _snow(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 0, 1200, 800), fill="#9fb4c9")
    draw.polygon(((0, 560), (400, 420), (820, 520), (1200, 400), (1200, 800), (0, 800)), fill="#f3f6fa")
    draw.rectangle((380, 440, 700, 620), fill="#d9822b")
    draw.rectangle((600, 370, 700, 460), fill="#26303f")
    draw.polygon(((280, 480), (380, 520), (380, 640), (240, 640)), fill="#d7dce3")
    for x in (430, 610):
        draw.ellipse((x, 580, x + 90, 670), fill="#26303f")


def _rink(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 0, 1200, 330), fill="#3d5b82")
    draw.ellipse((90, 300, 1110, 740), fill="#dbe9f2")
    for x, y, tone in ((360, 470, "#b84f3a"), (560, 560, "#d9a441"), (800, 440, "#5b9a69")):
        draw.ellipse((x, y - 150, x + 44, y - 106), fill="#f1d3b8")
        draw.rectangle((x - 4, y - 104, x + 48, y - 10), fill=tone)
        draw.rectangle((x + 2, y - 10, x + 14, y + 50), fill="#26303f")
        draw.rectangle((x + 30, y - 10, x + 42, y + 44), fill="#26303f")


_DRAWN = {
    "park": _park, "library": _library, "station": _station, "harbour": _harbour, "market": _market, "bridge": _bridge,
    "snow": _snow, "rink": _rink,
}  # fmt: skip
