"""What waits for a yes, as people see it: the rows of the list, and one question with all that one has to know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from clarion.approvals import mentions
from clarion.approvals.eyes import authors_of, covers, in_whose_place
from clarion.approvals.models import Asked, Comment, Decision, Request
from clarion.approvals.progress import State
from clarion.channels.models import Channel
from clarion.networks.words import Refused
from clarion.organisations.dates import written
from clarion.organisations.ids import is_id
from clarion.organisations.models import Member, Workspace
from clarion.posts.content import Content
from clarion.posts.diff import Piece
from clarion.posts.fitting import fitted
from clarion.posts.models import LinkCard, Media, Post
from clarion.web import histories
from clarion.web.forms.caption_files import names
from clarion.web.forms.checks import captions_taken, shown_options
from clarion.web.previews import Preview, preview, wanted

A_PAGE = 40
MINE, ALL, DECIDED = "", "all", "decided"
WORDS = 140
"""Characters of a post's words in the list."""


@dataclass(frozen=True)
class Mark:
    """The last row of a page: the next page begins behind it."""

    at: datetime
    pk: UUID

    @classmethod
    def read(cls, text: str) -> Mark | None:
        at, _colon, pk = text.rpartition("_")
        try:
            return cls(datetime.fromisoformat(at), UUID(pk)) if is_id(pk) else None
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.at.isoformat()}_{self.pk}"


@dataclass(frozen=True)
class Row:
    """One question in the list. ``stage``: where it stands, in words; ``awaited``: who has not answered yet, and
    ``answered`` who has."""

    request: Request
    text: str
    channels: tuple[Channel, ...]
    stage: str
    awaited: tuple[str, ...]
    answered: tuple[Decision, ...]
    picture: Any
    is_changed: bool
    is_overdue: bool


@dataclass(frozen=True)
class Page:
    rows: tuple[Row, ...]
    after: Mark | None


def wanting(member: Member, *, shelf: str) -> Any:
    """The questions on a shelf: what waits for this member, all that waits, or what was decided."""
    absent = in_whose_place(member)
    if shelf == MINE:
        return Request.objects.asking(member, absent=absent)
    shown = Request.objects.shown_to(member, absent=absent)
    if shelf == ALL:
        return shown.waiting()
    return shown.filter(state__in=(State.APPROVED, State.REFUSED, State.GLASS))


def page(member: Member, *, shelf: str, after: Mark | None, channels: Iterable[Channel], now: datetime) -> Page:
    """What is due first comes first; what was decided, the newest first. Light columns and few queries."""
    found = wanting(member, shelf=shelf).select_related("asked_by")
    if shelf == DECIDED:
        found = found.order_by("-id")
        found = found.filter(pk__lt=after.pk) if after else found
    else:
        found = found.order_by("due_at", "id")
        found = found.filter(Q(due_at__gt=after.at) | Q(due_at=after.at, pk__gt=after.pk)) if after else found
    some = list(found[: A_PAGE + 1])
    shown = some[:A_PAGE]
    rows = tuple(_rows(shown, member=member, channels=channels, now=now))
    last = shown[-1] if len(some) > A_PAGE else None
    return Page(rows, Mark(last.due_at, last.pk) if last else None)


@dataclass(frozen=True)
class Unseen:
    """What went out without a yes, and nobody has looked at yet."""

    request: Request
    text: str
    channels: tuple[Channel, ...]
    is_late: bool


def unreviewed(member: Member, *, shelf: str, channels: Iterable[Channel], now: datetime) -> list[Unseen]:
    """The oldest first. On the shelf of what waits for her only what she may look at."""
    if shelf == DECIDED or (shelf == MINE and not member.may("approve")):
        return []
    found = Request.objects.shown_to(member).unreviewed().select_related("glass_by", "post")
    found = found.order_by("ended_at", "id")
    if shelf == MINE:
        found = found.exclude(glass_by=member.user_id)
        for theirs in ("author", "words_of", "revisions__by", "approval_requests__asked_by"):
            found = found.exclude(**{f"post__{theirs}": member.user_id})
    known = {str(one.pk): one for one in channels}
    return [
        Unseen(
            one, words_of(one), tuple(known[pk] for pk in one.seals if pk in known),
            one.review_due_at is not None and one.review_due_at <= now,
        ) for one in found[:A_PAGE] if shelf != MINE or not _comes_again(one.post) or may_review(one, member)
    ]  # fmt: skip


def _comes_again(post: Post) -> bool:
    """Its words may be those of others, who wrote another post of the same rule or pool."""
    return bool(post.again_of_id or post.recurrence_id)


def first_for(member: Member, *, besides: Any = None) -> Request | None:
    """The next question that waits for her."""
    found: Request | None = wanting(member, shelf=MINE).exclude(pk=besides).order_by("due_at", "id").first()
    return found


