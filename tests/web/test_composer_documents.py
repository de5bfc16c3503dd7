"""Documents in the composer and on the command line: taken like pictures, never asked to be described."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from clarion.deliveries.models import Delivery
from clarion.organisations.models import Workspace
from clarion.posts.models import Media, Post
from clarion.testing.documents import pdf
from tests.deliveries.conftest import clock, worker  # noqa: F401

from .desk import composed, signed_in, text_of
from .test_command_line import clarion, office  # noqa: F401

pytestmark = pytest.mark.django_db
NAME = "budsjett – «2027».pdf"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def write(cityhall):
    return reverse("composer_new", args=[cityhall.pk])


@pytest.fixture
def budget(ingrid, cityhall) -> Media:
    file = SimpleUploadedFile(NAME, pdf(), "application/pdf")
    answer = signed_in(ingrid).post(reverse("media_add", args=[cityhall.pk]), {"file": file})
    assert (answer.status_code, answer.json()["mime"]) == (200, "application/pdf")
    return Media.objects.get(pk=answer.json()["id"])


def looked_at(client, write, media, **more):
    given = {"text:all:0": "The budget.", "media:all:0": [str(media.pk)], f"alt:all:0:{media.pk}": "", **more}
    return client.post(write, {**composed(client, write, **given), "do": "look"})


def test_the_file_field_offers_them(ingrid, board, write):
    assert "application/pdf" in signed_in(ingrid).get(write).text


def test_a_document_needs_no_description_where_pictures_do(ingrid, board, cityhall, write, budget):
    cityhall.alt_text_required = True
    cityhall.save()
    page = looked_at(signed_in(ingrid), write, budget)
    assert "has no description" not in text_of(page) and "It fits the channel." in text_of(page)
    shot = page.text.partition('<li class="shot paper" data-shot>')[2].partition("</li>")[0]
    assert "Say what is in it, if you like" in shot and "aria-required" not in shot


def test_a_member_gets_it_as_a_file_and_never_as_a_page(ingrid, cityhall, budget):
    answer = signed_in(ingrid).get(reverse("media_file", args=[cityhall.pk, budget.pk]))
    assert b"".join(answer) == pdf() and answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''budsjett")
    assert "sandbox" in answer["Content-Security-Policy"]


def test_a_published_document_is_shown_under_its_name(ingrid, board, cityhall, write, budget, worker):  # noqa: F811
    client = signed_in(ingrid)
    given = {"text:all:0": "The budget.", "media:all:0": [str(budget.pk)], f"alt:all:0:{budget.pk}": ""}
    client.post(write, {**composed(client, write, **given), "do": "now"})
    worker.work_until_settled(Delivery.objects.get())
    page = client.get(reverse("post", args=[cityhall.pk, Post.objects.get().pk]))
    assert NAME in page.text and "No description" not in text_of(page)
    public = client.get(f"/n/{cityhall.slug}/").text
    assert ">budsjett – «2027».pdf</a>" in public


def test_the_command_line_takes_one_without_a_description(clarion, office, tmp_path):  # noqa: F811
    Workspace.objects.update(alt_text_required=True)
    (tmp_path / "budget.pdf").write_bytes(pdf())
    words = ("posts", "add", "--workspace", "Press office", "--channel", "Noticeboard", "--text", "The budget.")
    clarion(*words, "--media", f"{tmp_path}/budget.pdf=")
    assert Post.objects.get().media.get().is_document
