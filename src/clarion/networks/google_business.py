"""Google Business Profile: posts and reviews of one location. https://developers.google.com/my-business

Google has put no description of the posts (v4) beside its others: what is known of them is M or K, and its answer wins.
No key is kept, so after a lost answer the location's own posts are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from .api import instant, mappings, number, text
from .base import (
    JSON,
    Absent,
    Account,
    Answer,
    Budget,
    Draft,
    Failure,
    Images,
    Message,
    OAuth,
    Once,
    Option,
    Page,
    Problem,
    Processing,
    Published,
    Reading,
    Refused,
    Rules,
    Seen,
    SignInAgain,
    Step,
    Text,
    Words,
    utc,
)
from .canonical import same_form
from .google import GoogleApi, reasons_in
from .look import Look
from .lookup import BEFORE, Mine, looked_up
from .wording import _, gettext_noop, quoting

ACCOUNTS = "https://mybusinessaccountmanagement.googleapis.com/v1"
PLACES = "https://mybusinessbusinessinformation.googleapis.com/v1"
NUMBERS = "https://businessprofileperformance.googleapis.com/v1"
PAGES = 10
MOST_PAGES = 100
"""A list is read no further: one that never ends leads to itself."""
SHOWN = "name,title,metadata"
DAYS = 30
"""The numbers of a location are summed over so many days."""
SEEN = (
    "BUSINESS_IMPRESSIONS_DESKTOP_MAPS", "BUSINESS_IMPRESSIONS_DESKTOP_SEARCH", "BUSINESS_IMPRESSIONS_MOBILE_MAPS",
    "BUSINESS_IMPRESSIONS_MOBILE_SEARCH",
)  # fmt: skip
METRICS = {"calls": ("CALL_CLICKS",), "clicks": ("WEBSITE_CLICKS",), "directions": ("BUSINESS_DIRECTION_REQUESTS",),
           "views": SEEN}  # fmt: skip
_STARS = {"ONE": 1, "TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5}
_PHONE = re.compile(r"(?<![\w/.=-])\+?\(?\d[\d\s()/.-]{6,}\d(?![\w/])")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2}))?")
_ACTIONS = (
    ("LEARN_MORE", gettext_noop("Learn more")), ("BOOK", gettext_noop("Book")), ("ORDER", gettext_noop("Order")),
    ("SIGN_UP", gettext_noop("Sign up")), ("SHOP", gettext_noop("Shop")), ("CALL", gettext_noop("Call")),
)  # fmt: skip


class GoogleBusiness(GoogleApi):
    """``account.remote_id`` is the location below the account that manages it: ``accounts/1/locations/2``."""

    name = "google_business"
    label = "Google Business Profile"
    known_as = ("Google My Business", "Google Maps")
    words = Words(post="post")
    sign_in = (
        OAuth(
            scopes={
                "https://www.googleapis.com/auth/business.manage": gettext_noop(
                    "publish on the profiles of your locations, read reviews and answer them, read numbers"
                )
            }
        ),
    )
    look = Look(frame="picture", cut=150, single=(1.33, 1.33), links=False, thread="apart", acts=())
    rules = Rules(
        text=Text(1500, unit="codepoint"),  # M
        images=Images(1, size=5_000_000, alt=0, types=("image/jpeg", "image/png"), smallest=250),  # M
    )
    options: ClassVar[tuple[Option, ...]] = (
        Option(
            "topic", gettext_noop("Kind of post"), "choice", default="STANDARD",
            choices=(("STANDARD", gettext_noop("News")), ("EVENT", gettext_noop("Event")),
                     ("OFFER", gettext_noop("Offer"))),
        ),
        Option("event_title", gettext_noop("Name of the event or offer"), "text", limit=58),
        Option("starts", gettext_noop("Starts"), "text", help=gettext_noop("2026-12-01 or 2026-12-01 18:30")),
        Option("ends", gettext_noop("Ends"), "text", help=gettext_noop("2026-12-01 or 2026-12-01 18:30")),
        Option("coupon", gettext_noop("Coupon code"), "text", limit=58),
        Option("terms", gettext_noop("Terms of the offer"), "lines"),
        Option("action", gettext_noop("Button"), "choice", choices=_ACTIONS),
        Option("action_url", gettext_noop("Where the button leads"), "address"),
        Option("language", gettext_noop("Language"), "language"),
    )  # fmt: skip
    once = Once(Once.LOOKUP, settle=timedelta(seconds=60), settle_slow=timedelta(seconds=120))
    budget = (
        Budget(10, per=timedelta(minutes=1)),
        Budget(300, per=timedelta(minutes=1), name="app", of=Budget.APP),
    )  # K
    docs = "https://developers.google.com/my-business"
    api = "https://mybusiness.googleapis.com/v4"

    # -- signing in

    def accounts(self) -> Sequence[tuple[Account, JSON]]:
        """Every location of every account that the person manages."""
        found: list[tuple[Account, JSON]] = []
        for account in self._listed(f"{ACCOUNTS}/accounts", "accounts", pageSize=20):
            name = text(account, "name")
            places = f"{PLACES}/{name}/locations"
            found += [
                (self._place(name, one), {}) for one in self._listed(places, "locations", pageSize=100, readMask=SHOWN)
            ]
        if not found:
            sentence = _("This Google account manages no location. Sign in with one that does.")
            raise Refused(sentence, code="no_location")
        return found

    def whoami(self) -> Account:
        account, _sign, place = self.account.remote_id.rpartition("/locations/")
        if not account:
            return self.accounts()[0][0]
        return self._place(account, self._get(f"{PLACES}/locations/{place}", readMask=SHOWN))

    def _place(self, account: str, one: Any) -> Account:
        name, title = self._id(one, "name", writing=False), text(one, "title")
        url = text(one, "metadata", "mapsUri")
        return Account(remote_id=f"{account}/{name}", handle=title or name, name=title, url=url)

    def _listed(self, address: str, field: str, **params: Any) -> Iterator[Mapping[str, Any]]:
        cursor = ""
        for _page in range(MOST_PAGES):
            told = self._get(address, **params, pageToken=cursor)
            yield from mappings(told, field)
            before, cursor = cursor, text(told, "nextPageToken")
            if cursor in ("", before):
                return

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        failure = super().understand(answer, writing=writing)
        if isinstance(failure, Refused) and answer.status == 403 and "PERMISSION_DENIED" in reasons_in(answer):
            sentence = _("We may not speak for this location any more. Sign in again as one of its managers.")
            return SignInAgain(quoting(sentence, answer.reason()), code="PERMISSION_DENIED")
        return failure

    # -- before publishing

    def problems(self, draft: Draft) -> list[Problem]:
        found = [one for one in super().problems(draft) if not (one.field == "alt" and one.limit == 0)]
        options, named = draft.options, {"network": self.label}
        part = draft.parts[0]
        if any(media.alt for media in part.media):
            sentence = _("%(network)s does not show the description of the picture. Say in the text what it shows.")
            found.append(Problem("alt", sentence % named, level="warn"))
        if _PHONE.search(part.text):
            sentence = _("%(network)s often rejects posts with a telephone number in the text. Use the button instead.")
            found.append(Problem("text", sentence % named, level="warn"))
        for name in ("starts", "ends"):
            if options.get(name) and _moment(str(options[name])) is None:
                sentence = _("“%(said)s” is no day. Write it like 2026-12-01 or 2026-12-01 18:30.")
                found.append(Problem(name, sentence % {"said": options[name]}))
        if options.get("topic") in ("EVENT", "OFFER"):
            for name in ("event_title", "starts", "ends"):
                if not options.get(name):
                    sentence = _("An event or offer on %(network)s needs a name, a start and an end.")
                    found.append(Problem(name, sentence % named))
                    break
        action = options.get("action")
        if action and action != "CALL" and not options.get("action_url"):
            found.append(Problem("action_url", _("Say where the button on %(network)s leads.") % named))
        return found

    # -- publishing

    def prepare(self, step: Step, *, key: str, now: datetime) -> JSON:
        """Adds the exact post, but for the picture's address, which ends and is made when it is needed."""
        return {**step.payload, "request": self._request(step)} if step.public else step.payload

    @staticmethod
    def _request(step: Step) -> dict[str, Any]:
        said, options = str(step.payload.get("text") or ""), step.payload.get("options") or {}
        if step.payload.get("in_reply_to"):
            return {"comment": said}
        topic = str(options.get("topic") or "STANDARD")
        post: dict[str, Any] = {"languageCode": str(options.get("language") or "en"), "summary": said,
                                "topicType": topic}  # fmt: skip
        if topic in ("EVENT", "OFFER"):
            starts, ends = _moment(str(options.get("starts"))), _moment(str(options.get("ends")))
            post["event"] = {"title": str(options.get("event_title")),
                             "schedule": {**_named("start", starts), **_named("end", ends)}}  # fmt: skip
        if topic == "OFFER":
            told = {"couponCode": options.get("coupon"), "redeemOnlineUrl": options.get("action_url"),
                    "termsConditions": options.get("terms")}  # fmt: skip
            post["offer"] = {name: str(value) for name, value in told.items() if value}
        elif options.get("action"):
            url = {"url": str(options["action_url"])} if options.get("action_url") else {}
            post["callToAction"] = {"actionType": str(options["action"]), **url}
        return post

    def publish(self, step: Step, *, key: str) -> Published | Processing:
        """A picture is fetched by Google when the post names it: until then there is nothing to upload."""
        if step.kind == "upload":
            return Published()
        request = dict(step.payload.get("request") or self._request(step))
        if review := str(step.payload.get("in_reply_to") or ""):
            self._say("PUT", f"/{review}/reply", json=request)
            return Published(f"{review}/reply", self.account.url)
        media = [done.media for done in step.earlier if done.kind == "upload" and done.media is not None]
        if media:
            request["media"] = [{"mediaFormat": "PHOTO", "sourceUrl": self.lent(one)} for one in media]
        made = self._post(f"/{self.account.remote_id}/localPosts", json=request)
        return self._standing(made, self._id(made, "name"))

    def reply(self, step: Step, *, key: str) -> Published | Processing:
        """The answer to a review: there is one, and saying it again only replaces it."""
        return self.publish(step, key=key)

    def check(self, processing: Processing, step: Step, *, key: str) -> Published | Processing:
        name = str(processing.handle["name"])
        return self._standing(self._get(f"/{name}"), name)

    def _standing(self, post: Any, name: str) -> Published | Processing:
        """Google looks at each post before it shows it."""
        state = text(post, "state")
        if state == "REJECTED":
            raise self._rejected()
        if state == "PROCESSING":
            return Processing(handle={"name": name}, seconds=5)
        return Published(name, text(post, "searchUrl") or self.account.url)

    def _rejected(self) -> Refused:
        sentence = _(
            "Google looked at the post and does not show it. Change the words or the picture and send it anew."
        )
        return Refused(sentence, code="rejected")

    # -- did it happen?

    def find(self, step: Step, *, key: str) -> Published | Absent:
        """Reads the location's posts, newest first, back to before the intent."""
        request = step.payload.get("request") or self._request(step)
        if review := str(step.payload.get("in_reply_to") or ""):
            told = self._get(f"/{review}")
            said = same_form(text(told, "reviewReply", "comment"))
            is_there = said == same_form(str(request["comment"]))
            return Published(f"{review}/reply", self.account.url) if is_there else Absent(complete=True)
        wanted = same_form(str(request["summary"]))
        files = sum(1 for done in step.earlier if done.kind == "upload")

        def is_it(one: Mapping[str, Any]) -> bool:
            return (
                same_form(text(one, "summary")) == wanted
                and text(one, "topicType") in ("", request["topicType"])
                and len(mappings(one, "media")) == files
                and text(one, "state") != "REJECTED"
            )

        pages, whole = self._posts(step.since)
        return looked_up(step, pages, is_it=is_it, whole=whole, mine=_mine)

    def _posts(self, since: datetime | None) -> tuple[list[list[Mapping[str, Any]]], bool]:
        """Pages of our posts, and whether these are all."""
        pages: list[list[Mapping[str, Any]]] = []
        cursor = ""
        while len(pages) < PAGES:
            told = self._get(f"/{self.account.remote_id}/localPosts", pageSize=100, pageToken=cursor)
            if not isinstance(told, Mapping):
                raise self._unreadable(writing=False)
            pages.append(mappings(told, "localPosts"))
            cursor = text(told, "nextPageToken")
            if not cursor:
                return pages, True
            last = instant(pages[-1][-1], "createTime") if pages[-1] else None
            if since is not None and last is not None and last < since - BEFORE:
                return pages, False
        return pages, False

    # -- after publishing

    def fetch(self, remote_id: str) -> Seen | None:
        answer = self._ask("GET", f"/{remote_id}")
        if answer.status == 404:
            return None
        one = self._read(answer, writing=False)
        if text(one, "name") != remote_id:
            raise self._unreadable(writing=False)
        alts = tuple("" for _media in mappings(one, "media"))
        url = text(one, "searchUrl") or self.account.url
        return Seen(remote_id, url, text(one, "summary"), instant(one, "createTime"), alts, one)

    def edit(self, remote_id: str, draft: Draft) -> Published:
        told = self._say("PATCH", f"/{remote_id}", params={"updateMask": "summary"},
                         json={"summary": draft.parts[0].text})  # fmt: skip
        return Published(remote_id, text(told, "searchUrl") or self.account.url)

    def delete(self, remote_id: str) -> None:
        answer = self._ask("DELETE", f"/{remote_id}")
        if answer.status != 404:
            self._read(answer, writing=True)

    # -- what others say

    def mentions(self, *, cursor: str = "") -> Page:
        """Reviews of the location, the newest first. ``raw`` has the stars."""
        told = self._get(f"/{self.account.remote_id}/reviews", pageSize=50, pageToken=cursor, orderBy="updateTime desc")
        if not isinstance(told, Mapping):
            raise self._unreadable(writing=False)
        items = []
        for one in mappings(told, "reviews"):
            who, stars = text(one, "reviewer", "displayName"), _STARS.get(text(one, "starRating"))
            said = text(one, "comment") or (_("%(stars)d of 5 stars") % {"stars": stars} if stars else "")
            name = text(one, "name") or f"{self.account.remote_id}/reviews/{text(one, 'reviewId')}"
            at = instant(one, "createTime") or utc(0)
            items.append(Message(name, "mention", who or _("Somebody"), who, said, at, self.account.url, "", one))
        return Page(tuple(items), text(told, "nextPageToken"))

    # -- numbers

    def measure_account(self) -> Reading:
        """Sums over the last days, as Google tells them a few days late; reviews as they are now."""
        place = self.account.remote_id.rpartition("/")[2]
        today = datetime.now(UTC).date()
        days = {"startDate": today - timedelta(days=DAYS), "endDate": today}
        params: dict[str, Any] = {"dailyMetrics": [name for names in METRICS.values() for name in names]}
        params |= {
            f"dailyRange.{side}.{part}": getattr(day, part)
            for side, day in days.items()
            for part in ("year", "month", "day")
        }
        told = self._get(f"{NUMBERS}/locations/{place}:fetchMultiDailyMetricsTimeSeries", **params)
        sums: dict[str, int] = {}
        for group in mappings(told, "multiDailyMetricTimeSeries"):
            for series in mappings(group, "dailyMetricTimeSeries"):
                for value in mappings(series, "timeSeries", "datedValues"):
                    name, count = text(series, "dailyMetric"), number(value, "value")
                    sums[name] = sums.get(name, 0) + (count or 0)
        numbers: dict[str, int | None] = {
            ours: sum(sums[name] for name in names if name in sums) if any(name in sums for name in names) else None
            for ours, names in METRICS.items()
        }
        reviews = self._get(f"/{self.account.remote_id}/reviews", pageSize=1)
        return Reading({**numbers, "reviews": number(reviews, "totalReviewCount")}, {"performance": told})


def _mine(one: Mapping[str, Any]) -> Mine:
    return Mine(text(one, "name"), text(one, "searchUrl"), instant(one, "createTime"))


def _moment(typed: str) -> Mapping[str, Any] | None:
    """A day, with or without a time, as Google writes it; None for what is none."""
    found = _DAY.fullmatch(typed.strip())
    if not found:
        return None
    year, month, day, hour, minute = (int(value) if value else None for value in found.groups())
    try:
        datetime(year or 0, month or 0, day or 0, hour or 0, minute or 0, tzinfo=UTC)
    except ValueError:
        return None
    told: dict[str, Any] = {"Date": {"year": year, "month": month, "day": day}}
    return told if hour is None else {**told, "Time": {"hours": hour, "minutes": minute}}


def _named(side: str, moment: Mapping[str, Any] | None) -> dict[str, Any]:
    return {f"{side}{name}": value for name, value in (moment or {}).items()}
