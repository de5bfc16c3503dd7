"""Every reason why a network would refuse a draft, with counts. Nothing is ever cut."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .captions import taken
from .draft import Draft, Media, Part
from .rules import Documents, Images, Option, Problem, Rules, Videos
from .wording import _, ngettext


def problems(rules: Rules, options: Sequence[Option], draft: Draft, *, label: str) -> Iterable[Problem]:
    """Everything for which ``draft`` would be refused. Nothing is ever cut."""
    yield from _problems(rules, draft, label=label)
    yield from _option_problems(options, draft, label)


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def _problems(rules: Rules, draft: Draft, *, label: str) -> Iterable[Problem]:
    parts = len(draft.parts)
    if parts > rules.parts:
        sentence = (
            ngettext(
                "%(network)s has no threads: this has %(count)d part.",
                "%(network)s has no threads: this has %(count)d parts.", parts,
            )
            if rules.parts == 1
            else ngettext(
                "A thread on %(network)s has at most %(limit)d parts; this has %(count)d.",
                "A thread on %(network)s has at most %(limit)d parts; this has %(count)d.", parts,
            )
        )  # fmt: skip
        values = {"network": label, "count": parts, "limit": rules.parts}
        yield Problem("parts", sentence % values, count=parts, limit=rules.parts)
    poll = draft.options.get("poll")
    for index, part in enumerate(draft.parts):
        has_poll = bool(poll) and index == 0
        for problem in _part_problems(rules, draft, part, index, label, has_poll=has_poll):
            told = {"number": index + 1, "sentence": problem.sentence}
            yield replace(problem, sentence=_("Part %(number)d: %(sentence)s") % told) if parts > 1 else problem
        if has_poll:
            yield from _poll_problems(rules, part, poll, label)


def _option_problems(options: Sequence[Option], draft: Draft, label: str) -> Iterable[Problem]:
    for option in options:
        said = draft.options.get(option.name)
        named = {"network": label, "option": _(option.label)}
        if option.required and not str(said or "").strip():
            yield Problem(option.name, _("%(network)s needs “%(option)s”.") % named)
        if option.limit is None or not isinstance(said, str):
            continue
        count = len([tag for tag in said.split(",") if tag.strip()]) if option.kind == "tags" else len(said)
        if count > option.limit:
            sentence = _("“%(option)s” has %(count)d of at most %(limit)d on %(network)s.")
            values = {**named, "count": count, "limit": option.limit}
            yield Problem(option.name, sentence % values, count=count, limit=option.limit)


def _part_problems(
    rules: Rules, draft: Draft, part: Part, index: int, label: str, *, has_poll: bool
) -> Iterable[Problem]:
    if _CONTROL.search(part.text):
        yield Problem("text", _("the text has a control character. Remove it and type the line anew."), index)
    warning = str(draft.options.get("content_warning") or "")
    count, limit = rules.text.count(part.text, warning=warning), rules.text.limit
    if count > limit:
        values = {"network": label, "count": count, "limit": limit, "over": count - limit}
        sentence = _("%(count)d of %(limit)d on %(network)s: %(over)d over. Shorten it, or write a variant.")
        yield Problem("text", sentence % values, index, count, limit)
    size, most = len(part.text.encode()), rules.text.max_bytes
    if most is not None and size > most:
        values = {"network": label, "count": size, "limit": most}
        sentence = _("%(count)d of %(limit)d bytes on %(network)s. Shorten it.")
        yield Problem("text", sentence % values, index, size, most)
    if not part.text.strip() and not has_poll and (rules.text_required or not part.media):
        sentence = (
            _("there is nothing to say yet: %(network)s needs text.")
            if rules.text_required
            else _("there is nothing to say yet: %(network)s needs text or a picture.")
        )
        yield Problem("text", sentence % {"network": label}, index)
    yield from _media_problems(rules, part, index, label)


def _media_problems(rules: Rules, part: Part, index: int, label: str) -> Iterable[Problem]:
    images = [m for m in part.media if m.is_image]
    videos = [m for m in part.media if m.is_video]
    documents = [m for m in part.media if m.is_document]
    if not part.media and (missing := _missing(rules)):
        yield Problem("media", missing % {"network": label}, index, 0, 1)
    for found, rule in ((images, rules.images), (videos, rules.videos), (documents, rules.documents)):
        if found:
            yield from _file_problems(found, rule, index, label)
    count, limit = len(part.media), rules.files
    if limit is not None and count > limit >= max(len(images), len(videos), len(documents)):
        sentence = _("%(count)d files; %(network)s takes %(limit)d together. Remove some.")
        yield Problem("media", sentence % {"network": label, "count": count, "limit": limit}, index, count, limit)
    if rules.videos is not None:
        for media in videos:
            yield from _caption_problems(media, rules.videos, index, label)
    if images and videos and rules.videos is not None and not rules.videos.with_images:
        yield Problem("media", _("%(network)s takes pictures or a video, not both.") % {"network": label}, index)
    if documents and (images or videos) and rules.documents is not None and not rules.documents.with_others:
        sentence = _("%(network)s takes a document with nothing beside it. Give it a part of its own, or leave it out.")
        yield Problem("media", sentence % {"network": label}, index)
    if rules.images is not None:
        for media in images:
            count, limit = len(media.alt), rules.images.alt
            if count > limit:
                values = {"network": label, "name": media.name, "count": count, "limit": limit}
                sentence = ngettext(
                    "the description of “%(name)s” has %(count)d character; %(network)s takes %(limit)d.",
                    "the description of “%(name)s” has %(count)d characters; %(network)s takes %(limit)d.", count,
                )  # fmt: skip
                yield Problem("alt", sentence % values, index, count, limit)


def _missing(rules: Rules) -> str:
    """What a part without files lacks; empty where the network needs none."""
    if rules.images is not None and rules.images.required:
        return (
            _("%(network)s takes no post without a picture or a video. Add one.")
            if rules.videos is not None
            else _("%(network)s takes no post without a picture. Add one.")
        )
    if rules.videos is not None and rules.videos.required:
        return _("%(network)s takes no post without a video. Add one.")
    return ""


def _file_problems(
    found: Sequence[Media], rule: Images | Videos | Documents | None, index: int, label: str
) -> Iterable[Problem]:
    """Files of one kind, pictures, videos or documents, under the rule for them. A limit of 0: there is none."""
    kind = "image" if found[0].is_image else "video" if found[0].is_video else "document"
    count = len(found)
    if rule is None:
        sentence = {
            "image": _("%(network)s takes no pictures. Leave the picture out for this channel."),
            "video": _("%(network)s takes no videos. Leave the video out for this channel."),
            "document": _("%(network)s takes no documents. Leave the document out for this channel."),
        }[kind]
        yield Problem("media", sentence % {"network": label}, index, count, 0)
        return
    if count > rule.count:
        sentence = {
            "image": ngettext(
                "%(count)d picture; %(network)s takes %(limit)d. Remove some, or start a new part.",
                "%(count)d pictures; %(network)s takes %(limit)d. Remove some, or start a new part.", count,
            ),
            "video": ngettext(
                "%(count)d video; %(network)s takes %(limit)d. Remove some, or start a new part.",
                "%(count)d videos; %(network)s takes %(limit)d. Remove some, or start a new part.", count,
            ),
            "document": ngettext(
                "%(count)d document; %(network)s takes %(limit)d. Remove some, or start a new part.",
                "%(count)d documents; %(network)s takes %(limit)d. Remove some, or start a new part.", count,
            ),
        }[kind]  # fmt: skip
        values = {"network": label, "count": count, "limit": rule.count}
        yield Problem("media", sentence % values, index, count, rule.count)
    names = {"image": _("picture"), "video": _("video"), "document": _("document")}
    for media in found:
        name = media.name or names[kind]
        if media.mime not in rule.types:
            told = {"network": label, "type": media.mime, "name": name}
            yield Problem("media", _("%(network)s does not take %(type)s (“%(name)s”).") % told, index)
        limit = (isinstance(rule, Images) and media.moves and rule.moving) or rule.size
        if media.size > limit:
            sentence = _("“%(name)s” has %(size)s; %(network)s takes %(limit)s.") % {
                "network": label, "name": name, "size": megabytes(media.size), "limit": megabytes(limit),
            }  # fmt: skip
            yield Problem("media", sentence, index, media.size, limit)
        if isinstance(rule, Images) and rule.frames is not None and media.moves:
            yield from _frame_problems(media, rule.frames, name, index, label)
        if not isinstance(rule, Documents):
            yield from _shape_problems(media, rule, name, index, label)


def _frame_problems(media: Media, limit: int, name: str, index: int, label: str) -> Iterable[Problem]:
    told = {"network": label, "name": name, "count": media.frames, "limit": limit}
    if limit == 1:
        sentence = _("“%(name)s” moves; %(network)s shows it standing still.")
        yield Problem("media", sentence % told, index, media.frames, limit, "warn")
    elif media.frames > limit:
        sentence = _("“%(name)s” has %(count)d frames; %(network)s takes %(limit)d. Shorten it.")
        yield Problem("media", sentence % told, index, media.frames, limit)


def _shape_problems(media: Media, rule: Images | Videos, name: str, index: int, label: str) -> Iterable[Problem]:
    """Sides and seconds, where they are known: 0 is not known, and the network decides."""
    told = {"network": label, "name": name, "width": media.width, "height": media.height}
    long, short = max(media.width, media.height), min(media.width, media.height)
    if short and isinstance(rule, Images):
        if rule.edge is not None and long > rule.edge:
            sentence = _("“%(name)s” is %(width)d × %(height)d; %(network)s takes %(limit)d on the longer side.")
            yield Problem("media", sentence % {**told, "limit": rule.edge}, index, long, rule.edge)
        if rule.smallest is not None and short < rule.smallest:
            sentence = _(
                "“%(name)s” is %(width)d × %(height)d; %(network)s takes %(limit)d and more on the shorter side. "
                "Use a larger one."
            )
            yield Problem("media", sentence % {**told, "limit": rule.smallest}, index, short, rule.smallest)
    if short and rule.ratios is not None and not rule.ratios[0] <= media.width / media.height <= rule.ratios[1]:
        sentence = _(
            "“%(name)s” is %(width)d × %(height)d; %(network)s takes shapes from %(narrow)s to %(wide)s "
            "(width divided by height)."
        )
        shapes = {"narrow": f"{rule.ratios[0]:.3g}", "wide": f"{rule.ratios[1]:.3g}"}
        yield Problem("media", sentence % {**told, **shapes}, index)
    if isinstance(rule, Videos) and media.duration:
        seconds = {**told, "seconds": _clock(media.duration)}
        if rule.seconds is not None and media.duration > rule.seconds:
            sentence = _("“%(name)s” lasts %(seconds)s; %(network)s takes %(limit)s. Shorten it.")
            values = {**seconds, "limit": _clock(rule.seconds)}
            yield Problem("media", sentence % values, index, round(media.duration), round(rule.seconds))
        if media.duration < rule.shortest:
            sentence = _("“%(name)s” lasts %(seconds)s; %(network)s takes videos from %(limit)s up.")
            values = {**seconds, "limit": _clock(rule.shortest)}
            yield Problem("media", sentence % values, index, round(media.duration), round(rule.shortest))


def _caption_problems(media: Media, rule: Videos, index: int, label: str) -> Iterable[Problem]:
    """Captions that stay away: the video goes without them, and nobody learns it afterwards."""
    named = {"network": label, "name": media.name or _("video")}
    count, left = len(media.captions), [one for one in media.captions if one not in taken(media, rule)]
    if left and not rule.captions:
        sentence = _("%(network)s takes no caption files: “%(name)s” goes there without its captions.")
        yield Problem("captions", sentence % named, index, count, 0, "warn")
        return
    for one in left:
        told = {**named, "language": one.label or one.language}
        if rule.captions_size is not None and one.size > rule.captions_size:
            sentence = _(
                "The captions in %(language)s have %(size)s; %(network)s takes %(limit)s. “%(name)s” goes without them."
            )
            sizes = {"size": kilobytes(one.size), "limit": kilobytes(rule.captions_size)}
            yield Problem("captions", sentence % {**told, **sizes}, index, one.size, rule.captions_size, "warn")
        else:
            sentence = ngettext(
                "%(network)s takes captions in %(limit)d language. “%(name)s” goes without those in %(language)s.",
                "%(network)s takes captions in %(limit)d languages. “%(name)s” goes without those in %(language)s.",
                rule.captions_most,
            )
            values = {**told, "limit": rule.captions_most}
            yield Problem("captions", sentence % values, index, count, rule.captions_most, "warn")


def _poll_problems(rules: Rules, part: Part, poll: Any, label: str) -> Iterable[Problem]:
    if rules.polls is None:
        yield Problem(
            "poll", _("%(network)s has no polls. Leave the poll out for this channel.") % {"network": label}
        )  # fmt: skip
        return
    options = [str(o).strip() for o in poll.get("options", ())] if isinstance(poll, Mapping) else []
    most, longest = rules.polls.options, rules.polls.length
    if not 2 <= len(options) <= most or not all(options):
        sentence = _("A poll on %(network)s has 2 to %(limit)d answers, none of them empty.")
        yield Problem("poll", sentence % {"network": label, "limit": most}, count=len(options), limit=most)
    for option in options:
        count = len(option)
        if count > longest:
            sentence = ngettext(
                "The answer “%(answer)s” has %(count)d character; %(network)s takes %(limit)d.",
                "The answer “%(answer)s” has %(count)d characters; %(network)s takes %(limit)d.", count,
            )  # fmt: skip
            values = {"network": label, "answer": option, "count": count, "limit": longest}
            yield Problem("poll", sentence % values, count=count, limit=longest)
    if part.media:
        yield Problem("poll", _("%(network)s takes a poll or media, not both.") % {"network": label})


def megabytes(size: int) -> str:
    """Bytes as people say them."""
    return _("%(number)s MB") % {"number": f"{size / 1_000_000:.1f}"}


def kilobytes(size: int) -> str:
    """Bytes of small files, as people say them."""
    return _("%(number)s kB") % {"number": f"{size / 1000:.1f}"}


def _clock(seconds: float) -> str:
    """Seconds as a player shows them: 2:20; parts of a second only below ten."""
    if seconds < 10:
        return _("%(number)s s") % {"number": f"{seconds:.3g}"}
    return f"{round(seconds) // 60}:{round(seconds) % 60:02}"
