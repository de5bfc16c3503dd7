"""Many posts at once, as chosen in a list: moved, labelled, held, let go or removed — and all of that undone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from clarion.deliveries.many import MOST, Many
from clarion.organisations.ids import as_id
from clarion.posts.models import Label, Post
from clarion.web.pages.deliveries import back
from clarion.web.place import in_workspace

KEPT = timedelta(minutes=30)
"""So long the last deed can be undone."""
NAMED = 3
"""So many posts are named beside one reason; the others are counted."""


@require_POST
@in_workspace("write")
def many(request: HttpRequest) -> HttpResponse:
    """Does what was pressed to the posts that were chosen, and says what was done and what was not."""
    workspace, now = request.member.workspace, timezone.now()  # type: ignore[attr-defined]
    chosen = [pk for one in dict.fromkeys(request.POST.getlist("post")) if (pk := as_id(one))][:MOST]
    rows = Post.objects.kept().filter(workspace=workspace, pk__in=chosen).select_related("workspace__organisation")
    posts, work = sorted(rows, key=lambda post: chosen.index(post.pk)), _many(request, now=now)
    act = _asked(request, work)
    if not posts:
        messages.error(request, _("No post is chosen. Tick some first."))
    elif isinstance(act, str):
        messages.error(request, act)
    else:
        work.each(posts, act)
        _tell(request, work, said=_done(_pressed(request), len(work.done)))
        request.session["many"] = {
            "place": str(workspace.pk), "at": now.isoformat(), "done": work.done, "n": len(work.done),
        }  # fmt: skip
    return back(request) or redirect("posts", workspace.pk)


@require_POST
@in_workspace("write")
def undo(request: HttpRequest) -> HttpResponse:
    workspace, now = request.member.workspace, timezone.now()  # type: ignore[attr-defined]
    last, work = undoable(request), _many(request, now=now)
    if last is None:
        messages.error(request, _("There is nothing to undo any more. Nothing was changed."))
    else:
        del request.session["many"]
        rows = Post.objects.filter(workspace=workspace, pk__in=[record["post"] for record in last["done"]])
        posts = {str(post.pk): post for post in rows.select_related("workspace__organisation")}
        for record in last["done"]:
            if record["post"] in posts:
                work.each([posts[record["post"]]], work.undo(record))
        _tell(request, work, said=ngettext(
            "%(n)d post is as it was before.", "%(n)d posts are as they were before.", len(work.done)
        ) % {"n": len(work.done)})  # fmt: skip
    return back(request) or redirect("posts", workspace.pk)


def undoable(request: HttpRequest) -> dict[str, Any] | None:
    """The last deed of this person in this workspace, while it is fresh."""
    last: dict[str, Any] | None = request.session.get("many")
    if not last or last["place"] != str(request.member.workspace_id) or not last["done"]:  # type: ignore[attr-defined]
        return None
    return last if datetime.fromisoformat(last["at"]) > timezone.now() - KEPT else None


def _many(request: HttpRequest, *, now: datetime) -> Many:
    return Many(request.member, now)  # type: ignore[attr-defined]


def _asked(request: HttpRequest, work: Many) -> Callable[[Post], dict[str, Any]] | str:
    """What was pressed, as a deed; or a sentence that says what is missing."""
    given, did = request.POST, _pressed(request)
    if did == "shift":
        by = timedelta(days=_number(given.get("days", "")), hours=_number(given.get("hours", "")))
        return work.move(lambda wall: wall + by) if by else _("Say by how many days or hours.")
    if did == "date":
        try:
            day = date.fromisoformat(given.get("date", ""))
        except ValueError:
            return _("That is not a day. Nothing was changed.")
        return work.move(lambda wall: datetime.combine(day, wall.time()))
    if did in ("label", "unlabel"):
        name = " ".join(given.get("label", "").split())[:60]
        if not name:
            return _("Write the label first.")
        if did == "label":
            return work.label(Label.objects.get_or_create(workspace=work.workspace, name=name)[0])
        label = Label.objects.filter(workspace=work.workspace, name=name).first()
        return work.label(label, on=False) if label else _("There is no label “%(name)s”.") % {"name": name}
    deeds = {"hold": work.hold, "release": work.release, "remove": work.remove}
    return deeds.get(did) or _("Choose what to do with them.")


def _pressed(request: HttpRequest) -> str:
    """Enter in a field means what is typed there."""
    given = request.POST
    did = given.get("do", "")
    if did != "typed":
        return did
    return "label" if given.get("label", "").strip() else "date" if given.get("date") else "shift"


def _done(did: str, n: int) -> str:
    said = {
        "shift": ngettext("%(n)d post is moved.", "%(n)d posts are moved.", n),
        "date": ngettext("%(n)d post is moved.", "%(n)d posts are moved.", n),
        "label": ngettext("%(n)d post has the label.", "%(n)d posts have the label.", n),
        "unlabel": ngettext("%(n)d post is without the label.", "%(n)d posts are without the label.", n),
        "hold": ngettext("%(n)d post is held back.", "%(n)d posts are held back.", n),
        "release": ngettext("%(n)d post goes on at its time.", "%(n)d posts go on at their times.", n),
        "remove": ngettext("%(n)d post is off the desk.", "%(n)d posts are off the desk.", n),
    }  # fmt: skip
    return said[did] % {"n": n}


def _tell(request: HttpRequest, work: Many, *, said: str) -> None:
    if work.done:
        messages.success(request, said)
    reasons: dict[str, list[Post]] = defaultdict(list)
    for post, why in work.left:
        reasons[why].append(post)
    for why, posts in reasons.items():
        names = ", ".join(f"“{post.first_words}”" for post in posts[:NAMED])
        more = len(posts) - NAMED
        if more > 0:
            text = ngettext(
                "%(names)s and %(n)d other stay as they were. %(why)s",
                "%(names)s and %(n)d others stay as they were. %(why)s", more,
            ) % {"names": names, "n": more, "why": why}  # fmt: skip
        else:
            text = ngettext(
                "%(names)s stays as it was. %(why)s", "%(names)s stay as they were. %(why)s", len(posts)
            ) % {"names": names, "why": why}  # fmt: skip
        messages.warning(request, text)


def _number(text: str) -> int:
    try:
        return max(-3650, min(3650, int(text)))
    except ValueError:
        return 0
