"""The composer with its scripts: counting, commands, undo, pasted words, the history; by mouse, by keys, on a phone."""

from __future__ import annotations

from playwright.sync_api import expect

from clarion.networks.text import IN_A_BROWSER, count_text

from .browsers import PHONE
from .house import House, Office
from .person import Person

TEXT = "The market moves to the harbour on Friday."
SAMPLES = (
    "",
    "Plain words, as people write them.",
    "Café, naïve, Ærø, Größe",
    "Family: 👩‍👩‍👧‍👧 and a flag 🇳🇴, a wave 👋🏽",
    "See https://city.example/l/winter for more.",
    "A long one: https://www.halden.kommune.no/tjenester/kultur-og-fritid/bibliotek?side=2 (opens at ten)",
    "Two links: https://a.example/x?y=1 and http://b.example",
    "@halden@social.example says hello, @amir too",
    "図書館は月曜日に開きます",
    "line one\nline two\n\nline four",
    "é as two code points",
    "Привет, мир — “quotes” …",
)


def box(person: Person):
    return person.page.get_by_label("Text of part 1")


def begins(person: Person, text: str = TEXT) -> None:
    person.begins_to_write()
    person.types(text)
    person.page.wait_for_url("**/posts/*/edit")


def test_what_the_page_counts_is_what_the_server_counts(person: Person) -> None:
    person.begins_to_write()
    counted = person.page.evaluate(
        "async ([samples, units]) => {"
        " const { src } = document.querySelector('script[src*=\"/js/composer.js\"]');"
        " const { count } = await import(src.replace('composer.js', 'count.js'));"
        " return samples.map((text) => units.map((unit) => count(text, unit, 23))); }",
        [SAMPLES, list(IN_A_BROWSER.values())],
    )
    for text, counts in zip(SAMPLES, counted, strict=True):
        for (unit, _name), found in zip(IN_A_BROWSER.items(), counts, strict=True):
            if found is not None:
                assert found == count_text(text, unit=unit), (unit, text)
    assert counted[1] == [count_text(SAMPLES[1], unit=unit) for unit in IN_A_BROWSER], "what is plain is always counted"


def test_the_count_moves_before_the_server_has_counted(person: Person) -> None:
    person.begins_to_write()
    person.page.route("**/write/check", lambda route: None)  # never answered
    box(person).press_sequentially("Twelve chars")
    expect(person.page.locator("#counts")).to_contain_text("12/20000")


def test_what_was_removed_comes_back(person: Person) -> None:
    begins(person)
    person.presses("Add a part to the thread")
    person.page.get_by_label("Text of part 2").fill("The second part.")
    person.page.get_by_role("button", name="Remove part").nth(1).click()
    expect(person.page.get_by_label("Text of part 2")).to_have_count(0)
    person.presses("Undo")
    expect(person.page.get_by_label("Text of part 2")).to_have_value("The second part.")
    expect(person.page.get_by_label("Text of part 2")).to_be_focused()


def test_pasted_words_lose_their_looks_and_keep_paragraphs_and_links(person: Person) -> None:
    person.begins_to_write()
    box(person).click()
    html = (
        "<p>The <b>market</b> moves.</p><p>See <a href='https://city.example/market'>the map</a>:</p>"
        "<ul style='color: red'><li>Bread</li><li>Fish</li></ul><style>p{}</style>"
    )
    person.page.evaluate(
        "html => { const data = new DataTransfer(); data.setData('text/html', html); data.setData('text/plain', 'x');"
        " document.activeElement.dispatchEvent("
        "new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })); }",
        html,
    )
    expect(box(person)).to_have_value(
        "The market moves.\n\nSee the map (https://city.example/market):\n\n• Bread\n• Fish"
    )
    person.page.keyboard.press("Control+z")
    expect(box(person)).to_have_value("")


def test_an_old_version_is_taken_again(person: Person) -> None:
    begins(person)
    person.presses("Save draft")
    person.sees("The draft is kept")
    box(person).fill("The market stays.")
    with person.page.expect_event("load"):  # a page of its own, not only another address
        person.presses("Save draft")
    person.sees("The draft is kept")
    person.page.get_by_role("link", name="History").click()
    person.sees_heading("History")
    person.presses("Take this version 1")
    person.sees("Version 1 is the text again.")
    expect(box(person)).to_have_value(TEXT)


def test_everything_is_found_by_a_few_letters_and_keys_alone(person: Person) -> None:
    keys = person.page.keyboard
    person.page.wait_for_load_state("networkidle")
    keys.press("Control+k")
    expect(person.dialog).to_be_visible()
    keys.type("write a")
    keys.press("Enter")
    person.sees_heading("Write a post")
    person.page.wait_for_load_state("networkidle")
    box(person).focus()
    keys.type(TEXT)
    keys.press("Control+Shift+Enter")
    expect(person.page.get_by_label("Text of part 2")).to_be_focused()
    keys.type("And a second part.")
    keys.press("Control+k")
    keys.type("when it cannot")
    keys.press("Enter")
    expect(person.page.get_by_text("or within 6 h")).to_be_visible()
    keys.press("Escape")
    keys.press("Control+s")
    person.sees("The draft is kept")
    keys.press("?")
    expect(person.page.get_by_role("dialog", name="Keys")).to_be_visible()
    keys.press("Escape")
    keys.press("Control+Enter")
    box(person).focus()
    keys.press("Control+Enter")
    expect(person.page.get_by_role("button", name="Schedule", exact=True)).to_be_focused()
    keys.press("Enter")
    person.sees("It goes out on")


def test_a_draft_is_written_on_a_phone(come, house: House, office: Office) -> None:
    person = come(house, **PHONE)
    person.signs_in(office)
    begins(person)
    person.page.get_by_label("Add a part to the thread").tap()
    person.page.get_by_label("Text of part 2").fill("Bring a bag.")
    wide = person.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0, "nothing stands out to the side"
    person.presses("Save draft")
    person.sees("The draft is kept")
