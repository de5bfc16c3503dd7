"""How a picture looks, in 64 bits: one that was made smaller, lighter or of another type looks the same."""

from __future__ import annotations

from typing import Any

SIDE = 8
NEAR = 6
"""Bits by which pictures that look alike may differ."""
NEAREST, BOX = 0, 4
"""Pillow's ways to make a picture smaller, by its numbers: it is imported with the first picture, not with us."""
ENOUGH = 1024
"""Pixels of a side that suffice, where they cannot be averaged at once: a palette's neighbours are no neighbours."""
CLEARLY = 3
"""Of 255 shades: less is what packing leaves behind."""
TELLING = range(6, SIDE * SIDE - 5)
"""Bits that must be set: a blank page or a plain gradient looks like every other."""


def looks_of(image: Any) -> int | None:
    """The difference hash of a Pillow image, as a signed number of 64 bits; None when it shows too little.

    Each bit says whether a spot is darker than the one to its right, on a grid of 9 × 8 spots.
    """
    # First smaller, then grey: a large picture in another form would need as much memory once more.
    averages = image.mode in ("L", "RGB", "RGBA")
    sides = (SIDE * SIDE,) * 2 if averages else tuple(min(side, ENOUGH) for side in image.size)
    small = image.resize(sides, BOX if averages else NEAREST)
    try:
        spots = small.convert("RGBA").convert("L").resize((SIDE + 1, SIDE), BOX).tobytes()
    except ValueError:
        return None  # sixteen bits of grey, and other forms that few programs write
    bits = 0
    for row in range(SIDE):
        for column in range(SIDE):
            at = row * (SIDE + 1) + column
            bits = bits << 1 | (spots[at] + CLEARLY < spots[at + 1])
    if bits.bit_count() not in TELLING:
        return None
    return bits - (1 << 64) if bits >> 63 else bits


def are_alike(one: int, other: int) -> bool:
    return ((one ^ other) & ((1 << 64) - 1)).bit_count() <= NEAR
