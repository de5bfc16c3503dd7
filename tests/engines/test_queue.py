"""People who queue at the same moment, from processes of their own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from .conftest import House


def test_people_who_queue_at_the_same_moment_never_get_the_same_slot(house: House):
    _towns, (channel,) = house.channels(1)
    installation = house.installation
    for weekday in range(7):
        installation.rows(
            "INSERT INTO posts_slot (channel_id, weekday, time) VALUES (?, ?, ?)",
            installation.key(channel), weekday, "09:00:00",
        )  # fmt: skip

    def take(number: int) -> str:
        words = ("posts", "add", "--workspace", "Press office", "--channel", channel, "--at", "next")
        (made,) = installation.ask(*words, "--text", f"Notice {number}.")
        return str(made["deliveries"][0]["due_at"])

    with ThreadPoolExecutor(6) as people:
        taken = list(people.map(take, range(6)))
    assert len(set(taken)) == 6
    assert len({at[11:16] for at in taken}) == 1, "the slots are all at nine o'clock in Oslo"
