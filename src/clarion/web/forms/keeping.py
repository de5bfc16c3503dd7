"""Keeping what was written: in the post, in a person's working copy beside it, or not yet, with the reason why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from clarion.channels.models import Channel
from clarion.deliveries.models import Delivery
from clarion.organisations.models import Member, Workspace
from clarion.posts.content import Content
from clarion.posts.models import Label, Late, OtherPage, Post, Promised, Stale, Working
from clarion.posts.models.evergreen import BadEvergreen
from clarion.posts.models.post import LATE_MINUTES, AlreadyLeaving
from clarion.posts.when import BadTime
from clarion.web.forms.composition import Composition
from clarion.web.forms.conflict import Conflict


class Refusal(Exception):
    """It was not saved. The composition still has every word; ``status`` is the answer's."""

    def __init__(self, composition: Composition, *, status: int = 422, conflict: Conflict | None = None) -> None:
        super().__init__(status)
        self.composition = composition
        self.status = status
        self.conflict = conflict


@dataclass(frozen=True)
class Kept:
    """Where words are after they were kept without a press: in the ``draft``; in a ``working`` copy, because the post
    is promised; ``apart``, because somebody wrote another version; or nowhere, because there was ``nothing``, or the
    post is ``gone``."""

    where: str
    version: int = 0
    working: int = 0


