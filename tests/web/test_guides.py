"""The pages about networks as the product shows them."""

from __future__ import annotations

import re

import pytest

from clarion.networks.registry import names
from clarion.web.guides import FOLDER, NOT_SERVED, guide
from clarion.web.prose import html_of

PAGES = sorted(path.stem for path in FOLDER.glob("*.md"))


def said(markdown: str) -> str:
    return html_of(markdown, lambda link: f"/{link}" if link.endswith(".md") else "")


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_read_whole(name):
    """Nothing of Markdown stays between the tags, and every word of the page is there."""
    page = guide(name, lambda other: f"/{other}")
    html = page.opening + "".join(section.html for section in page.sections)
    shown = re.sub(r"(?s)<(code|pre).*?</\1>", "", html)
    assert re.findall(r"\*\*|`|\]\(|\|---|(?m:^#)", re.sub(r"<[^>]+>", "", shown)) == []
    assert len(html) > len((FOLDER / f"{name}.md").read_text()) * 0.9


def test_every_network_has_its_page():
    assert set(names()) <= set(PAGES)


def test_a_page_links_to_others_inside_the_product_and_to_the_world_in_a_window_of_its_own():
    page = guide("discord_webhook", lambda other: f"/about/{other}")
    assert '<a href="/about/discord">Discord</a>' in page.opening
    assert 'href="https://discord.com/developers/applications" target="_blank" rel="noopener' in (
        guide("discord", lambda other: "").steps[0].html
    )


@pytest.mark.parametrize("name", ["", "nonesuch", "README", "../settings", "not-now.md"])
def test_what_is_no_page_is_not_read(name):
    assert guide(name, lambda other: "") is None


def test_several_ways_to_connect_keep_their_names():
    assert [section.way for section in guide("bluesky", lambda other: "").steps] == [
        "in the browser (OAuth)", "by app password",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("One\nline.", "<p>One line.</p>"),
        ("A <b> & *two words*", "<p>A &lt;b&gt; &amp; <em>two words</em></p>"),
        ("**Class: `key`.**", "<p><strong>Class: <code>key</code>.</strong></p>"),
        ("2 * 3 * 4 and `*bold*`", "<p>2 * 3 * 4 and <code>*bold*</code></p>"),
        ("[here](x.md) and [there](../y.txt)", '<p><a href="/x.md">here</a> and there</p>'),
        ("[no](javascript:alert(1))", "<p>no)</p>"),
        ("- a\n- b\n  more", "<ul><li>a</li><li>b more</li></ul>"),
        ("1. a\n   - b\n2. c", "<ol><li>a\n<ul><li>b</li></ul></li><li>c</li></ol>"),
        (
            "1. a\n\n   ```json\n   {\n     1}\n   ```\n2. b",
            '<ol><li>a\n<pre tabindex="0"><code>{\n  1}</code></pre></li><li>b</li></ol>',
        ),
        ("| | |\n|---|---|\n| a | b |", '<table><tbody><tr><th scope="row">a</th><td>b</td></tr></tbody></table>'),
    ],
)
def test_markdown_becomes_what_it_means(markdown, html):
    assert said(markdown) == html


def test_a_guest_of_the_workspace_reads_and_an_outsider_does_not(desk, vera, outsider, client):
    assert desk.sign_in(vera).get(f"channels/about/{NOT_SERVED}").status_code == 200
    assert desk.sign_in(outsider).get(f"channels/about/{NOT_SERVED}").status_code == 404