def _rows(found: Sequence[Request], *, member: Member, channels: Iterable[Channel], now: datetime) -> Iterator[Row]:
    known = {str(one.pk): one for one in channels}
    awaited: dict[Any, list[str]] = defaultdict(list)
    answered: dict[Any, list[Decision]] = defaultdict(list)
    for asked in Asked.objects.filter(request__in=found, answered_at=None).select_related("person").order_by("pk"):
        awaited[asked.request_id].append(str(asked.person))
    for given in Decision.objects.filter(request__in=found).select_related("person", "guest"):
        answered[given.request_id].append(given)
    mine = Decision.objects.filter(
        person=member.user_id, answer=Decision.Answer.YES, request__post__in=[one.post_id for one in found]
    ).values_list("request", "request__post")  # fmt: skip
    said_yes = {(post, request) for request, post in mine}
    firsts = {one.pk: _first_file(one) for one in found}
    files = {str(row.pk): row for row in Media.objects.filter(pk__in=filter(None, firsts.values()))}
    for one in found:
        picture = files.get(firsts[one.pk])
        yield Row(
            one, words_of(one), tuple(known[pk] for pk in one.seals if pk in known), stage_said(one),
            (*awaited[one.pk], *(one.here.guests if one.state == State.WAITING else ())), tuple(answered[one.pk]),
            picture if picture is not None and picture.is_image else None,
            any(post == one.post_id and request != one.pk for post, request in said_yes),
            one.state == State.WAITING and one.due_at <= now,
        )  # fmt: skip


def _parts(request: Request) -> Iterator[Mapping[str, Any]]:
    for whole in request.said.values():
        yield from whole["content"]["parts"]


def words_of(request: Request) -> str:
    """The first words of what was sealed."""
    text = next((part["text"] for part in _parts(request) if part["text"].strip()), "")
    return " ".join(text.split())[:WORDS] or _("(no text)")


def files_of(request: Request) -> set[str]:
    """The ids of all files of what was sealed."""
    return {shot["media"] for part in _parts(request) for shot in part["shots"]}


def _first_file(request: Request) -> str:
    return next((shot["media"] for part in _parts(request) for shot in part["shots"]), "")


def stage_said(request: Request) -> str:
    """ "Mayor, step 2 of 3"; empty where there is one step without a name."""
    name, count = request.here.name, len(request.stages)
    if count == 1:
        return name
    told = {"name": name, "n": request.stage + 1, "all": count}
    return _("%(name)s, step %(n)d of %(all)d") % told if name else _("Step %(n)d of %(all)d") % told


# -- one question


@dataclass(frozen=True)
class Spoken:
    """What one channel will say. ``files`` have their descriptions; ``links``: short addresses and where they lead;
    ``sentence``: why there is no picture of it."""

    channel: Any
    content: Content
    seen: Preview | None
    files: tuple[tuple[Any, str], ...]
    links: tuple[tuple[str, str], ...]
    sentence: str = ""


@dataclass(frozen=True)
class Since:
    """What is other than at the last yes: ``lines`` are sentences, ``changes`` words."""

    request: Request
    answers: tuple[Decision, ...]
    lines: tuple[str, ...]
    changes: tuple[histories.Change, ...]


def spoken(request: Request, *, channels: Iterable[Channel], workspace: Workspace, now: datetime) -> list[Spoken]:
    """The exact words of each channel as they will look, from what was sealed."""
    known = {str(one.pk): one for one in channels}
    said = {pk: Content.from_json(whole["content"]) for pk, whole in request.said.items()}
    ids = {media for content in said.values() for media in content.media_ids}
    rows = {str(row.pk): row for row in Media.objects.filter(workspace=workspace, pk__in=ids)} if ids else {}
    on = [known[pk] for pk in said if pk in known]
    cards = LinkCard.objects.known(workspace, wanted(said.values(), on), now=now)
    found = []
    for pk, content in said.items():
        channel, seen, sentence = known.get(pk), None, ""
        if channel is not None:
            try:
                draft = fitted(content, channel=channel, is_spoken=True, make=False).draft
                tracks = [
                    names(captions_taken(part, words, rows, channel.rules))
                    for words, part in zip(content.parts, draft.parts, strict=True)
                ]
                shown = shown_options(channel, draft)
                seen = preview(channel, content, draft=draft, rows=rows, cards=cards, shown=shown, captions=tracks)
            except Refused as gone:
                sentence = gone.sentence
        files = tuple(
            (rows[shot.media], shot.alt) for part in content.parts for shot in part.shots if shot.media in rows
        )
        found.append(Spoken(channel, content, seen, files, tuple(request.said[pk]["links"].items()), sentence))
    return found


def since_last_yes(request: Request, *, channels: Iterable[Channel], workspace: Workspace) -> Since | None:
    """None where nobody said yes to an earlier wording."""
    earlier = request.last_yes()
    if earlier is None:
        return None
    known = {str(one.pk): one for one in channels}
    both = [pk for pk in request.said if pk in earlier.said]
    versions = []
    for one in (earlier, request):
        contents = {pk: Content.from_json(one.said[pk]["content"]) for pk in both}
        versions.append(histories.Version(one.version, Content(), contents, "", one.asked_at))
    changes = histories.compared(*versions, channels=known.values()) if both else []
    answers = earlier.decisions.filter(answer=Decision.Answer.YES).select_related("person", "guest")
    lines = _other_lines(earlier, request, known, workspace=workspace, words=changes)
    return Since(earlier, tuple(answers), tuple(lines), tuple(_joined(changes, len(both))))