class Keeping:
    """The part of a visit that keeps words; see ``Visit``, which says what there is."""

    member: Member
    workspace: Workspace
    post: Post | None
    now: datetime
    channels: list[Channel]
    fixed: dict[str, Delivery]
    due_at: datetime | None
    working: Working | None
    is_promised: bool

    def split(self, composition: Composition) -> tuple[Composition, Conflict | None]:
        """What a working copy says beside a version that somebody saved since: the page asks at once."""
        if self.post is None or not composition.working or composition.version == self.post.version:
            return composition, None
        mine = replace(composition, base=composition.version, version=self.post.version)
        return mine, self._conflict(self.post, mine)

    def save(self, composition: Composition) -> Post:
        """Keeps the words. Raises ``Refusal``."""
        self._refuse_unsayable(composition)
        with self._nobody_loses(), transaction.atomic():
            return self._keep(composition)

    def keep(self, composition: Composition) -> Kept:
        """Keeps what is being written, without a press: see ``Kept``. Raises ``Refusal`` for what cannot be kept."""
        self._refuse_unsayable(composition)
        quiet = replace(composition, new_labels="")  # a half-typed name makes no label
        if self.post is None and quiet.key:
            self.post = Post.objects.kept().filter(workspace=self.workspace, key=quiet.key).first()
            quiet = replace(quiet, version=quiet.version or 1)
        if self.post is None:
            if quiet.is_blank:
                return Kept("nothing")
            with transaction.atomic():
                self.post = self._write(quiet, self._values(quiet))
                self._want(self.post, quiet)
                self._belong(self.post, quiet, quietly=True)
        elif self.post.removed_at is not None:
            return Kept("gone", self.post.version)
        elif self.is_promised or quiet.only or quiet.base:
            return self._keep_beside(composition)
        else:
            return self._keep_draft(composition, quiet)
        return Kept("draft", self.post.version)

    def _keep_draft(self, composition: Composition, quiet: Composition) -> Kept:
        assert self.post is not None
        values = self._values(quiet)
        try:
            with transaction.atomic():
                if not self._is_same(self.post, quiet, values):
                    self.post.keep(by=self.member.user, version=quiet.version, page=quiet.page, **values)
                self._want(self.post, quiet)
                self._belong(self.post, quiet, quietly=True)
        except Stale:
            return self._keep_beside(composition, where="apart")
        except Promised:
            return self._keep_beside(composition)
        return Kept("draft", self.post.version)

    def _keep_beside(self, composition: Composition, *, where: str = "") -> Kept:
        """In the person's working copy. Raises ``Refusal`` when another page of hers wrote there since."""
        assert self.post is not None
        begun = composition.base or composition.version
        try:
            kept = Working.objects.keep(
                post=self.post, user=self.member.user, whole=composition.as_working, based_on=begun,
                version=composition.working, page=composition.page, now=self.now,
            )  # fmt: skip
        except OtherPage as other:
            raise self._split_in_two_pages(composition, other.current) from other
        stale = begun != self.post.version
        return Kept(where or ("apart" if stale else "working"), self.post.version, kept.version)

    def drop(self) -> None:
        """The person's working copy goes; what is kept stands."""
        if self.working is not None:
            self.working.delete()

    def restore(self, words: Content, variants: Mapping[str, Content]) -> None:
        """Old words again: as a new version of a draft, or beside what goes out until they are saved."""
        assert self.post is not None
        known = {str(one.pk) for one in self.channels}
        again = replace(
            Composition.of(self.post, at=self.due_at, now=self.now), words=words,
            variants={pk: said for pk, said in variants.items() if pk in known},
            working=self.working.version if self.working else 0,
        )  # fmt: skip
        if self.is_promised:
            self._keep_beside(again)
        else:
            self.save(again)

    def join(self, composition: Composition, answers: Mapping[str, str]) -> Post:
        """One text of two, by the answers: into the draft, or beside what goes out until it is saved.

        Raises ``Refusal`` with the conflict anew when somebody has saved again meanwhile.
        """
        if self.post is None or self.post.removed_at is not None or self.post.version != composition.version:
            return self.save(composition)
        joined = self._conflict(self.post, composition).joined(answers)
        if self.is_promised or composition.only:
            self._refuse_unsayable(joined)
            self._keep_beside(joined)
            return self.post
        return self.save(joined)

    def _refuse_unsayable(self, composition: Composition) -> None:
        if composition.troubles:
            raise Refusal(composition)
        said = [part.text + "".join(shot.alt for shot in part.shots) for c in composition.contents for part in c.parts]
        if any("\x00" in text for text in said):
            raise Refusal(composition.with_trouble(
                _("The text has a control character that cannot be kept. Remove it and type the line anew.")
            ))  # fmt: skip
        if any(len(name.strip()) > 60 for name in composition.new_labels.split(",")):
            raise Refusal(composition.with_trouble(_("A label has at most 60 characters.")))

    # -- into the post

    @contextmanager
    def _nobody_loses(self) -> Iterator[None]:
        """Refused because of another version: the words are kept beside it. Saved: the working copy has gone by."""
        try:
            yield
        except Refusal as refusal:
            if refusal.conflict is not None and not refusal.conflict.gone and not refusal.conflict.myself:
                kept = self._keep_beside(refusal.composition)
                refusal.composition = replace(refusal.composition, working=kept.working)
            raise
        self.drop()

    def _keep(self, composition: Composition) -> Post:
        post = self.post
        if post is None and composition.key:
            post = Post.objects.kept().filter(workspace=self.workspace, key=composition.key).first()
            composition = replace(composition, version=1)
        copy, page = self.working, composition.page
        if copy is not None and copy.version != composition.working and not (page and copy.page == page):
            raise self._split_in_two_pages(composition, copy.version)
        values = self._values(composition)
        if post is None:
            post = self._write(composition, values)
            if post.said != values["content"]:  # made by the same page a moment ago, with fewer words
                post = self._edit(post, composition, values)
        elif post.removed_at is None and self._is_same(post, composition, values):
            post.settle()
        else:
            post = self._edit(post, composition, values)
        self._want(post, composition)
        self._belong(post, composition)
        return post

    def _values(self, composition: Composition) -> dict[str, Any]:
        return {
            "content": self._marked(composition.words), "channels": self._carriers(composition),
            "labels": self._labels(composition), "variants": self._variants(composition),
            "late_minutes": composition.late_number or LATE_MINUTES,
            "late": composition.late if composition.late in Late.values else Late.SEND,
        }  # fmt: skip

    def _marked(self, words: Content) -> Content:
        """A model that helped once is never forgotten, whatever the form says."""
        before = self.post.said.help if self.post else ()
        return replace(words, help=tuple(dict.fromkeys((*before, *words.help))))

    def _want(self, post: Post, composition: Composition) -> None:
        """A draft is meant for the time that somebody chose."""
        if not self.is_promised and composition.moment != composition.offered:
            try:
                at = composition.due(zone=self.workspace.tz, now=self.now).at
            except BadTime:
                at = None
            if post.wanted_at != at:
                post.want(at)

    def _belong(self, post: Post, composition: Composition, *, quietly: bool = False) -> None:
        """Puts the post where it belongs. ``quietly``: half-typed numbers are left for later."""
        if composition.belongs is None:
            return
        post.workspace = self.workspace
        try:
            composition.belongs.keep(post, by=self.member.user, now=self.now)
        except BadEvergreen as error:
            if not quietly:
                raise Refusal(composition.with_trouble(str(error))) from error

    def _write(self, composition: Composition, values: dict[str, Any]) -> Post:
        try:
            with transaction.atomic():
                return Post.objects.write(
                    workspace=self.workspace, by=self.member.user, key=composition.key or None, page=composition.page,
                    **values,
                )  # fmt: skip
        except IntegrityError:  # the same form at the same moment: it is that post
            return Post.objects.get(workspace=self.workspace, key=composition.key)

    def _edit(self, post: Post, composition: Composition, values: dict[str, Any]) -> Post:
        if post.removed_at is not None:
            anew = replace(composition, version=0, base=0, key=f"composer-{uuid4()}")
            raise Refusal(anew, status=409, conflict=self._conflict(post, anew, gone=True))
        version = post.version if composition.page and post.page == composition.page else composition.version
        try:
            return post.edit(by=self.member.user, version=version, **values)
        except Stale as stale:
            post.refresh_from_db()
            mine = replace(composition, version=stale.current, base=composition.base or composition.version)
            raise Refusal(mine, status=409, conflict=self._conflict(post, mine)) from stale
        except AlreadyLeaving as error:
            raise Refusal(composition.with_trouble(str(error)), status=409) from error

    def _is_same(self, post: Post, composition: Composition, values: dict[str, Any]) -> bool:
        """Nothing was changed: no revision is written for it."""
        theirs = Composition.of(post, at=None, now=self.now)
        return (
            theirs.words == values["content"]
            and dict(theirs.variants) == {str(pk): said for pk, said in values["variants"].items()}
            and set(theirs.channels) == {str(one.pk) for one in values["channels"]}
            and set(theirs.labels) == {str(one.pk) for one in values["labels"]}
            and (post.late, post.late_minutes) == (values["late"], values["late_minutes"])
        )  # fmt: skip

    def _conflict(self, post: Post, mine: Composition, *, gone: bool = False) -> Conflict:
        by, at = str(post.changed_by) if post.changed_by else _("somebody"), post.removed_at or post.changed_at
        theirs = Composition.of(post, at=self.due_at, now=self.now)
        return Conflict(
            mine, theirs, by, at, base=self._base(post, mine), channels=tuple(self.channels), gone=gone,
            myself=post.changed_by_id == self.member.user_id,
        )  # fmt: skip

    def _base(self, post: Post, mine: Composition) -> Composition | None:
        """What both began from: the version itself, or the last one before it that the history has."""
        found = post.revisions.filter(version__lte=mine.base or mine.version).order_by("version").last()
        if found is None:
            return None
        variants = {pk: Content.from_json(said) for pk, said in found.whole.get("variants", {}).items()}
        return Composition(words=Content.from_json(found.whole["content"]), variants=variants)

    def _split_in_two_pages(self, composition: Composition, current: int) -> Refusal:
        """Another open page of the same person has other words in her working copy."""
        assert self.post is not None
        copy = Working.objects.of(self.member.user).get(post=self.post)
        begun = Composition.of(self.post, at=self.due_at, now=self.now)
        theirs = replace(Composition.from_working(copy, begun), version=composition.version)
        mine = replace(composition, working=current)
        conflict = Conflict(
            mine, theirs, str(self.member.user), copy.changed_at, base=self._base(self.post, mine),
            channels=tuple(self.channels), myself=True,
        )  # fmt: skip
        return Refusal(mine, status=409, conflict=conflict)

    def _carriers(self, composition: Composition) -> list[Channel]:
        return [one for one in self.channels if str(one.pk) in (*composition.channels, *self.fixed, composition.only)]

    def _variants(self, composition: Composition) -> dict[Any, Any]:
        """Words of a channel's own. Where it is on its way or out, those that went out stand."""
        given = {
            one.pk: composition.variants[str(one.pk)] for one in self.channels if str(one.pk) in composition.variants
        }
        kept = {one.channel_id: self.post.said_on(one.channel) for one in self.fixed.values()} if self.post else {}
        own = {variant.channel_id for variant in self.post.variants.all()} if self.post else set()
        return {**{pk: said for pk, said in kept.items() if pk in own}, **given}

    def _labels(self, composition: Composition) -> list[Label]:
        chosen = list(Label.objects.filter(workspace=self.workspace, pk__in=composition.labels))
        for name in dict.fromkeys(" ".join(name.split()) for name in composition.new_labels.split(",")):
            if name:
                chosen.append(Label.objects.get_or_create(workspace=self.workspace, name=name)[0])
        return list(dict.fromkeys(chosen))
