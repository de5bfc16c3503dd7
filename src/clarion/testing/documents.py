"""Papers for tests: the smallest PDF that a program opens."""

from __future__ import annotations

import hashlib
from pathlib import Path

from clarion.networks.base import Media


def pdf(words: str = "The budget") -> bytes:
    """One empty page; ``words`` stand in its title."""
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>", f"<</Title({words})>>",
    ]  # fmt: skip
    raw, starts = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        starts.append(len(raw))
        raw += f"{number} 0 obj\n{one}\nendobj\n".encode()
    table = "".join(f"{start:010} 00000 n \n" for start in starts)
    end = f"xref\n0 5\n0000000000 65535 f \n{table}trailer\n<</Size 5/Root 1 0 R/Info 4 0 R>>\n"
    return raw + f"{end}startxref\n{len(raw)}\n%%EOF\n".encode()


def document(folder: Path, *, name: str = "budget.pdf", alt: str = "") -> Media:
    """A paper on disk, as the core would hand it to a network."""
    raw = pdf(name)
    path = folder / name
    path.write_bytes(raw)
    return Media(path, "application/pdf", len(raw), hashlib.sha256(raw).hexdigest(), alt=alt, name=name)
