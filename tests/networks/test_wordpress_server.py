"""WordPress itself (`tests/servers/wordpress`), behind a proxy that can lose answers."""

from __future__ import annotations

import html
import json
import subprocess
import time
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from clarion.networks.canonical import plain
from clarion.networks.wordpress import WordPress
from clarion.networks.words import NotNow, Refused, SignInAgain, Unknown
from clarion.testing.rehearsal import NeedsAPerson, Rehearsal
from clarion.testing.servers.base import Faults
from clarion.testing.servers.proxy import Proxy
from clarion.testing.stages import Stage
from clarion.testing.wordpress import WordPressStage

from .real_servers import server
from .wordpress_ways import WordPressWays

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("wordpress")]


class Site:
    """The site seen by its people and by its host, without any code of ours."""

    def __init__(self, told: dict[str, str]) -> None:
        self.url, self._anew = told["base_url"], told["anew_url"]
        self._php, self._folder = told["php"], told["site"]
        self.passwords: dict[str, str] = {}

    def anew(self) -> None:
        """Empties it; everybody has a new application password."""
        with urllib.request.urlopen(self._anew, timeout=30) as answer:
            self.passwords = json.load(answer)

    def php(self, code: str) -> str:
        """Runs PHP within the site, as a plugin or its host would."""
        command = [self._php, "-r", f"require '{self._folder}/wp-load.php'; {code}"]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    @contextmanager
    def maintenance(self) -> Iterator[None]:
        """As while WordPress puts a new version of itself in place."""
        marker = Path(self._folder) / ".maintenance"
        marker.write_text(f"<?php $upgrading = {int(time.time())};")
        try:
            yield
        finally:
            marker.unlink()

    def ask(self, method: str, path: str, name: str = "", body: Any = None) -> Any:
        headers = {"content-type": "application/json"}
        if name:
            pair = b64encode(f"{name}:{self.passwords[name]}".encode()).decode()
            headers["authorization"] = f"Basic {pair}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/wp-json/wp/v2{path}", data=data, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


class WordPressSite(WordPressStage):
    """An empty site for each stage, and new application passwords."""

    kind = "server"
    seconds = 10.0

    def __init__(self, folder: Path, site: Site, who: str = "cityhall") -> None:
        Stage.__init__(self, folder)
        site.anew()
        self.site, self.who = site, who
        self.proxy = Proxy(site.url)
        self.secrets = (site.passwords[who],)
        self.id = site.ask("GET", "/users/me", who)["id"]
        self.renamed = False

    def start(self) -> None:
        self.proxy.start()

    def stop(self) -> None:
        self.proxy.stop()
        if self.renamed:
            self.rename(self.who)
            self.renamed = False

    @property
    def faults(self) -> Faults:
        return self.proxy.faults

    def complaints(self) -> list[str]:
        return []

    def fields(self) -> dict[str, str]:
        return {"server": self.site.url, "username": self.who, "password": self.secrets[0]}

    def app(self) -> dict[str, str]:
        """The site tells its own address: all calls take the way through the proxy."""
        return {"base_url": self.proxy.url}

    def articles(self) -> list[Mapping[str, Any]]:
        return self._ours("/posts?status=publish&order=asc&orderby=id")

    def drafts(self) -> int:
        return len(self._ours("/posts?status=draft"))

    def comments(self) -> list[Mapping[str, Any]]:
        return self._ours("/comments?order=asc&orderby=id")

    def _ours(self, path: str) -> list[Mapping[str, Any]]:
        return list(self.site.ask("GET", f"{path}&author={self.id}&per_page=100&context=edit", "webmaster"))

    def alt(self, media_id: int) -> str:
        return str(self.site.ask("GET", f"/media/{media_id}")["alt_text"])

    def end_token(self) -> None:
        self.site.ask("DELETE", f"/users/{self.id}/application-passwords", "webmaster")

    def rename(self, handle: str) -> None:
        """The site calls a person by the last part of the address of their articles."""
        self.site.ask("POST", f"/users/{self.id}", "webmaster", {"slug": handle})
        self.renamed = True

    def give_role(self, role: str) -> None:
        self.site.php(f"get_user_by('id', {self.id})->set_role('{role}');")

    def become_author(self) -> None:
        self.give_role("author")

    def hold(self, comment: str) -> None:
        self.site.ask("POST", f"/comments/{comment.partition('/')[2]}", "webmaster", {"status": "hold"})

    def later(self) -> None:
        past = "comment_date_gmt - INTERVAL 1 DAY"
        self.site.php(f'global $wpdb; $wpdb->query("UPDATE $wpdb->comments SET comment_date_gmt = {past}");')

    def add_unknown_fields(self) -> None:
        self.proxy.unknown_fields = True

    def hide_numbers(self) -> None:
        self.cannot()

    def stranger_posts(self, text: str) -> str:
        body = {"status": "publish", "title": "Theirs", "content": f"<p>{text}</p>"}
        return str(self.site.ask("POST", "/posts", "resident", body)["id"])

    def stranger_replies(self, remote_id: str, text: str) -> str:
        post, _slash, parent = remote_id.partition("/")
        body = {"post": int(post), "parent": int(parent or 0), "content": html.escape(text, quote=False)}
        return f"{post}/{self.site.ask('POST', '/comments', 'resident', body)['id']}"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with server("wordpress") as told:
        yield Site(told)


