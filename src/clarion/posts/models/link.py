from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from clarion.channels.models import Channel
from clarion.networks.text import links
from clarion.organisations.ids import new_id
from clarion.organisations.models import Workspace
from clarion.organisations.models.user import person
from clarion.posts.content import LINKS, Content
from clarion.posts.news import meant_otherwise
from clarion.records.models import Event

from .kit import Kit

if TYPE_CHECKING:
    from .post import Post

LETTERS = "23456789bcdfghjkmnpqrstvwxz"
"""Of these a name is made: no vowels, so no words, and nothing that looks like another letter."""
LENGTH = 6
LONGEST = 2_000
"""Characters of a target, at most."""
RESERVED = frozenset((
    "account", "admin", "api", "connect", "design", "favicon", "health", "index", "lent", "login", "logout", "metrics",
    "robots", "setup", "sitemap", "static", "theme", "webhook", "webhooks", "www",
))  # fmt: skip
"""Names that may mean something of Clarion's own one day, on whatever domain."""
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])")
SHORT = "short"
"""The value of a post's option ``links`` that shortens them and adds nothing; a preset's id adds that preset."""
SPOKEN = ("text", "lines")
"""Kinds of options in which links and mentions are words as in a text."""


class BadLink(ValueError):
    """An address, or a name for one, that cannot be used; the sentence says why."""


class UtmPreset(Kit):
    """What is added to links, so that the statistics of the linked site can tell where readers came from.

    Each value may have ``{network}``, ``{channel}``, ``{campaign}`` and ``{label}``; what stays empty is not added.
    """

    noun = "utm_preset"

    source = models.CharField(max_length=100, default="{network}", blank=True)
    medium = models.CharField(max_length=100, default="social", blank=True)
    campaign = models.CharField(max_length=100, default="{campaign}", blank=True)
    content = models.CharField(max_length=100, default="", blank=True)
    is_usual = models.BooleanField(default=False)
    """New posts begin with it. At most one of a workspace is."""

    def save(self, *args: Any, **more: Any) -> None:
        super().save(*args, **more)
        if self.is_usual:
            others = UtmPreset.objects.filter(workspace=self.workspace_id, is_usual=True).exclude(pk=self.pk)
            others.update(is_usual=False)

    def values(self, post: Post, channel: Channel) -> dict[str, str]:
        label = post.labels.order_by("name").first() if "{label}" in self._all else None
        known = {
            "network": channel.network, "channel": channel.handle, "label": label.name if label else "",
            "campaign": post.campaign.name if post.campaign else "",
        }  # fmt: skip
        made = {
            f"utm_{name}": _filled(getattr(self, name), known) for name in ("source", "medium", "campaign", "content")
        }
        return {name: value for name, value in made.items() if value}

    @property
    def _all(self) -> str:
        return self.source + self.medium + self.campaign + self.content


VARIABLES = ("network", "channel", "campaign", "label")


def _filled(pattern: str, known: Mapping[str, str]) -> str:
    return slugify(re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], ""), pattern), allow_unicode=True)


