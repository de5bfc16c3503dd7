"""What a community on Reddit takes, asked before anything is sent: a no then costs nothing.

K: the fields and the addresses. What a community does not say is no reason to stop; the answer to the post decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from .api import mappings, number, text, within
from .base import JSON, NotNow, Published, Refused
from .reddit_api import RedditApi
from .wording import _

_KINDS = {"self": ("link",), "link": ("self",), "image": ("self",), "video": ("self",)}
"""Communities take "any", or only "link" or "self": what each kind of post is not taken by."""


class RedditCommunity(RedditApi):
    """The step that shows nothing and comes first."""

    def _allowed(self, payload: JSON) -> Published:
        """Asks the community what it takes, so that a no comes before anything is sent."""
        name, options, kind = str(payload["community"]), payload["options"], str(payload["as"])
        place, flair = f"/r/{quote(name, safe='')}", {}
        if name.casefold() != f"u_{self._user}".casefold():
            self._judge(self._about(place, name), kind)
        if wanted := str(options.get("flair") or "").strip():
            flair = self._flair(place, wanted)
        self._required(name, str(options.get("title") or ""), str(payload["text"]), kind, has_flair=bool(flair))
        return Published(handle=flair)

    def _about(self, place: str, name: str) -> Mapping[str, Any]:
        answer = self._ask("GET", f"{place}/about", params={"raw_json": 1})
        failure = self.understand(answer, writing=False)
        # K: a name that nobody has leads to the search.
        if 300 <= answer.status < 400 or (failure is not None and failure.code == "404"):
            sentence = _("Reddit has no community “%(name)s”. Nothing was posted. Look at its name.")
            raise Refused(sentence % {"name": name}, code="SUBREDDIT_NOEXIST")
        about = within(self._read(answer, writing=False), "data")
        if not isinstance(about, Mapping):
            raise self._unreadable(writing=False)
        return about

    def _judge(self, about: Mapping[str, Any], kind: str) -> None:
        """Raises Refused for what the community says of itself and of us. What it does not say is no reason."""
        ours = about.get("user_is_contributor") is True or about.get("user_is_moderator") is True
        if about.get("user_is_banned") is True:
            raise Refused(_("The community has banned this account. Nothing was posted."), code="banned")
        if text(about, "subreddit_type") in ("restricted", "private") and not ours:
            raise Refused(_("Only members of the community may post there. Nothing was posted."), code="restricted")
        if text(about, "submission_type") in _KINDS[kind]:
            sentence = (
                _("The community takes no text posts. Nothing was posted. Give a link.")
                if kind == "self"
                else _("The community takes text posts only. Nothing was posted. Leave link and files out.")
            )
            raise Refused(sentence, code="NO_SELFS" if kind == "self" else "NO_LINKS")
        if kind in ("image", "video") and about.get(f"allow_{kind}s") is False:
            sentence = (
                _("The community takes no pictures. Nothing was posted.")
                if kind == "image"
                else _("The community takes no videos. Nothing was posted.")
            )
            raise Refused(sentence, code=f"no_{kind}s")

    def _flair(self, place: str, wanted: str) -> dict[str, str]:
        """The community's flair of this name or id."""
        found = [one for one in mappings(self._get(f"{place}/api/link_flair_v2")) if one.get("mod_only") is not True]
        for one in found:
            if wanted.casefold() in (text(one, "text").strip().casefold(), text(one, "id").casefold()):
                return {"flair_id": text(one, "id"), "flair_text": text(one, "text")}
        sentence = _("The community has no flair “%(name)s”. Nothing was posted. It has: %(names)s.")
        names = ", ".join(text(one, "text") for one in found) or "–"
        raise Refused(sentence % {"name": wanted, "names": names}, code="flair")

    def _required(self, name: str, title: str, words: str, kind: str, *, has_flair: bool) -> None:
        """What moderators have laid down (K). Where it cannot be asked, the answer to the post tells."""
        try:
            told = self._get(f"/api/v1/{quote(name, safe='')}/post_requirements")
        except (NotNow, Refused):
            return
        if within(told, "is_flair_required") is True and not has_flair:
            raise Refused(_("The community wants a flair. Nothing was posted. Give one."), code="flair")
        least, most = number(told, "title_text_min_length"), number(told, "title_text_max_length")
        if (least and len(title) < least) or (most and len(title) > most):
            sentence = _("The community wants titles of %(least)s to %(most)s characters. Nothing was posted.")
            raise Refused(sentence % {"least": least or 1, "most": most or 300}, code="title")
        policy = text(told, "body_restriction_policy")
        if kind == "self" and ((policy == "required" and not words) or (policy == "notAllowed" and words)):
            sentence = (
                _("The community wants a text in each post. Nothing was posted.")
                if policy == "required"
                else _("The community takes posts without a text only. Nothing was posted.")
            )
            raise Refused(sentence, code="body")
