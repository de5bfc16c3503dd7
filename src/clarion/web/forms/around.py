"""What the composer has to choose from, and what hangs on a post: many small things in one question."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Case, CharField, F, QuerySet, TextField, Value, When
from django.db.models.functions import Cast

from clarion.channels.models import Channel
from clarion.organisations.models import Workspace
from clarion.posts.models import Campaign, Category, ChannelSet, HouseRule, Label, Post, UtmPreset, Variant
from clarion.posts.models.house_rule import Mark

type Row = tuple[str, str, str]
"""A key, a word, and something more."""


class Around:
    """Labels, campaigns, categories, UTM presets, sets of channels and marks of rules of a workspace; with a ``post``,
    what hangs on it as well."""

    def __init__(self, workspace: Workspace, post: Post | None = None) -> None:
        self._workspace, self._post = workspace, post

    @cached_property
    def _rows(self) -> dict[str, list[Row]]:
        mine, nothing = {"workspace": self._workspace}, Value("", TextField())
        usual = Case(When(is_usual=True, then=Value("usual")), default=Value(""))
        asked = [
            _columns(Campaign.objects.filter(**mine), "campaign", "pk", F("name"), F("hue")),
            _columns(Category.objects.filter(**mine), "category", "pk", F("name"), F("hue")),
            _columns(ChannelSet.objects.filter(**mine), "set", "pk", F("name"), F("channels")),
            _columns(UtmPreset.objects.filter(**mine), "preset", "pk", F("name"), usual),
        ]
        rules = HouseRule.objects.holding_in(self._workspace).filter(is_active=True)
        asked.append(_columns(rules, "rule", "pk", F("version"), F("position")))
        if self._post is not None:
            of = {"post": self._post}
            asked += [
                _columns(Post.channels.through.objects.filter(**of), "carrier", "channel_id", nothing, nothing),
                _columns(Post.labels.through.objects.filter(**of), "labelled", "label_id", nothing, nothing),
                _columns(Variant.objects.filter(**of), "variant", "channel_id", nothing, F("content")),
            ]
        labels = _columns(Label.objects.filter(**mine), "label", "pk", F("name"), nothing)
        rows = labels.union(*asked, all=True).order_by()
        found: dict[str, list[Row]] = {}
        for kind, *row in sorted(rows, key=lambda row: (row[2] or "").casefold()):
            found.setdefault(kind, []).append(tuple(row))  # type: ignore[arg-type]
        return found

    def _of(self, kind: str) -> list[Row]:
        return self._rows.get(kind, [])

    @cached_property
    def labels(self) -> list[Label]:
        return [Label(pk=int(key), name=word) for key, word, _more in self._of("label")]

    @cached_property
    def campaigns(self) -> list[Campaign]:
        return [Campaign(pk=UUID(key), name=word, hue=hue) for key, word, hue in self._of("campaign")]

    @cached_property
    def categories(self) -> list[Category]:
        return [Category(pk=UUID(key), name=word, hue=hue) for key, word, hue in self._of("category")]

    @cached_property
    def presets(self) -> list[UtmPreset]:
        return [UtmPreset(pk=UUID(key), name=word, is_usual=more == "usual") for key, word, more in self._of("preset")]

    @property
    def rules(self) -> list[Mark]:
        """The rules of the house that are on."""
        return [(UUID(key), int(version), int(position)) for key, version, position in self._of("rule")]

    @property
    def sets(self) -> list[tuple[UUID, str, UUID | None]]:
        """Id and name of each set, with one of its channels at a time."""
        return [(UUID(key), word, UUID(channel) if channel else None) for key, word, channel in self._of("set")]

    def hang(self, channels: Sequence[Channel]) -> None:
        """Hangs what was found on the post, so that nobody asks for it again."""
        post = self._post
        assert post is not None, "asked only with a post"
        carriers = {UUID(key) for key, _word, _more in self._of("carrier")}
        labelled = {int(key) for key, _word, _more in self._of("labelled")}
        own = [
            Variant(post=post, channel_id=UUID(key), content=json.loads(more))
            for key, _word, more in self._of("variant")
        ]  # fmt: skip
        known = {
            "channels": _asked(Channel.objects.filter(posts=post), [one for one in channels if one.pk in carriers]),
            "labels": _asked(Label.objects.filter(posts=post), [one for one in self.labels if one.pk in labelled]),
            "variants": _asked(Variant.objects.filter(post=post), own),
        }
        post._prefetched_objects_cache = known  # type: ignore[attr-defined]


def _asked(rows: QuerySet[Any], found: list[Any]) -> QuerySet[Any]:
    """The question with its answer, as Django keeps what it has fetched ahead."""
    rows._result_cache, rows._prefetch_done = found, True  # type: ignore[attr-defined]
    return rows


def _columns(rows: QuerySet[Any], kind: str, key: str, word: Any, more: Any) -> QuerySet[Any]:
    """The same columns of whatever it is, as text; names that no model has, so that each can be said anew."""
    return (
        rows.order_by()
        .annotate(c_kind=Value(kind), c_key=Cast(F(key), CharField()), c_word=Cast(word, TextField()))
        .annotate(c_more=Cast(more, TextField()))
        .values_list("c_kind", "c_key", "c_word", "c_more")
    )
