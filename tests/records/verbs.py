"""Every verb of the nouns, with the event that it leaves and how it is done at a desk."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

from django.db.models import F

from clarion.channels.models import Channel
from clarion.deliveries.models import Delivery, State
from clarion.deliveries.models.live import Live
from clarion.networks.editing import Edit
from clarion.networks.fitting import Recipe
from clarion.notifications.models import TeamChat
from clarion.organisations.models import Member, Organisation, Workspace
from clarion.posts.content import Content, Shot, Words
from clarion.posts.models import (
    Arrival,
    Campaign,
    Category,
    Feed,
    Folder,
    Idea,
    Label,
    Media,
    Post,
    Quota,
)  # fmt: skip
from clarion.posts.models.post import Fresh
from clarion.testing.pictures import png


def held(desk) -> None:
    Delivery.objects.update(state=State.HELD)


def unknown(desk) -> None:
    Delivery.objects.update(state=State.UNKNOWN)


def published(desk) -> None:
    remote = desk.server.write(desk.server.people[desk.server.token], {"status": "Storgata is closed"})
    Delivery.objects.update(state=State.PUBLISHED, remote_id=remote.id)
    desk.delivery.steps.create(number=0, kind="create", remote_id=remote.id, done_at=desk.now)


def paused(desk) -> None:
    desk.house.pause(by=desk.ingrid, because="flood", now=desk.now)


def connected(desk) -> None:
    keys = {"server": desk.server.url, "access_token": desk.server.other_token}
    Channel.objects.connect(workspace=desk.workspace, network="mastodon", fields=keys, by=desk.ingrid, now=desk.now)


def reconnected(desk) -> None:
    keys = {"server": desk.server.url, "access_token": desk.server.token}
    Channel.objects.connect(workspace=desk.workspace, network="mastodon", fields=keys, by=desk.ingrid, now=desk.now)


def told_again(desk) -> None:
    Channel.objects.keep(
        workspace=desk.workspace, network="mastodon", by=desk.ingrid, now=desk.now,
        connected=desk.channel.kind.connect(
            {"server": desk.server.url, "access_token": desk.server.token}, http=desk.channel.speak().http
        ),
    )  # fmt: skip


def opened_ground(desk) -> None:
    other = Workspace.objects.open(organisation=desk.house, name="Fire brigade")
    Channel.objects.open_own_ground(workspace=other, by=desk.ingrid, now=desk.now)


def kept(desk) -> None:
    file = io.BytesIO(png(8, 8))
    Media.objects.keep(workspace=desk.workspace, file=file, name="map.png", alt="A map", by=desk.ingrid)


def the_map(desk):
    return Media.objects.get(workspace=desk.workspace, name="map.png")


def a_folder(desk) -> None:
    Folder.objects.open(workspace=desk.workspace, name="Summer", by=desk.ingrid)


def kept_and_taken_out(desk) -> None:
    kept(desk)
    the_map(desk).remove(by=desk.ingrid, now=desk.now)


def kept_twice(desk) -> None:
    kept(desk)
    file = io.BytesIO(png(9, 9))
    Media.objects.keep(workspace=desk.workspace, file=file, name="new.png", by=desk.ingrid)


def renewed(desk) -> None:
    kept_twice(desk)
    Media.objects.get(name="new.png").become(the_map(desk), by=desk.ingrid)


def kept_beside_a_label(desk):
    kept(desk)
    Label.objects.create(workspace=desk.workspace, name="Traffic")


def labelled(desk):
    the_map(desk).label([Label.objects.get()], by=desk.ingrid)


def permitted(desk):
    day = desk.now.date()
    the_map(desk).permit(holder="Marte", permission="", until=day, note="", by=desk.ingrid, now=desk.now)


def shows_the_map(desk) -> None:
    kept_twice(desk)
    content = Content((Words("Look", (Shot(str(the_map(desk).pk)),)),))
    desk.post.edit(by=desk.ingrid, version=desk.post.version, content=content)


def edited(desk) -> None:
    desk.post.edit(by=desk.ingrid, version=desk.post.version, content=Content((Words("From 9 to 13."),)))


def written_on(desk) -> None:
    Post.objects.update(version=F("version") + 1)


def campaign(desk) -> None:
    Campaign.objects.begin(workspace=desk.workspace, name="Advent", by=desk.ingrid)


def category(desk) -> None:
    Category.objects.make(workspace=desk.workspace, name="Tips", by=desk.ingrid)


def chatting(desk) -> None:
    Channel.objects.filter(pk=desk.channel.pk).update(network="mattermost")


def team_chat(desk) -> None:
    channel = Channel.objects.get(pk=desk.channel.pk)
    TeamChat.objects.open(channel, topics=["failures"], language="en", by=desk.ingrid, now=desk.now)


def moved(desk) -> None:
    desk.delivery.reschedule(at=desk.now + timedelta(hours=2), by=desk.ingrid, now=desk.now)


BECAUSE = "because of the flood"


def made_fit(desk):
    return Media.objects.fitted(Media.objects.get(workspace=desk.workspace), Recipe(("image/webp",), 1_000_000))


def made_other(desk):
    return Media.objects.edited(Media.objects.get(workspace=desk.workspace), Edit(turn=90))


def fresh(desk) -> None:
    Post.objects.write_all(
        [Fresh(desk.content, (desk.channel.pk,))], workspace=desk.workspace, by=desk.ingrid, source="import"
    )


def removed(desk) -> None:
    desk.post.remove(by=desk.ingrid, now=desk.now)


def idea(desk) -> None:
    Idea.objects.put(workspace=desk.workspace, by=desk.ingrid, text="The tree is lit.")


def feed(desk) -> None:
    Feed.objects.follow(
        workspace=desk.workspace, url="https://news.example/rss", by=desk.ingrid, now=desk.now, target="idea",
        template="{title}",
    )  # fmt: skip


def arrival(desk) -> None:
    data = b"at,text\n2050-01-01T09:00,Open\n"
    Arrival.objects.receive(data, name="a.csv", workspace=desk.workspace, by=desk.ingrid)


def examined(desk) -> None:
    meant = {"columns": ["at", "text"], "order": "", "channels": [], "drafts": True}
    Arrival.objects.get().examine(**meant, by=desk.ingrid, now=desk.now)


def at_stage(stage: str) -> Callable:
    def make(desk) -> None:
        arrival(desk)
        Arrival.objects.update(stage=stage)

    return make


def label(desk) -> None:
    Label.objects.create(workspace=desk.workspace, name="city")


def with_label(desk) -> None:
    label(desk)
    Label.objects.get().put_on(desk.post, by=desk.ingrid)


def changed_idea(desk) -> None:
    Idea.objects.get().change(by=desk.ingrid, text="Lit on Sunday.", link="", picture=None, labels=[])


VERBS: dict[str, tuple[str, Callable]] = {
    "TeamChatQuerySet.open": ("team_chat.opened", team_chat),
    "TeamChat.change": (
        "team_chat.changed",
        lambda d: TeamChat.objects.get().change(topics=["crisis"], language="de", by=d.ingrid),
    ),
    "TeamChat.close": ("team_chat.closed", lambda d: TeamChat.objects.get().close(by=d.ingrid)),
    "OrganisationQuerySet.found": (
        "organisation.founded", lambda d: Organisation.objects.found(name="Fire brigade", by=d.ingrid),
    ),
    "Organisation.pause": ("organisation.paused", lambda d: d.house.pause(by=d.ingrid, because=BECAUSE, now=d.now)),
    "Organisation.resume": ("organisation.resumed", lambda d: d.house.resume(by=d.ingrid, because="over", now=d.now)),
    "WorkspaceQuerySet.open": ("workspace.opened", lambda d: Workspace.objects.open(organisation=d.house, name="Fire")),
    "MemberQuerySet.join": (
        "member.role_changed",
        lambda d: Member.objects.join(workspace=d.workspace, user=d.amir, role="viewer", by=d.ingrid),
    ),
    "Member.leave": ("member.left", lambda d: d.workspace.members.get(user=d.amir).leave(by=d.ingrid)),
    "ChannelQuerySet.connect": ("channel.connected", connected),
    "ChannelQuerySet.keep": ("channel.reconnected", told_again),
    "ChannelQuerySet.open_own_ground": ("channel.connected", opened_ground),
    "Channel.ask_for_sign_in": (
        "channel.sign_in_needed", lambda d: d.channel.ask_for_sign_in(because="The token is dead.", now=d.now),
    ),
    "Channel.disconnect": ("channel.disconnected", lambda d: d.channel.disconnect(by=d.ingrid, now=d.now)),
    "MediaQuerySet.keep": ("media.kept", kept),
    "MediaQuerySet.fitted": ("media.fitted", made_fit),
    "MediaQuerySet.edited": ("media.edited", made_other),
    "Shelved.describe": ("media.described", lambda d: the_map(d).describe("The town", by=d.ingrid)),
    "Shelved.rename": ("media.renamed", lambda d: Media.objects.get().rename("town.png", by=d.ingrid)),
    "Shelved.move": ("media.moved", lambda d: the_map(d).move(Folder.objects.get(), by=d.ingrid)),
    "Shelved.label": ("media.labelled", labelled),
    "Shelved.permit": ("media.permitted", permitted),
    "Shelved.remove": ("media.removed", lambda d: the_map(d).remove(by=d.ingrid, now=d.now)),
    "Shelved.restore": ("media.restored", lambda d: the_map(d).restore(by=d.ingrid)),
    "Shelved.become": (
        "media.renewed", lambda d: Media.objects.get(name="new.png").become(the_map(d), by=d.ingrid),
    ),
    "Shelved.bring_back": ("media.brought_back", lambda d: the_map(d).bring_back(by=d.ingrid)),
    "FolderQuerySet.open": ("folder.opened", a_folder),
    "Folder.rename": ("folder.renamed", lambda d: Folder.objects.get().rename("July", by=d.ingrid)),
    "Folder.remove": ("folder.removed", lambda d: Folder.objects.get().remove(by=d.ingrid)),
    "QuotaQuerySet.grant": (
        "library.quota_changed", lambda d: Quota.objects.grant(d.workspace, 9, by=d.ingrid),
    ),
    "Post.take_version": (
        "post.edited",
        lambda d: d.post.take_version(the_map(d), Media.objects.get(name="new.png"), by=d.ingrid),
    ),
    "PostQuerySet.write": (
        "post.written", lambda d: Post.objects.write(workspace=d.workspace, by=d.ingrid, content=d.content),
    ),
    "PostQuerySet.write_all": ("post.written", fresh),
    "Planned.bring_back": ("post.brought_back", lambda d: d.post.bring_back(by=d.ingrid)),
    "Label.put_on": ("post.labelled", lambda d: Label.objects.get().put_on(d.post, by=d.ingrid)),
    "Label.take_off": ("post.unlabelled", lambda d: Label.objects.get().take_off(d.post, by=d.ingrid)),
    "IdeaQuerySet.put": ("idea.put", idea),
    "Idea.change": ("idea.changed", changed_idea),
    "Idea.move": ("idea.moved", lambda d: Idea.objects.get().move(to="ready", by=d.ingrid)),
    "Idea.become_draft": ("idea.drafted", lambda d: Idea.objects.get().become_draft(by=d.ingrid)),
    "Idea.remove": ("idea.removed", lambda d: Idea.objects.get().remove(by=d.ingrid, now=d.now)),
    "Idea.bring_back": ("idea.brought_back", lambda d: Idea.objects.get().bring_back(by=d.ingrid)),
    "FeedQuerySet.follow": ("feed.followed", feed),
    "Feed.change": (
        "feed.changed",
        lambda d: Feed.objects.get().change(by=d.ingrid, now=d.now, target="draft", template="{title}"),
    ),
    "Feed.pause": ("feed.paused", lambda d: Feed.objects.get().pause(by=d.ingrid, now=d.now)),
    "Feed.go_on": ("feed.resumed", lambda d: Feed.objects.get().go_on(by=d.ingrid, now=d.now)),
    "Feed.remove": ("feed.removed", lambda d: Feed.objects.get().remove(by=d.ingrid)),
    "ArrivalQuerySet.receive": ("arrival.read", arrival),
    "Arrival.examine": ("arrival.examined", examined),
    "Arrival.come": ("arrival.begun", lambda d: Arrival.objects.get().come(whole=False, by=d.ingrid, now=d.now)),
    "Arrival.stop": ("arrival.stopped", lambda d: Arrival.objects.get().stop(by=d.ingrid, now=d.now)),
    "Arrival.go_on": ("arrival.resumed", lambda d: Arrival.objects.get().go_on(by=d.ingrid, now=d.now)),
    "Arrival.undo": ("arrival.undone", lambda d: Arrival.objects.get().undo(by=d.ingrid, now=d.now)),
    "Arrival.rest": ("arrival.ended", lambda d: Arrival.objects.get().rest("came", now=d.now)),
    "Post.correct": (
        "post.corrected",
        lambda d: d.post.correct(channel=d.channel, content=d.content, by=d.ingrid, version=d.post.version),
    ),
    "Post.edit": ("post.edited", edited),
    "Post.settle": ("post.edited", lambda d: d.post.settle()),
    "Planned.join": ("post.joined", lambda d: d.post.join(Campaign.objects.get(), by=d.ingrid)),
    "Planned.sort": ("post.sorted", lambda d: d.post.sort(Category.objects.get(), by=d.ingrid, now=d.now)),
    "Planned.remove": ("post.removed", lambda d: d.post.remove(by=d.ingrid, now=d.now)),
    "DeliveryQuerySet.schedule": (
        "delivery.scheduled",
        lambda d: Delivery.objects.schedule(d.post, channels=[d.board], at=d.now, by=d.ingrid, now=d.now),
    ),
    "Delivery.reschedule": (
        "delivery.rescheduled", lambda d: d.delivery.reschedule(at=d.now, by=d.ingrid, now=d.now, because=BECAUSE),
    ),
    "Delivery.put_back": ("delivery.put_back", lambda d: d.delivery.put_back(by=d.ingrid, now=d.now)),
    "Delivery.send_now": ("delivery.rescheduled", lambda d: d.delivery.send_now(by=d.ingrid, now=d.now)),
    "Delivery.cancel": ("delivery.cancelled", lambda d: d.delivery.cancel(by=d.ingrid, now=d.now, because=BECAUSE)),
    "Delivery.hold": ("delivery.held", lambda d: d.delivery.hold(by=d.ingrid, because=BECAUSE)),
    "Delivery.release": ("delivery.released", lambda d: d.delivery.release(by=d.ingrid, now=d.now)),
    "Delivery.confirm_there": (
        "delivery.confirmed_there", lambda d: d.delivery.confirm_there(by=d.ingrid, url="", now=d.now),
    ),
    "Delivery.confirm_absent": (
        "delivery.confirmed_absent", lambda d: d.delivery.confirm_absent(by=d.ingrid, now=d.now),
    ),
    "Live.take_down": ("delivery.taken_down", lambda d: Live(d.delivery).take_down(by=d.ingrid, now=d.now)),
    "Live.edit": ("delivery.edited", lambda d: Live(d.delivery).edit(post=d.post, by=d.ingrid, now=d.now)),
}  # fmt: skip

BEFORE: dict[str, Callable] = {
    "TeamChatQuerySet.open": chatting, "TeamChat.change": lambda desk: (chatting(desk), team_chat(desk)),
    "TeamChat.close": lambda desk: (chatting(desk), team_chat(desk)),
    "MediaQuerySet.fitted": kept, "MediaQuerySet.edited": kept,
    "Shelved.describe": kept, "Shelved.rename": kept,
    "Shelved.label": lambda desk: (kept(desk), label(desk)),
    "Shelved.permit": kept, "Shelved.remove": kept, "Shelved.restore": kept_and_taken_out,
    "Shelved.move": lambda desk: (kept(desk), a_folder(desk)), "Shelved.become": kept_twice,
    "Shelved.bring_back": renewed, "Folder.rename": a_folder, "Folder.remove": a_folder,
    "Post.take_version": shows_the_map,
    "Planned.bring_back": removed, "Label.put_on": label,
    "Label.take_off": with_label,
    **dict.fromkeys(("Idea.change", "Idea.move", "Idea.become_draft", "Idea.remove", "Idea.bring_back"), idea),
    **dict.fromkeys(("Feed.change", "Feed.pause", "Feed.go_on", "Feed.remove"), feed),
    "Arrival.examine": arrival, "Arrival.come": at_stage("checked"), "Arrival.stop": at_stage("coming"),
    "Arrival.go_on": at_stage("stopped"), "Arrival.undo": at_stage("came"), "Arrival.rest": at_stage("coming"),
    "Organisation.resume": paused, "Delivery.release": held, "Delivery.confirm_there": unknown,
    "Delivery.confirm_absent": unknown, "Live.take_down": published, "Live.edit": published,
    "Post.settle": written_on, "Planned.join": campaign, "Planned.sort": category, "Delivery.put_back": moved,
}  # fmt: skip
"""What has to have happened before."""

NO_VERBS = {
    # Questions: they change nothing.
    "MediaQuerySet.key_of", "Channel.price", "MediaQuerySet.on_show", "MediaQuerySet.alike", "Shelved.versions",
    "Shelved.in_hand", "Shelved.coming", "Shelved.is_held",
    "FolderQuerySet.of", "QuotaQuerySet.allow", "Quota.used", "MediaQuerySet.seen",
    "OrganisationQuerySet.of",
    "WorkspaceQuerySet.of", "ChannelQuerySet.of", "ChannelQuerySet.connected",
    "ChannelQuerySet.for_posts", "TeamChatQuerySet.of", "TeamChat.last",
    "MediaQuerySet.of", "PostQuerySet.of", "PostQuerySet.kept",
    "PostQuerySet.search", "DeliveryQuerySet.of", "DeliveryQuerySet.twins",
    "DeliveryQuerySet.echoes", "DeliveryQuerySet.echo_times", "DeliveryQuerySet.whole",
    "DeliveryQuerySet.needs_a_person", "DeliveryQuerySet.ready",
    "Workspace.day", "Member.may", "Media.shown",
    "Media.small_key",
    "Post.said_on", "Post.draft_for", "Channel.account", "Channel.speak", "Channel.problems", "Channel.days_left",
    "Channel.health", "Channel.limits_are_old", "Delivery.as_json", "Delivery.current_steps",
    "IdeaQuerySet.of", "IdeaQuerySet.on_board", "FeedQuerySet.of", "Feed.may_publish", "Feed.wants", "Feed.fresh",
    "ArrivalQuerySet.of", "Arrival.counts",
    # What a worker meets on its way: told in the row itself.
    "Feed.was_read", "Feed.failed", "Arrival.move_on", "FeedQuerySet.take", "ArrivalQuerySet.take",
    # What the network says about itself, asked again: nobody's deed.
    "Channel.verify", "Channel.ask_limits",
    # The engine's claims are in the attempts.
    "DeliveryQuerySet.claim_due", "DeliveryQuerySet.take",
    # How events are told.
    "Member.tell",
    # A note on a draft.
    "Planned.want",
    # Words on their way: what one person wrote in a row becomes a version, with its event, by ``settle``.
    "Post.keep",
}  # fmt: skip
