"""What is made by others is listed, unchanged, and enough; and no page breaks the content policy."""

from __future__ import annotations

import hashlib
import re
import tomllib

import pytest

from clarion.web import assets, icons, states
from clarion.web.assets import FOLDER

LIST = tomllib.loads((FOLDER / "vendor" / "vendored.toml").read_text())["vendored"]
TEMPLATES = sorted((FOLDER.parent / "templates").rglob("*.html"))
SOURCES = {path.relative_to(FOLDER.parent).as_posix(): path.read_text() for path in TEMPLATES}


@pytest.mark.parametrize("one", LIST, ids=lambda one: one["name"])
def test_vendored_files_are_what_the_list_says(one):
    for path, wanted in one["sha256"].items():
        assert hashlib.sha256((FOLDER / path).read_bytes()).hexdigest() == wanted, path
    if "licence_file" in one:
        assert (FOLDER / one["licence_file"]).is_file()


def test_every_font_and_data_file_is_on_the_list():
    listed = {path for one in LIST for path in one["sha256"]}
    there = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.suffix in (".woff2", ".json")}
    there |= {path.relative_to(FOLDER).as_posix() for path in (FOLDER / "vendor").glob("*.js")}
    assert there == listed


def test_every_icon_that_is_asked_for_is_there():
    asked = {name for source in SOURCES.values() for name in re.findall(r"{%\s*icon \"([a-z0-9-]+)\"", source)}
    asked |= {name for source in SOURCES.values() for name in re.findall(r"\bicon=\"([a-z0-9-]+)\"", source)}
    asked |= {shown.icon for shown in states.STATES.values()} | {icons.STRANGER}
    assert asked
    assert asked <= set(icons.lucide())


@pytest.mark.parametrize("name", SOURCES)
def test_no_template_needs_an_unsafe_content_policy(name):
    source = SOURCES[name]
    assert not re.search(r"<[^>]*\sstyle\s*=", source), "style attribute"
    assert not re.search(r"<[a-z][^>]*\son[a-z]+\s*=", source), "event attribute"
    assert not re.search(r"<script(?![^>]*\bsrc=)", source), "inline script"
    assert "<style" not in source
    assert "javascript:" not in source


def test_all_components_come_in_one_sheet_after_the_ground():
    sheet = assets.assets().files["clarion.css"].body.decode()
    assert sheet.startswith("@layer reset, tokens, base, layout, components, pages, narrow;")
    assert sheet.index("@layer tokens") < sheet.index("@layer components {")
    for path in (FOLDER / "css").glob("*.css"):
        assert path.read_text() in sheet
        assert not re.search(r"https?://", path.read_text()), "nothing is fetched from elsewhere"


def test_colours_are_written_in_tokens_only():
    """A colour elsewhere would not follow the theme. Shades of the backdrop and of danger are the two exceptions."""
    allowed = {"tokens.css", "dialog.css", "button.css"}
    for path in (FOLDER / "css").glob("*.css"):
        if path.name not in allowed:
            assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?![^{]*{)|oklch\(|rgb\(", path.read_text()), path.name


def test_an_asset_is_kept_for_ever_by_its_hash_and_not_under_an_old_one(client):
    answer = client.get(assets.address("clarion.css"), headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert answer["Content-Encoding"] == "gzip"
    assert "immutable" in answer["Cache-Control"]
    old = client.get("/static/000000000000/clarion.css")
    assert old.status_code == 200
    assert old["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", ["../settings.py", "css/../../assets.py", "%2e%2e/assets.py", "nothing.css"])
def test_nothing_but_the_static_folder_is_served(client, path):
    assert client.get(f"/static/x/{path}").status_code == 404
