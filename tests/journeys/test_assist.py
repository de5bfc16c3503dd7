"""Writing help: an owner chooses a model, a suggestion is shown word by word, taken by a press, and marked."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from clarion.testing.servers.chat_completions import KEY, MODEL, ChatCompletionsServer
from clarion.testing.servers.mastodon import MastodonServer

from .house import House, Office
from .person import Person


@pytest.fixture
def model():
    with ChatCompletionsServer() as running:
        yield running
        assert running.complaints == []


def test_a_suggestion_is_asked_for_looked_at_taken_and_marked(
    person: Person, house: House, office: Office, town: MastodonServer, model: ChatCompletionsServer
):
    house.channel(office, town)
    person.opens("/w/" + person.page.url.split("/w/")[1].split("/")[0] + "/assist")
    person.sees_heading("Writing help")
    person.page.get_by_label("Address").fill(model.address)
    person.page.get_by_label("Model", exact=True).fill(MODEL)
    person.page.get_by_role("textbox", name="Key").fill(KEY)
    person.presses("Turn it on")
    person.sees("Writing help is on.")
    person.begins_to_write()
    person.chooses("@cityhall")
    words = person.page.locator("textarea.area").first
    person.types("The library is open late on Friday and on Saturday.")
    suggest = person.page.locator("#assist summary")
    suggest.focus()
    person.page.keyboard.press("Enter")
    person.page.get_by_role("button", name="Shorten to fit").focus()
    person.page.keyboard.press("Enter")
    person.sees(f"Suggested by {MODEL}")
    expect(words).to_have_value("The library is open late on Friday and on Saturday.")
    expect(person.page.get_by_role("button", name="Take it")).to_be_focused()
    person.page.keyboard.press("Enter")
    expect(words).to_have_value("The library is open late")
    expect(words).to_be_focused()
    # a thread: one part becomes three
    model.says = lambda task: json.dumps(["One.", "Two.", "Three."])
    suggest.click()
    person.page.get_by_role("button", name="Split into a thread").click()
    person.presses("Take it")
    expect(person.page.locator("textarea.area")).to_have_count(3)
    assert [one.input_value() for one in person.page.locator("textarea.area").all()] == ["One.", "Two.", "Three."]
    model.mode = "refusal"
    suggest.click()
    person.page.get_by_role("button", name="Warmer").click()
    person.sees("refused. Nothing was changed.")
    person.presses("Save draft")
    person.sees("The draft is kept.")
    person.page.get_by_role("link", name="History").click()
    person.sees(f"with help of {MODEL}")
