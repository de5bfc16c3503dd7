"""The demo's pictures: drawn here, so that nothing is borrowed and nothing is shipped."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

SKY, LAWN, SEA, WALL, INK, SAND = "#b9d9f2", "#5b9a69", "#62b1cf", "#f1e5d2", "#3d5b82", "#c29a78"


def drawn(name: str) -> bytes:
    """``park``, ``library`` or ``station`` as a PNG of 1200 × 800 pixels."""
    image = Image.new("RGB", (1200, 800), SKY)
    draw = ImageDraw.Draw(image)
    {"park": _park, "library": _library, "station": _station}[name](draw)
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