@pytest.fixture
def stage(site: Site, tmp_path: Path) -> Iterator[WordPressSite]:
    with WordPressSite(tmp_path, site) as stage:
        yield stage


class TestWordPressItself(WordPressWays):
    __test__ = True


# --- what only the site itself shows ----------------------------------------------------------------------------------


@pytest.fixture
def us(stage: WordPressSite) -> WordPress:
    us = stage.network()
    assert isinstance(us, WordPress)
    return us


def page(url: str) -> str:
    """What a citizen's browser gets."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        return str(answer.read().decode())


def test_an_article_stands_on_the_site_with_all_that_was_chosen(stage: WordPressSite, us: WordPress) -> None:
    draft = stage.draft(
        "# Where\nMain Street **only**\n\n- one\n- two", alts=("The cover.", 'Below “it” & "more".'),
        title="Closed <today>", cover="on", excerpt="In short", tags="Water & wells, Roads", categories="News",
        format="markdown", first_comment="Ask & see",
    )  # fmt: skip
    urls = [Rehearsal(us, draft).rest()[0].url for _ in range(2)]  # once more: what is there is not made anew
    assert [url.removeprefix(stage.site.url) for url in urls] == ["/closed-today/", "/closed-today-2/"]
    assert [t["name"] for t in stage.site.ask("GET", "/tags?orderby=id")] == ["Water &amp; wells", "Roads"]
    article = stage.articles()[0]
    assert [stage.site.ask("GET", f"/categories/{id}")["name"] for id in article["categories"]] == ["News"]
    assert article["excerpt"]["raw"] == "In short" and stage.alt(article["featured_media"]) == "The cover."
    shown = page(urls[0])
    assert "<h1>Closed &lt;today&gt;</h1>" in shown and "<strong>only</strong>" in shown and "<li>two</li>" in shown
    assert 'alt="Below “it” &amp; &quot;more&quot;."' in shown
    assert [post.text for post in stage.posts() if post.parent_id] == ["Ask & see", "Ask & see"]


def test_every_sign_reaches_the_reader_as_typed(stage: WordPressSite, us: WordPress) -> None:
    said = "[gallery] <script>alert(1)</script> & **not bold**"
    (article,) = Rehearsal(us, stage.draft(said)).rest()
    assert said in html.unescape(page(article.url)) and "<script>alert" not in page(article.url)


def test_alt_text_stands_in_the_library_too(stage: WordPressSite, us: WordPress) -> None:
    Rehearsal(us, stage.draft(alts=("The reading room.", "Straße “gesperrt” 🚧"))).rest()
    library = stage.site.ask("GET", "/media?order=asc&orderby=id")
    assert [(one["alt_text"], one["mime_type"]) for one in library] == [
        ("The reading room.", "image/png"), ("Straße “gesperrt” 🚧", "image/png"),
    ]  # fmt: skip


def test_what_an_edit_replaced_is_kept_as_a_revision(stage: WordPressSite, us: WordPress) -> None:
    (article,) = Rehearsal(us, stage.draft("Opens at nine.", alts=("A room.",))).rest()
    us.edit(article.remote_id, stage.draft("Opens at ten.", title="New hours"))
    kept = stage.site.ask("GET", f"/posts/{article.remote_id}/revisions?context=edit", "webmaster")
    said = [(one["title"]["raw"], plain(one["content"]["raw"]).linked) for one in kept]
    assert said[0] == ("New hours", "Opens at ten.") and ("Opening hours", "Opens at nine.") in said
    assert article.url == stage.articles()[0]["link"]  # the address stays


def test_a_title_without_latin_letters_gets_its_address_from_wordpress(stage: WordPressSite, us: WordPress) -> None:
    (article,) = Rehearsal(us, stage.draft(title="مرحبا")).rest()
    assert unquote(article.url) == f"{stage.site.url}/مرحبا/" and "<h1>مرحبا</h1>" in page(article.url)


def test_an_article_that_somebody_threw_away_needs_a_person(stage: WordPressSite, us: WordPress) -> None:
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    stage.site.ask("DELETE", f"/posts/{stage.articles()[0]['id']}", "webmaster")
    with pytest.raises(NeedsAPerson):
        rehearsal.recover()


def test_a_file_of_a_kind_that_the_site_does_not_take_is_refused(stage: WordPressSite, us: WordPress) -> None:
    draft = stage.draft(pictures=1)
    drawing = replace(draft.parts[0].media[0], mime="image/svg+xml", name="map.svg")
    with pytest.raises(Refused, match="not allowed to upload this file type"):
        Rehearsal(us, replace(draft, parts=(replace(draft.parts[0], media=(drawing,)),))).rest()


def test_a_site_under_maintenance_is_asked_again_later(stage: WordPressSite, us: WordPress) -> None:
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    with stage.site.maintenance():
        with pytest.raises(NotNow) as caught:
            rehearsal.say()
        with pytest.raises(NotNow):
            rehearsal.look()
    assert caught.value.retry_at is not None
    rehearsal.say()
    assert len(stage.articles()) == 1


def test_a_site_without_pretty_links_is_spoken_to_as_well(stage: WordPressSite) -> None:
    stage.site.php("update_option('permalink_structure', '');")
    us = stage.network()
    assert isinstance(us, WordPress) and "rest_route=" in us.account.settings["rest"]
    article, ours = Rehearsal(us, stage.draft("Hello.", alts=("A.",), tags="Roads", first_comment="Ask.")).rest()
    assert article.url == f"{stage.site.url}/?p={article.remote_id}" and "Hello." in page(article.url)
    theirs = stage.site.php(f"echo wp_insert_comment(['comment_post_ID' => {article.remote_id}, 'user_id' => 3]);")
    assert [m.remote_id for m in us.notifications().items] == [f"{article.remote_id}/{theirs}"]
    assert us.fetch(us.id_in(article.url)) is not None and us.measure_account().numbers == {"posts": 1}
    assert len(us.replies(article.remote_id).items) == 2 and ours.remote_id.startswith(f"{article.remote_id}/")


def test_a_comment_that_waits_for_approval_is_news(stage: WordPressSite, us: WordPress) -> None:
    (article,) = Rehearsal(us, stage.draft()).rest()
    theirs = stage.site.ask("POST", "/comments", "citizen", {"post": int(article.remote_id), "content": "Why?"})
    assert theirs["status"] == "hold" and us.replies(article.remote_id).items == ()
    assert [(m.author, m.text) for m in us.notifications().items] == [("Cem", "Why?")]


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"username": "nobody"}])
def test_a_wrong_password_says_what_else_may_be_the_cause(stage: WordPressSite, wrong: dict[str, str]) -> None:
    with pytest.raises(SignInAgain, match="removes the Authorization header"):
        WordPress.connect({**stage.fields(), **wrong}, http=stage.http(), app=stage.app())


# --- whose role is not that of an editor ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["trainee", "citizen"])
def test_who_may_not_publish_is_told_when_connecting(site: Site, tmp_path: Path, name: str) -> None:
    with WordPressSite(tmp_path, site, name) as stage, pytest.raises(SignInAgain, match="role of an editor"):
        stage.network()


def test_who_may_not_publish_any_more_is_told_so(stage: WordPressSite, us: WordPress) -> None:
    begun, new = Rehearsal(us, stage.draft()).to_the_post(), Rehearsal(us, stage.draft())
    stage.give_role("subscriber")
    for say in (begun.say, new.say, us.notifications, us.whoami):
        with pytest.raises(SignInAgain, match="role of an editor"):
            say()


def test_an_author_publishes_with_tags_and_files(stage: WordPressSite, us: WordPress) -> None:
    stage.become_author()
    draft = stage.draft("Hello.", alts=("A room.", ""), tags="Water & wells")
    picture, film = draft.parts[0].media
    film = replace(film, path=film.path.with_suffix(".mp4"), mime="video/mp4", name="Über uns.mp4")
    film.path.write_bytes(bytes.fromhex("00000018") + b"ftypmp42\0\0\0\0mp42isom" + bytes.fromhex("00000008") + b"mdat")
    Rehearsal(us, replace(draft, parts=(replace(draft.parts[0], media=(picture, film)),))).rest()
    (article,) = stage.articles()
    assert [stage.site.ask("GET", f"/tags/{id}")["name"] for id in article["tags"]] == ["Water &amp; wells"]
    shown = page(article["link"])
    assert 'alt="A room."' in shown and "<video controls" in shown and "uber-uns.mp4" in shown


def test_an_author_may_not_make_categories(stage: WordPressSite, us: WordPress) -> None:
    stage.become_author()
    with pytest.raises(SignInAgain, match="role of an editor"):
        Rehearsal(us, stage.draft(categories="News")).rest()