class LinkQuerySet(models.QuerySet["Link"]):
    def of(self, user: Any) -> Self:
        return self.filter(workspace__members__user=user)

    def make(self, *, workspace: Workspace, target: str, by: Any, slug: str = "", **values: Any) -> Link:
        """A short address for ``target``, under the name ``slug`` or one of chance. Raises ``BadLink``."""
        target = sound(target)
        chosen = _sound_name(slug) if slug else ""
        for _attempt in range(8):
            name = chosen or "".join(secrets.choice(LETTERS) for _letter in range(LENGTH))
            try:
                with transaction.atomic():
                    link = self.create(
                        workspace=workspace, slug=name, target=target, address=f"{prefix()}{name}", by=person(by),
                        **values,
                    )  # fmt: skip
                    Event.objects.write("link.made", subject=link, by=by, workspace=workspace, after={"slug": name})
                    return link
            except IntegrityError:
                if chosen:
                    raise BadLink(_("“%(name)s” is taken. Choose another name.") % {"name": chosen}) from None
                same = {field: values[field] for field in ("post", "channel", "url_sha256") if field in values}
                if same and (link := self.filter(**same).first()) is not None:
                    return link  # another save of the post was first
        raise RuntimeError("no free name was found for a short link")

    def fix(self, post: Post, *, channels: Iterable[Channel], by: Any) -> None:
        """Gives every link of the post its short address on each channel, where the post wants that.

        An address that was given once stays. Where it leads follows the post's preset and campaign, until a person
        has said where.
        """
        if not post.said.options.get(LINKS):
            return
        preset = UtmPreset.objects.filter(workspace=post.workspace_id, pk=preset_of(post.said.options)).first()
        known = {(link.channel_id, link.url): link for link in self.filter(post=post)}
        for channel in channels:
            said, more = post.said_on(channel), preset.values(post, channel) if preset else {}
            for url in links_of(said, channel) if said.options.get(LINKS) else ():
                target, mine = with_values(url, more), known.get((channel.pk, url))
                if mine is None:
                    made = self.make(
                        workspace=post.workspace, target=target, by=by, post=post, channel=channel, url=url,
                        url_sha256=hashlib.sha256(url.encode()).hexdigest(), preset=preset,
                    )  # fmt: skip
                    known[channel.pk, url] = made
                elif mine.target != target and not mine.is_led:
                    mine.lead(target, by=by, by_hand=False)

    def addresses(self, post: str) -> dict[tuple[Any, str], str]:
        """The short addresses of a post's links, by channel and link as it is written."""
        rows = self.filter(post=post).values_list("channel", "url", "address")
        return {(channel, url): address for channel, url, address in rows}

    def counted(self) -> Self:
        """Each with its ``clicks``: asked for the rows of a page alone, however many links there are."""
        visits = Visit.objects.filter(link=OuterRef("pk")).order_by().values("link").annotate(sum=Sum("count"))
        return self.annotate(clicks=Coalesce(Subquery(visits.values("sum")), 0))


class Link(models.Model):
    """A short address on our own ground, and where it leads. It works for as long as Clarion does."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="links")
    slug = models.CharField(max_length=40, unique=True)
    address = models.CharField(max_length=400)
    """As it stands in texts: it stays so, whatever becomes of the settings."""
    target = models.TextField()
    url = models.TextField(blank=True)
    """The link as its post has it; empty where a person made the address."""
    url_sha256 = models.CharField(max_length=64, blank=True)
    post = models.ForeignKey("Post", null=True, blank=True, on_delete=models.SET_NULL, related_name="links")
    channel = models.ForeignKey(Channel, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    preset = models.ForeignKey(UtmPreset, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    is_led = models.BooleanField(default=False)
    """A person has said where it leads: that stands."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = LinkQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("post", "channel", "url_sha256", name="link_once_per_post")]
        indexes = [models.Index(fields=["workspace", "-created_at"], name="link_newest")]

    def __str__(self) -> str:
        return self.address

    @property
    def shown(self) -> str:
        """The address as people read it."""
        return self.address.partition("://")[2]

    def lead(self, target: str, *, by: Any, by_hand: bool = True) -> None:
        """Leads somewhere else from now on. Raises ``BadLink``."""
        before, self.target = self.target, sound(target)
        self.is_led = self.is_led or by_hand
        with transaction.atomic():
            self.save(update_fields=["target", "is_led"])
            after = {"target": self.target[:300]}
            Event.objects.write("link.led", subject=self, by=by, before={"target": before[:300]}, after=after)
            if by_hand:
                shown = Q(listing__words__icontains=self.shown) | Q(listing__variants__icontains=self.shown)
                meant_otherwise.send(Link, workspace=self.workspace_id, by=by, fits=Q(pk=self.post_id) | shown)


