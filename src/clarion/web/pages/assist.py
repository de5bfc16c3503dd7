"""Writing help: an owner chooses the model; in the composer it suggests, and a person takes it or leaves it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from re import findall
from typing import Any

from django.conf import settings as django_settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clarion.channels.models import Channel
from clarion.files.place import store
from clarion.files.small import small_of
from clarion.files.store import Missing, StoreGone
from clarion.organisations.ids import is_id
from clarion.posts.assist import TONES, NoHelp, Suggestion, Wish
from clarion.posts.assist import ask as ask_model
from clarion.posts.models import Assist, Media, Post
from clarion.web.place import in_workspace

TONE_WORDS = dict(
    zip(TONES, (gettext_lazy("Plainer"), gettext_lazy("Warmer"), gettext_lazy("More formal")), strict=True)
)


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace("settings")
def settings(request: HttpRequest) -> HttpResponse:
    """The organisation's model. The key goes in and never comes out."""
    workspace = request.member.workspace  # type: ignore[attr-defined]
    organisation, typed = workspace.organisation, request.POST
    found = Assist.objects.of_organisation(organisation)
    if request.method != "POST":
        return render(request, "assist.html", {"here": "people", "assist": found, "typed": found})
    if typed.get("do") == "off":
        if found is not None:
            found.turn_off(by=request.user)
        messages.success(request, _("Writing help is off. The key is forgotten."))
        return redirect("assist", workspace.pk)
    try:
        Assist.objects.settle(
            organisation, address=typed.get("address", ""), model=typed.get("model", ""), key=typed.get("key", ""),
            takes_pictures="pictures" in typed, by=request.user,
        )  # fmt: skip
    except ValueError as error:
        messages.error(request, str(error))
        shown = {
            "address": typed.get("address", ""),
            "model": typed.get("model", ""),
            "takes_pictures": "pictures" in typed,
        }
        return render(request, "assist.html", {"here": "people", "assist": found, "typed": shown}, status=422)
    messages.success(request, _("Writing help is on. Nothing is sent to the model but what somebody asks about."))
    return redirect("assist", workspace.pk)


@require_safe
@in_workspace("write")
def menu(request: HttpRequest) -> HttpResponse:
    """What can be asked for; empty until an owner has chosen a model."""
    organisation = request.member.workspace.organisation  # type: ignore[attr-defined]
    found = Assist.objects.of_organisation(organisation)
    languages = [str(name) for _code, name in django_settings.LANGUAGES] if found else []
    return render(
        request, "parts/assist_menu.html", {"assist": found, "tones": TONE_WORDS.items(), "languages": languages}
    )


@require_POST
@in_workspace("write")
def ask(request: HttpRequest) -> HttpResponse:
    """One suggestion with what it changes, or one sentence why there is none."""
    member = request.member  # type: ignore[attr-defined]
    workspace, typed = member.workspace, request.POST
    found = Assist.objects.of_organisation(workspace.organisation)
    text = typed.get("text", "").replace("\r\n", "\n")
    try:
        if found is None:
            raise NoHelp(_("Nobody has chosen a model for this organisation."), code="off")
        channels = _channels(workspace, typed.getlist("channels"))
        picture = _picture(found, workspace, typed.get("media", "")) if typed.get("kind") == "alt" else b""
        wish = Wish(
            typed.get("kind", ""), text, limit=min((one.rules.text.limit for one in channels), default=500),
            language=typed.get("language", "").strip()[:60], tone=typed.get("tone", ""), picture=picture,
        )  # fmt: skip
        if wish.kind != "alt" and not text.strip():
            raise NoHelp(_("There are no words yet."), code="blank")
        post = _post(workspace, typed.get("post", ""))
        made = ask_model(found, wish, workspace=workspace, subject=post or workspace, by=request.user)
    except NoHelp as none:
        return render(request, "parts/suggestion.html", {"none": str(none)})
    context = {
        "made": made,
        "changes": _changes(text, made, wish.kind),
        "over": _over(made, channels),
        "kind": wish.kind,
    }
    return render(request, "parts/suggestion.html", context)


@dataclass(frozen=True)
class Change:
    """``kind`` is ``same``, ``del`` or ``ins``."""

    kind: str
    text: str


def differences(old: str, new: str) -> Iterable[Change]:
    """What changes from one text to the other, word by word."""
    a, b = findall(r"\S+|\s+", old), findall(r"\S+|\s+", new)
    for tag, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Change("same", "".join(b[k:m]))
            continue
        if j > i:
            yield Change("del", "".join(a[i:j]))
        if m > k:
            yield Change("ins", "".join(b[k:m]))


def _changes(text: str, made: Suggestion, kind: str) -> list[Change]:
    if kind not in ("shorten", "tone"):
        return []
    return list(differences(text[:6000], made.parts[0][:6000]))


def _over(made: Suggestion, channels: list[Channel]) -> list[str]:
    """Where the suggestion is still too long, as each network counts."""
    found = []
    for channel in channels:
        most = max(channel.rules.text.count(part) for part in made.parts)
        if most > channel.rules.text.limit:
            values = {"channel": channel.handle, "n": most - channel.rules.text.limit}
            found.append(_("%(channel)s: still %(n)d over.") % values)
    return found


def _channels(workspace: Any, ids: list[str]) -> list[Channel]:
    return list(Channel.objects.for_posts().filter(workspace=workspace, pk__in=[pk for pk in ids if is_id(pk)]))


def _post(workspace: Any, pk: str) -> Post | None:
    return Post.objects.filter(workspace=workspace, pk=pk).first() if is_id(pk) else None


def _picture(assist: Assist, workspace: Any, pk: str) -> bytes:
    """The small copy of a picture, for a model that takes pictures."""
    if not assist.takes_pictures:
        raise NoHelp(_("The model %(model)s takes no pictures.") % {"model": assist.model}, code="no_pictures")
    media = Media.objects.filter(workspace=workspace, pk=pk).first() if is_id(pk) else None
    if media is None or not media.is_image:
        raise NoHelp(_("There is no picture to describe."), code="no_picture")
    try:
        place = store()
        key = small_of(place, media.key, size=media.size, sha256=media.clean_sha256)
        data = place.local(key).read_bytes()
    except (Missing, StoreGone, OSError):
        raise NoHelp(_("The picture cannot be read at this moment. Try again."), code="picture") from None
    if len(data) > 2_000_000:
        raise NoHelp(_("The picture cannot be made small enough to be sent."), code="picture")
    return data
