"""clarion demo: a small city's press office, clearly marked. Nothing in it can leave the machine.

Two stand-in networks run inside this process on loopback, so that posts really go out and can be looked at. The
organisation is marked as a demo, and a demo refuses every address outside this machine (``Http(confined=True)``).
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clarion.channels.models import Channel, Notice
from clarion.deliveries.models import Attempt, Delivery, Measure, State, Step
from clarion.deliveries.queue import enqueue
from clarion.deliveries.telling import tell
from clarion.networks.base import Reading
from clarion.notifications.models import Notification, Telling
from clarion.notifications.models.telling import Outcome
from clarion.organisations.models import Member, Organisation, User, Workspace
from clarion.posts.content import Content, Shot, Words
from clarion.posts.models import (
    Almanac,
    Blackout,
    Campaign,
    Category,
    ChannelSet,
    Evergreen,
    Folder,
    Label,
    Media,
    Note,
    Post,
    Recurrence,
    Slot,
)  # fmt: skip
from clarion.posts.rules import Rule
from clarion.posts.when import resolve
from clarion.testing.stands import Stands
from clarion.web import demo_city as city
from clarion.web import demo_sign_on
from clarion.web.commands.serve import serve
from clarion.web.demo_approvals import wait
from clarion.web.demo_crisis import prepare
from clarion.web.demo_incoming import come_in
from clarion.web.demo_kit import rule, stock
from clarion.web.demo_people import gather
from clarion.web.demo_pictures import drawn
from clarion.web.first_set_up import found
from clarion.web.migrating import bring_up_to_date
from clarion.web.said import Said


def demo(*, host: str, port: int) -> None:
    bring_up_to_date()
    if Organisation.objects.filter(is_demo=False).exists():
        raise Said(f"{settings.DATA} holds a real installation. Give the demo a folder of its own: --data DIR.")
    stands = Stands(Path(settings.DATA) / "demo.json").start()
    try:
        if Post.objects.exists():
            reconnect(stands, now=timezone.now())
        else:
            City(stands, now=timezone.now()).build()
        serve(
            host=host, port=port, workers="web=1,work=1",
            banner=f"Clarion’s demo (sign in as {city.EMAIL}, password {city.PASSWORD})",
        )  # fmt: skip
    finally:
        stands.stop()


def reconnect(stands: Stands, *, now: datetime) -> None:
    """After a restart: the stand-ins know nothing of last time, and may be at other addresses."""
    place = Workspace.objects.select_related("organisation").get(organisation__is_demo=True)
    for network, fields in stands.doors().values():
        Channel.objects.filter(workspace=place, network=network).update(server=fields["server"])
        Channel.objects.connect(workspace=place, network=network, fields=fields, by=None, now=now)


class City:
    """Builds the demo's city in an empty data folder."""

    def __init__(self, stands: Stands, *, now: datetime) -> None:
        self.stands, self.now = stands, now
        self.users: list[User] = []
        self.media: dict[str, Media] = {}
        self.labels: dict[str, Label] = {}

    def build(self) -> None:
        founded = found(
            organisation=city.ORGANISATION, workspace=city.WORKSPACE, email=city.EMAIL, password=city.PASSWORD,
            zone=city.ZONE, now=self.now, name=city.PEOPLE[0][1],
        )  # fmt: skip
        Organisation.objects.filter(pk=founded.organisation.pk).update(is_demo=True)
        self.place = Workspace.objects.select_related("organisation").get(pk=founded.workspace.pk)
        self._people()
        self.channels = self._channels()
        gather(self.place, users=self.users, channels=self.channels, now=self.now)
        with transaction.atomic():
            self._posts()
            self._library()
            demo_sign_on.arrange(self.place, people=self.users, now=self.now)
            self._news()

    def _news(self) -> None:
        """What is told is listed as it was written down. History was not written in its own order, so once more."""
        rows = list(Notification.objects.order_by("raised_at", "pk"))
        Notification.objects.all().delete()
        for row in rows:
            row.pk = None
        Notification.objects.bulk_create(rows)

    def _posts(self) -> None:
        self._weeks_before()
        for told in (*city.PAST, *city.TODAY):
            self._past(told)
        for minutes, text, on, label, picture, alt in city.AHEAD:
            self._ahead(minutes, text, on=on, label=label, picture=picture, alt=alt)
        for told in city.LATER:
            self._schedule(told, at=self._at(told.day, told.at))
        for text, on, label in city.DRAFTS:
            self._write(city.Told(0, "", text, on, label))
        self._around()
        self._categories()
        come_in(self.place, users=self.users, channels=self.channels, now=self.now)
        self._queue()
        self._regular()
        wait(
            self.place, users=self.users, now=self.now,
            ask=lambda told, at: self._schedule(told, at=self._at(told.day, told.at), asks_at=at),
        )  # fmt: skip
        name, letters = city.SET
        chosen = [self.channels[letter] for letter in letters]
        ChannelSet.objects.make(workspace=self.place, name=name, channels=chosen, by=self.users[0])

    def _queue(self) -> None:
        """The week's slots of every channel, and some posts that took one."""
        for letter, weekdays, walls in city.SLOTS:
            at = [(day, time.fromisoformat(wall)) for day in weekdays for wall in walls]
            Slot.objects.offer(self.channels[letter], at=at, by=self.users[0])
        for text, on, label in city.QUEUED:
            post = self._write(city.Told(0, "", text, on, label))
            enqueue(post, channels=[self.channels[letter] for letter in on], by=self.users[0], now=self.now)

    def _categories(self) -> None:
        """Categories with their slots, and what their pools say again."""
        by, made = self.users[0], {}
        for name, hue, letters, weekdays, walls in city.CATEGORIES:
            made[name] = Category.objects.make(workspace=self.place, name=name, hue=hue, by=by)
            at = [(day, time.fromisoformat(wall)) for day in weekdays for wall in walls]
            for letter in letters:
                Slot.objects.offer(self.channels[letter], at=at, by=by, category=made[name])
        for told, name, times, rest_days, variations in city.EVERGREEN:
            post = self._past(told)
            post.sort(made[name], by=by, now=self.now)
            Evergreen.objects.begin(post, times=times, rest_days=rest_days, variations=variations, by=by, now=self.now)

    def _regular(self) -> None:
        """What comes each week by its rule."""
        local = self._local(1, "08:00")
        told = city.Told(1, "08:00", city.WEEKLY, "mn", "Council")
        first = self._schedule(told, at=self._at(1, "08:00"))[0].post
        Recurrence.objects.begin(first, rule=Rule.of(local, every=1, unit="week"), by=self.users[0], now=self.now)

    def _weeks_before(self) -> None:
        """What came in each of the weeks before, with its numbers: the oldest first, as it was written."""
        today = self.now.astimezone(self.place.tz)
        for weeks in city.WEEKS:
            for number, (weekday, wall, text, on, label, answers) in enumerate(city.REGULAR):
                day = (weekday - today.weekday()) - 7 * weeks
                week = (today + timedelta(days=day)).isocalendar().week
                post = self._past(city.Told(day, wall, text % week, on, label, number % 2))
                for one in Delivery.objects.filter(post=post).select_related("channel"):
                    likes = answers + (weeks * (number + 3)) % 7
                    Measure.objects.note(one, Reading({"likes": likes, "replies": weeks % 3}), now=self.now)

    def _around(self) -> None:
        """What stands in the calendar besides posts."""
        by, today = self.users[0], self.now.astimezone(self.place.tz).date()
        Almanac(workspace=self.place).keep(by=by, country=city.COUNTRY, subdivision="", week_starts=None)
        for first, last, text in city.NOTES:
            days = {"day": today + timedelta(days=first), "until": today + timedelta(days=last)}
            Note.objects.put(workspace=self.place, text=text, by=self.users[1], **days)
        name, day, level, reason = city.BLACKOUT
        at = today + timedelta(days=day)
        Blackout.objects.declare(
            workspace=self.place, name=name, from_day=at, until_day=at, level=level, reason=reason, by=by
        )
        made = {}
        for name, hue, starts, ends, brief in city.CAMPAIGNS:
            days = {"starts": today + timedelta(days=starts), "ends": today + timedelta(days=ends)}
            made[name] = Campaign.objects.begin(workspace=self.place, name=name, hue=hue, brief=brief, by=by, **days)
        for words, name in city.IN_CAMPAIGN.items():
            for post in Post.objects.filter(workspace=self.place, text__contains=words):
                post.join(made[name], by=by)
        stock(self.place, by=by, channels=self.channels, today=today)
        prepare(self.place, by=by, channels=self.channels, now=self.now)
        rule(self.place, by=by)

    def _library(self) -> None:
        for told in city.LIBRARY:
            by = self.users[told.by]
            folder = Folder.objects.open(workspace=self.place, name=told.folder, by=by) if told.folder else None
            media = Media.objects.keep(
                workspace=self.place, file=io.BytesIO(drawn(told.picture)), name=f"{told.picture}.png", alt=told.alt,
                by=by, folder=folder,
            )  # fmt: skip
            media.label(
                [Label.objects.get_or_create(workspace=self.place, name=name)[0] for name in told.labels], by=by
            )
            if told.until is not None:
                until = (self.now + timedelta(days=told.until)).date()
                media.permit(
                    holder=told.holder, permission="", until=until, note="", by=by, now=self.now,
                )  # fmt: skip

    def _people(self) -> None:
        for email, name, role in city.PEOPLE:
            user = User.objects.filter(email=email).first() or User.objects.create_user(email, None, name=name)
            Member.objects.join(workspace=self.place, user=user, role=role, by=None)
            self.users.append(user)

    def _channels(self) -> dict[str, Channel]:
        own = next(c for c in Channel.objects.filter(workspace=self.place) if c.kind.own_ground)
        found = {"n": own}
        for letter, (network, fields) in self.stands.doors().items():
            found[letter] = Channel.objects.connect(
                workspace=self.place, network=network, fields=fields, by=self.users[0], now=self.now
            )
            found[letter].ask_limits(found[letter].speak(), now=self.now)
        return found

    def _local(self, day: int, at: str) -> datetime:
        """A wall time of the workspace, naive."""
        hour, minute = at.split(":")
        local = (self.now.astimezone(self.place.tz) + timedelta(days=day)).replace(tzinfo=None)
        return local.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)

    def _at(self, day: int, at: str) -> datetime:
        if at.startswith("-"):
            return (self.now - timedelta(minutes=int(at[1:]))).replace(second=0, microsecond=0)
        return resolve(self._local(day, at), zone=self.place.tz).at

    def _shots(self, picture: str, alt: str) -> tuple[Shot, ...]:
        if not picture:
            return ()
        if picture not in self.media:
            self.media[picture] = Media.objects.keep(
                workspace=self.place, file=io.BytesIO(drawn(picture)), name=f"{picture}.png", alt=alt, by=self.users[1]
            )
        return (Shot(str(self.media[picture].pk), alt),)

    def _write(self, told: city.Told) -> Post:
        texts = (told.text, *told.parts)
        shots = self._shots(told.picture, told.alt)
        if told.label not in self.labels:
            self.labels[told.label], _made = Label.objects.get_or_create(workspace=self.place, name=told.label)
        content = Content(tuple(Words(text, shots if n == 0 else ()) for n, text in enumerate(texts)))
        drafts = [(Content.of(text), by) for text, by in city.EARLIER.get(told.text, ())] + [(content, told.by)]
        post = Post.objects.write(
            workspace=self.place, by=self.users[drafts[0][1]], channels=[self.channels[c] for c in told.on],
            content=drafts[0][0], labels=[self.labels[told.label]], source="demo",
        )  # fmt: skip
        for said, by in drafts[1:]:
            post.edit(by=self.users[by], version=post.version, content=said)
        return post

    def _schedule(self, told: city.Told, *, at: datetime, asks_at: datetime | None = None) -> list[Delivery]:
        """A contributor's post is scheduled by the head of the office, except ``asks_at``: then she is asked."""
        post, by = self._write(told), self.users[told.by]
        if asks_at is None and not Member.objects.get(workspace=self.place, user=by).may("publish"):
            by = self.users[0]
        return Delivery.objects.schedule(
            post, channels=[self.channels[c] for c in told.on], at=at, by=by, now=asks_at or self.now
        )

    def _ahead(self, minutes: int, text: str, *, on: str, label: str, picture: str, alt: str) -> None:
        at = (self.now + timedelta(minutes=minutes)).replace(second=0, microsecond=0)
        self._schedule(city.Told(0, "", text, on, label, 0, picture, alt), at=at)

    def _past(self, told: city.Told) -> Post:
        """History is written as it would have been; the demo says on every page that it is made up."""
        at = min(self._at(told.day, told.at), self.now - timedelta(minutes=20))
        with transaction.atomic():
            for number, delivery in enumerate(self._schedule(told, at=at)):
                row = Delivery.objects.filter(pk=delivery.pk)
                if told.outcome != "published" and delivery.channel == self.channels[told.on[-1]]:
                    trouble = _TROUBLES[told.outcome]
                    reason = trouble["reason"] % {"time": f"{at.astimezone(self.place.tz):%H:%M}"}
                    row.update(
                        state=told.outcome, wake_at=None, started_at=at, attempts=1, code=trouble["code"], reason=reason
                    )
                    self._journal(delivery, at=at, out=None, word=trouble["word"], sentence=trouble["answer"])
                    self._told(delivery, at=at)
                    continue
                out = at + timedelta(milliseconds=400 + 700 * number)
                url = self._notice(delivery, out) if delivery.channel == self.channels["n"] else ""
                Channel.objects.filter(pk=delivery.channel_id).exclude(last_success_at__gt=out).update(
                    last_success_at=out
                )
                row.update(state=State.PUBLISHED, wake_at=None, started_at=at, published_at=out, attempts=1, url=url)
                self._journal(delivery, at=at, out=out, word="published", url=url)
            Post.objects.filter(pk=delivery.post_id).update(
                created_at=at - timedelta(hours=3), changed_at=at - timedelta(hours=3)
            )
        return delivery.post

    def _told(self, delivery: Delivery, *, at: datetime) -> None:
        """Who would have been told of it; the letters were sent then."""
        delivery.refresh_from_db()
        tell(delivery, now=at)
        Telling.objects.exclude(wake_at=None).update(wake_at=None, outcome=Outcome.SENT, done_at=at)

    def _journal(
        self, delivery: Delivery, *, at: datetime, out: datetime | None, word: str, sentence: str = "", url: str = ""
    ) -> None:
        """The step and the attempt that a worker would have written."""
        step = Step.objects.create(
            delivery=delivery,
            number=0,
            kind="post",
            payload={"text": delivery.post.text},
            prepared=True,
            intended_at=at,
            done_at=out,
            maybe_since=at if word == "unknown" else None,
            url=url,
        )
        Attempt.objects.create(
            delivery=delivery,
            step=step,
            purpose=Attempt.Purpose.SEND,
            worker="demo",
            fence=1,
            began_at=at,
            ended_at=out or at + timedelta(seconds=2),
            word=word,
            sentence=sentence,
        )

    def _notice(self, delivery: Delivery, at: datetime) -> str:
        network = delivery.channel.speak()
        draft = delivery.post.draft_for(delivery.channel)
        parts = [{"text": p.text, "media": [network.ground.keep(m) for m in p.media]} for p in draft.parts]  # type: ignore[attr-defined]
        notice = Notice.objects.create(channel=delivery.channel, key=delivery.key, parts=parts, published_at=at)
        return notice.url


_TROUBLES: Mapping[str, dict[str, str]] = {
    State.UNKNOWN: {
        "code": "cannot_tell",
        "word": "unknown",
        "answer": _("The connection broke before the answer came: it may or may not have happened."),
        "reason": _("The answer was lost at %(time)s and the network does not let us look. Nothing was sent again."),
    },
    State.FAILED: {
        "code": "refused",
        "word": "refused",
        "answer": _("It refused it (400). It said: “Duplicate content”"),
        "reason": _("The text is the same as yesterday’s. Change a word, or skip this channel. The others have it."),
    },
}
