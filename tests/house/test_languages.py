"""Clarion speaks every language of its settings whole: each sentence is translated, and compiled as it is written."""

import gettext
import os
import re
import shutil
import subprocess
import sys

import pytest
from django.conf import settings
from django.utils import translation

from clarion.organisations.dates import FORMS

from . import SOURCE, shown, words

LOCALE = SOURCE / "web" / "locale"
OTHERS = [code for code, _name in settings.LANGUAGES if code != "en"]
TOOLS = shutil.which("xgettext") and shutil.which("msgcmp")
needs_tools = pytest.mark.skipif(not TOOLS and not os.environ.get("CI"), reason="needs GNU gettext")


def catalogue(code):
    return LOCALE / code / "LC_MESSAGES" / "django.po"


@pytest.fixture(scope="module")
def gathered(tmp_path_factory):
    """Every sentence that the sources hold now."""
    folder = tmp_path_factory.mktemp("sources")
    source = folder / "clarion"
    shutil.copytree(SOURCE, source, ignore=shutil.ignore_patterns("testing", "migrations", "static", "*.mo", "*.pyc"))
    command = ("makemessages", "--all", "--extension", "html,txt,xml,py", "--no-location", "--no-wrap", "--keep-pot")
    told = subprocess.run(
        [sys.executable, "-m", "django", *command, "--pythonpath", str(folder)],
        cwd=source, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(folder)},
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    return source / "web" / "locale" / "django.pot"


@needs_tools
@pytest.mark.parametrize("code", OTHERS)
def test_every_sentence_is_translated(code, gathered):
    told = subprocess.run(["msgcmp", catalogue(code), gathered], capture_output=True, text=True)
    assert told.returncode == 0, "run bin/messages, and translate what is new:\n" + told.stderr[:4000]


@needs_tools
@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_names_the_same_values(code):
    told = subprocess.run(["msgfmt", "--check", "-o", os.devnull, catalogue(code)], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr


@needs_tools
@pytest.mark.parametrize("code", OTHERS)
def test_what_is_compiled_is_what_is_written(code, tmp_path):
    subprocess.run(["msgfmt", "-o", tmp_path / "anew.mo", catalogue(code)], check=True)
    with open(tmp_path / "anew.mo", "rb") as anew, open(catalogue(code).with_suffix(".mo"), "rb") as kept:
        assert gettext.GNUTranslations(kept)._catalog == gettext.GNUTranslations(anew)._catalog, "run bin/messages"


def test_a_form_of_a_day_with_several_parts_is_one_that_translators_know():
    found = set()
    for path in [*SOURCE.rglob("*.html"), *SOURCE.rglob("*.xml")]:
        found |= set(re.findall(r'\|date:"([^"]+)"|{% clock [^%"]+"([^"]+)"', words(path)))
    used = {form for pair in found for form in pair if form}
    assert {form for form in used if set(form) & set("jDl") and set(form) & set("FMjY") and len(form) > 1} <= set(FORMS)


@pytest.mark.parametrize("code", OTHERS)
def test_days_are_written_as_the_language_writes_them(code):
    with translation.override(code):
        for form, here in FORMS.items():
            parts = re.sub(r"\\.", "", str(here))
            assert sorted(set(parts) & set("DljFMYHisT")) == sorted(set(form) & set("DljFMYHisT")), form


def test_days_are_written_by_the_one_place_that_knows_their_forms():
    own = SOURCE / "organisations" / "dates.py"
    others = [shown(path) for path in SOURCE.rglob("*.py") if path != own and "date_format" in words(path)]
    assert others == []
    forms = {
        form for path in SOURCE.rglob("*.py") for form in re.findall(r'written\([^\n]*?"([jlD][^"]+)"\)', words(path))
    }
    assert {form for form in forms if set(form) & set("FMY")} <= set(FORMS)
