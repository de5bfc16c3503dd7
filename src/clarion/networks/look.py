"""How a post looks on a network, as data: whoever shows a preview needs no knowledge of the network itself.

Figures are what the networks' own apps showed when they were looked at. None of them is documented and all of them
move, so they serve previews only: nothing is refused, cut or changed by them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

LIKED = ("heart", "message-square", "send", "bookmark")
"""A row of acts that several networks have."""


@dataclass(frozen=True)
class Look:
    """``frame`` is the whole arrangement, the rest its details. Ratios are width divided by height."""

    frame: str = "post"
    """``post`` (who, words, pictures), ``message`` (a line in a room), ``picture`` (the picture first, words below it),
    ``headline`` (a title and a small picture beside), ``article`` (a page with a title) or ``film`` (upright, words
    over it)."""
    face: str = "round"
    """The author's picture: ``round``, ``square`` or ``none``."""
    card: str = "none"
    """What a link in the text becomes: ``large`` (picture above), ``small`` (beside), ``bar`` (a quoted line) or
    ``none``."""
    card_with_pictures: bool = False
    """True where the card stays although the post has pictures."""
    cut: int | None = None
    """The text is folded behind "more" after so many characters; None: it is shown whole."""
    lines: int | None = None
    """… or after so many line breaks."""
    tiles: str = "grid"
    """Several pictures: ``grid`` (two beside, one and two, four), ``row`` (swiped sideways) or ``stack`` (one below the
    other)."""
    most: int = 4
    """So many are seen at once; the last of them says how many more there are."""
    single: tuple[float, float] = (0.75, 1.91)
    """A picture alone keeps its shape between these; beyond, it is cropped."""
    many: float = 1.0
    """The shape of the tiles in a row, or of the whole grid."""
    links: bool = True
    """False where a link in the text leads nowhere."""
    alt_badge: bool = False
    """True where readers see that there is a description, and can read it."""
    warning: str = "cover"
    """A content warning: ``cover`` (words and pictures are behind it) or ``blur`` (only the pictures)."""
    thread: str = "line"
    """Parts after the first: ``line`` (joined by a line) or ``apart``."""
    acts: tuple[str, ...] = ("message-square", "repeat-2", "heart")
    """The row below: names of Lucide icons, in order."""

    FRAMES: ClassVar[tuple[str, ...]] = ("post", "message", "picture", "headline", "article", "film")
    CARDS: ClassVar[tuple[str, ...]] = ("none", "large", "small", "bar")
    TILES: ClassVar[tuple[str, ...]] = ("grid", "row", "stack")

    def __post_init__(self) -> None:
        if self.frame not in self.FRAMES or self.card not in self.CARDS or self.tiles not in self.TILES:
            raise ValueError(f"unknown look: {self.frame}, {self.card}, {self.tiles}")

    def folded(self, text: str) -> tuple[str, str]:
        """The text as far as it is seen, and what is behind "more"; the cut falls between words."""
        end = len(text)
        if self.lines is not None:
            rows = text.split("\n")
            end = len("\n".join(rows[: self.lines]))
        if self.cut is not None and end > self.cut:
            end = max(text.rfind(" ", self.cut - 24, self.cut), text.rfind("\n", self.cut - 24, self.cut))
            end = end if end > 0 else self.cut
        seen, rest = text[:end], text[end:]
        return (seen.rstrip(), rest.strip()) if rest.strip() else (text, "")


FAMILIES: dict[str, Look] = {
    "social": Look(card="large"),
    "chat": Look(
        frame="message", face="square", card="bar", tiles="stack", single=(0.5, 2.2), thread="apart", acts=("smile",)
    ),
    "site": Look(frame="article", face="none", tiles="stack", single=(1.2, 2.4), thread="apart", acts=()),
}
"""How networks of a family look that declare nothing."""
