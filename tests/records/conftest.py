from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from clarion.deliveries.models import Delivery
from clarion.posts.content import Content, Words
from clarion.posts.models import (
    Post,
)  # fmt: skip


@pytest.fixture
def desk(cityhall, ingrid, amir, vera, mastodon, mastodon_server, board, now):
    """Everything that a verb may need. The post waits on the board and on Mastodon."""
    content = Content((Words("Storgata is closed between 9 and 12."),))
    post = Post.objects.write(workspace=cityhall, by=ingrid, content=content, channels=[mastodon])
    (delivery,) = Delivery.objects.schedule(post, channels=[mastodon], at=now + timedelta(hours=1), by=ingrid, now=now)
    return SimpleNamespace(
        house=cityhall.organisation, workspace=cityhall, ingrid=ingrid, amir=amir, vera=vera, channel=mastodon,
        server=mastodon_server, board=board, post=post, delivery=delivery, content=content, now=now,
    )  # fmt: skip
