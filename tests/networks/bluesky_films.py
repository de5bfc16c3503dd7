"""Pictures are there at once on Bluesky; only videos are worked on."""

import pytest

from clarion.networks.base import Draft, Part
from clarion.networks.words import Processing, Refused
from clarion.testing.conformance import proves
from clarion.testing.rehearsal import Rehearsal


class Films:
    @proves("check")
    def test_processing_media_ends_published(self, stage, us):
        stage.process_media(times=2)
        rehearsal = Rehearsal(us, Draft((Part("Slow.", (stage.film(alt="A film."),)),)))
        rehearsal.say()
        line = rehearsal.line
        assert isinstance(us.publish(rehearsal.step(line), key=line.key), Processing)
        rehearsal.rest()
        assert [post.alts for post in stage.posts()] == [("A film.",)]

    @proves("check")
    def test_processing_media_ends_refused(self, stage, us):
        stage.process_media(times=1, then="failed")
        with pytest.raises(Refused, match="could not convert the video"):
            Rehearsal(us, Draft((Part("Broken.", (stage.film(),)),))).rest()
        assert stage.posts() == []