def _joined(changes: Sequence[histories.Change], channels: int) -> Iterator[histories.Change]:
    """What changed alike on every channel is told once, without their names."""
    alike: dict[tuple[str, tuple[Piece, ...]], list[histories.Change]] = defaultdict(list)
    for one in changes:
        alike[one.title.partition(" · ")[2], one.pieces].append(one)
    for (rest, pieces), some in alike.items():
        if len(some) == channels:
            yield histories.Change(rest, pieces)
        else:
            yield from some


def _other_lines(
    old: Request, new: Request, known: Mapping[str, Channel], *, workspace: Workspace, words: Sequence[Any]
) -> Iterator[str]:
    for pk in new.said:
        if pk not in old.said and pk in known:
            yield _("It goes out on %(channel)s as well.") % {"channel": known[pk]}
    for pk in old.said:
        if pk not in new.said and pk in known:
            yield _("It does not go out on %(channel)s any more.") % {"channel": known[pk]}
    both = [pk for pk in new.said if pk in old.said]
    moved: dict[tuple[str, str], list[str]] = defaultdict(list)
    for pk in both:
        moved[old.said[pk]["from"], new.said[pk]["from"]].append(pk)
    for (before, after), some in moved.items():
        names = [str(known[pk]) for pk in some if pk in known]
        told = {"old": _time(before, workspace), "new": _time(after, workspace), "channels": ", ".join(names)}
        if before != after and len(some) == len(both):
            yield _("It goes out at %(new)s instead of %(old)s.") % told
        elif before != after:
            yield _("On %(channels)s it goes out at %(new)s instead of %(old)s.") % told
        elif any(old.said[pk]["until"] != new.said[pk]["until"] for pk in some):
            yield _("The time within which it may still go out has changed.")
    if any(old.said[pk]["files"] != new.said[pk]["files"] for pk in both) and not words:
        yield _("A file was replaced by another version, or has other captions or another name.")
    led = {address: target for pk in both for address, target in old.said[pk]["links"].items()}
    leads = {address: target for pk in both for address, target in new.said[pk]["links"].items()}
    for address, target in leads.items():
        if led.get(address, target) != target:
            yield _("%(address)s leads to %(new)s, no longer to %(old)s.") % {
                "address": address, "new": target, "old": led[address],
            }  # fmt: skip


def _time(text: str, workspace: Workspace) -> str:
    return written(datetime.fromisoformat(text).astimezone(workspace.tz), "j M, H:i")


@dataclass(frozen=True)
class Place:
    """What one member can do with a question now. ``refusal``: why she cannot decide although she might have."""

    may_decide: bool = False
    refusal: str = ""
    may_take_back: bool = False


def place_of(member: Member, request: Request) -> Place:
    if request.state not in (State.WAITING, State.APPROVED):
        return Place()
    gave = request.decisions.filter(person=member.user_id, answer=Decision.Answer.YES).exists()
    if request.state != State.WAITING or not covers(request, member):
        return Place(may_take_back=gave)
    if member.user_id in authors_of(request):
        return Place(refusal=_("You wrote some of this yourself: somebody else has to say yes to it."))
    return Place(may_decide=True, may_take_back=gave)


def window_said(request: Request, workspace: Workspace) -> str:
    """The time window of the yes, in words."""
    begin, end = (at.astimezone(workspace.tz) for at in (request.due_at, request.until))
    told = {"from": written(begin, "l j F, H:i"), "day": written(begin, "l j F"), "until": written(end, "j M, H:i")}
    if request.window == "day":
        return _("At any time on %(day)s. It may be moved within that day without another yes.") % told
    return _("On %(from)s, and not after %(until)s. Another time needs another yes.") % told


def comments_on(post: Post, member: Member) -> list[Comment]:
    """What was said about the post, oldest first; of answers each below what it answers."""
    if not member.may("read"):
        return []
    rows = list(post.comments.select_related("person", "guest", "resolved_by").order_by("at", "id")[:200])
    people = mentions.mentionable(member.workspace) if any("@" in row.text and not row.guest_id for row in rows) else []
    for row in rows:
        row.pieces = mentions.pieces(row.text, () if row.guest_id else people)  # guests mention nobody
    first = [one for one in rows if one.answers_id is None]
    return [one for head in first for one in (head, *(row for row in rows if row.answers_id == head.pk))]


def may_review(request: Request, member: Member) -> bool:
    """Whether she can look at what went out without a yes: not her own work, nor her own press."""
    if request.glass_by_id is None or request.reviewed_at is not None or not member.may("approve"):
        return False
    return member.user_id != request.glass_by_id and member.user_id not in authors_of(request)