class VisitQuerySet(models.QuerySet["Visit"]):
    def count_up(self, clicks: Mapping[tuple[Any, date], int]) -> None:
        """Adds clicks by link and day. A link that is gone meanwhile is passed over."""
        there = set(Link.objects.filter(pk__in={link for link, _day in clicks}).values_list("pk", flat=True))
        with transaction.atomic():
            for (link, day), count in sorted(clicks.items(), key=str):
                if link in there and not self.filter(link=link, day=day).update(count=F("count") + count):
                    self._first(link, day, count)

    def _first(self, link: Any, day: date, count: int) -> None:
        try:
            with transaction.atomic():
                self.create(link_id=link, day=day, count=count)
        except IntegrityError:  # another process was first
            self.filter(link=link, day=day).update(count=F("count") + count)


class Visit(models.Model):
    """How often a link was followed on one day of its workspace. Nothing is kept of who did."""

    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="visits")
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    objects = VisitQuerySet.as_manager()

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint("link", "day", name="visit_once_a_day")]

    def __str__(self) -> str:
        return f"{self.link_id} {self.day} {self.count}"


def prefix() -> str:
    """What stands before the name in a short address: the short domain, or ours and ``/l/``."""
    return f"{settings.SHORT_URL or settings.BASE_URL + '/l'}/"


def names_in(text: str) -> set[str]:
    """The names of all short addresses of ours in this text, as whoever follows one is understood: with or without a
    scheme, in small letters or capitals, with or without percent signs."""
    folded, found = f"{text} {unquote(text)}".casefold() if "%" in text else text.casefold(), set()
    for bare in _bare_prefixes():
        if bare in folded:
            found |= set(re.findall(re.escape(bare) + r"([a-z0-9-]+)", folded))
    return found


def _bare_prefixes() -> set[str]:
    """What stands before the name, in small letters and without a scheme: where there is a short domain, the long way
    is open, too."""
    return {one.partition("://")[2].casefold() for one in (prefix(), f"{settings.BASE_URL}/l/")}


def sound(target: str) -> str:
    """An address to which a link may lead. Raises ``BadLink``."""
    target = target.strip()
    if len(target) > LONGEST:
        raise BadLink(_("This address is too long. Use one of at most %(n)d characters.") % {"n": LONGEST})
    try:
        parts = urlsplit(target)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        known = False
    if not known or any(ord(letter) < 33 or letter in '\x7f\\"<>' for letter in target):
        raise BadLink(_("Use a whole address that begins with https:// or http://."))
    if parts.username is not None or parts.password is not None:
        raise BadLink(_("An address with a name and a password in it is not given to readers."))
    if any(target.partition("://")[2].casefold().startswith(one) for one in _bare_prefixes()):
        raise BadLink(_("This is a short address already."))
    return target


def _sound_name(name: str) -> str:
    name = name.strip().lower()
    if not NAME.fullmatch(name):
        raise BadLink(_("A name has 2 to 40 letters from a to z, digits and hyphens."))
    if name in RESERVED:
        raise BadLink(_("“%(name)s” is kept for Clarion itself. Choose another name.") % {"name": name})
    return name


def links_of(content: Content, channel: Channel) -> list[str]:
    """The links of all texts that the channel is given, each once; our own short ones are none."""
    texts = [part.text for part in content.parts] + spoken_options(content, channel)
    found = dict.fromkeys(text[start:end] for text in texts for start, end in links(text))
    return [url for url in found if _can_be_short(url)]


def spoken_options(content: Content, channel: Channel) -> list[str]:
    names = [option.name for option in channel.kind.options if option.kind in SPOKEN]
    return [value for name in names if isinstance(value := content.options.get(name), str)]


def _can_be_short(url: str) -> bool:
    try:
        return sound(url) == url
    except BadLink:
        return False


def with_values(url: str, more: Mapping[str, str]) -> str:
    """The address with these values in its query; what it says already stands."""
    parts = urlsplit(url)
    given = {name for name, _value in parse_qsl(parts.query, keep_blank_values=True)}
    new = urlencode({name: value for name, value in more.items() if name not in given}, quote_via=quote)
    made = urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, new)))))
    return made if len(made) <= LONGEST else url


def preset_of(options: Mapping[str, Any]) -> UUID | None:
    """The preset that a post has chosen for its links."""
    try:
        return UUID(str(options.get(LINKS, "")))
    except ValueError:
        return None
