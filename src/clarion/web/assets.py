"""Style sheets, modules, type and icons, served from the package itself: no build step, nothing to collect.

Every address carries a hash of the whole static folder (``/static/<hash>/clarion.css``), so an answer may be kept for
ever and relative imports between modules stay right. All ``css/*.css`` files become one sheet; cascade layers decide
what wins, so a new component is just a new file.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified

from clarion.web.place import stated

FOLDER = Path(__file__).parent / "static"
LAYERS = "@layer reset, tokens, base, layout, components, pages, narrow;\n"
FIRST = ("reset", "tokens", "base", "layout")
SHEET = "clarion.css"
TYPES = {
    ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".json": "application/json",
    ".woff2": "font/woff2", ".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon",
    ".txt": "text/plain; charset=utf-8", ".webmanifest": "application/manifest+json",
}  # fmt: skip
ALREADY_SMALL = {".woff2", ".png", ".ico"}
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Asset:
    body: bytes
    small: bytes | None
    kind: str


@dataclass(frozen=True)
class Assets:
    """All files by path below ``static/``, and the hash of everything."""

    stamp: str
    files: dict[str, Asset]


@lru_cache(maxsize=1)
def assets() -> Assets:
    """Read once per process: some 200 kB."""
    bodies = {
        path.relative_to(FOLDER).as_posix(): path.read_bytes()
        for path in sorted(FOLDER.rglob("*"))
        if path.is_file() and path.suffix in TYPES
    }
    bodies[SHEET] = style_sheet(bodies)
    stamp = hashlib.sha256()
    for name in sorted(bodies):
        stamp.update(name.encode() + b"\0" + bodies[name] + b"\0")
    return Assets(stamp.hexdigest()[:12], {name: _asset(name, body) for name, body in bodies.items()})


def style_sheet(bodies: dict[str, bytes]) -> bytes:
    """One sheet: the order of layers, then the ground, then every component by name."""
    names = sorted(name for name in bodies if name.startswith("css/"))
    ground = [f"css/{name}.css" for name in FIRST if f"css/{name}.css" in bodies]
    rest = [name for name in names if name not in ground]
    return LAYERS.encode() + b"\n".join(bodies[name] for name in [*ground, *rest])


def _asset(name: str, body: bytes) -> Asset:
    suffix = Path(name).suffix
    small = None if suffix in ALREADY_SMALL else gzip.compress(body, 9, mtime=0)
    return Asset(body, small, TYPES[suffix])


def address(path: str) -> str:
    """Where a file of ``static/`` is served. A file that is not there is a mistake of ours: KeyError."""
    found = assets()
    if path not in found.files:
        raise KeyError(f"There is no static file {path!r}.")
    return f"{settings.STATIC_URL}{found.stamp}/{path}"


@stated("anybody")
def asset(request: HttpRequest, stamp: str, path: str) -> HttpResponse:
    """The view. An old hash gets the present file too, but is not kept: a page open during an update still works."""
    found = assets()
    item = found.files.get(path)
    if item is None:
        raise Http404
    if request.headers.get("If-None-Match") == f'"{found.stamp}"':
        return HttpResponseNotModified()
    zipped = item.small is not None and "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(item.small if zipped else item.body, content_type=item.kind)
    if zipped:
        response["Content-Encoding"] = "gzip"
    response["Vary"] = "Accept-Encoding"
    response["ETag"] = f'"{found.stamp}"'
    response["Cache-Control"] = FOR_EVER if stamp == found.stamp else "no-cache"
    return response
