"""Keys are changed under the feet of a running house: nothing is lost, nothing stays sealed by a key that goes."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from django.core import signing
from typer.testing import CliRunner

from clarion.channels import sealing
from clarion.channels.models import App, Channel, Credential
from clarion.config.environment import Environment
from clarion.organisations.models import Organisation
from clarion.posts.models import Assist
from clarion.records.models import Event
from clarion.web.command_line import app
from tests.web.test_command_line import Terminal


@pytest.fixture
def clarion() -> Terminal:
    return Terminal()


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path, settings):
    """A data folder of its own: its keys are made anew."""
    monkeypatch.setenv("CLARION_DATA", str(tmp_path))
    settings.DATA, settings.ENVIRONMENT = tmp_path, Environment()
    return tmp_path / "keys"


@pytest.fixture
def secrets(cityhall, ingrid, now):
    """One secret in each place where secrets lie, and several channels."""
    for n in range(5):
        channel = Channel.objects.create(
            workspace=cityhall, network="mastodon", remote_id=str(n), handle=f"@{n}", connected_at=now
        )
        Credential.objects.create(channel=channel).keep({"access_token": f"token {n}"})
    App.objects.create(network="x", server="", redirect_uri="https://a/", sealed=sealing.seal({"client_secret": "s"}))
    Assist.objects.settle(
        cityhall.organisation, address="https://m.example/v1", model="m", key="k", takes_pictures=False, by=ingrid
    )
    return lambda: (
        [row.open() for row in Credential.objects.order_by("pk")], App.objects.get().keys, Assist.objects.get().key
    )  # fmt: skip


@pytest.mark.django_db
def test_a_new_key_seals_everything_anew_and_the_old_one_may_go(clarion, secrets, folder):
    before = secrets()
    assert {place.noun for place in sealing.places()} >= {Credential, App, Assist}
    (done,) = clarion.json("keys", "rotate")
    assert done == {"newest": "k2", "made": "k2", "rotated": 7, "older": ["k1"]}
    assert secrets() == before
    assert sealing.sealed_by() == {"k2": 7}
    assert set(Credential.objects.values_list("key_id", flat=True)) == {"k2"}
    first, second, signing_key = clarion.json("keys", "list")
    assert (first["key"], first["newest"], first["seals"]) == ("k2", True, 7)
    assert (second["key"], second["newest"], second["seals"]) == ("k1", False, 0)
    assert signing_key["key"] == "signing"
    assert clarion.json("keys", "forget", "k1") == [{"forgotten": "k1", "left": ["k2"]}]
    assert "k1:" not in (folder / "encryption").read_text()
    assert secrets() == before
    assert stat.S_IMODE((folder / "encryption").stat().st_mode) == 0o600
    event = Event.objects.get(verb="keys.rotated")
    assert (event.organisation_id, event.after) == (Organisation.objects.get().pk, {"key": "k2"})


@pytest.mark.django_db
def test_no_key_is_shown(secrets, folder):
    told = []
    for words in (["keys", "list"], ["keys", "rotate"], ["keys", "forget", "k1"], ["keys", "rotate", "--signing"]):
        answer = CliRunner().invoke(app, words)
        assert answer.exit_code == 0
        told.append(answer.output)
    hidden = [*sealing.named((folder / "encryption").read_text()).values(), *(folder / "secret").read_text().split()]
    assert len(hidden) == 3
    assert not [key for key in hidden if key in "".join(told)]


@pytest.mark.django_db
def test_a_key_that_still_seals_is_not_forgotten(clarion, secrets):
    assert "newest" in clarion.refused("keys", "forget", "k1")
    assert "There is no key" in clarion.refused("keys", "forget", "k9")
    clarion("keys", "rotate")
    late = Credential.objects.first()
    known = sealing.named(sealing.told())
    old = sealing._keys(f"k1:{known['k1']}")["k1"]
    Credential.objects.filter(pk=late.pk).update(sealed=f"k1:{old.encrypt(b'{}').decode()}")  # by a slow process
    assert "still seals secrets: 1" in clarion.refused("keys", "forget", "k1")
    (again,) = clarion.json("keys", "rotate")
    assert (again["made"], again["rotated"]) == ("", 1)  # the rotation before went on: no third key
    clarion("keys", "forget", "k1")


@pytest.mark.django_db
def test_keys_in_a_setting_are_changed_there(clarion, secrets, monkeypatch):
    before, old = secrets(), sealing.told()
    monkeypatch.setenv("CLARION_ENCRYPTION_KEYS", f"2027:a new passphrase,k1:{old}")
    (done,) = clarion.json("keys", "rotate")
    assert (done["newest"], done["made"], done["rotated"]) == ("2027", "", 7)
    assert "yourself" in clarion.refused("keys", "forget", "k1")
    monkeypatch.setenv("CLARION_ENCRYPTION_KEYS", "2027:a new passphrase")
    assert secrets() == before


@pytest.mark.django_db
def test_values_sealed_within_json_of_others_are_sealed_anew_too(clarion, secrets, monkeypatch):
    """As second factors keep them: some values are secrets, others are not."""
    monkeypatch.setitem(sealing.ALSO, "channels.Channel", "settings")
    one = Channel.objects.first()
    one.settings = {"secret": sealing.seal({"text": "JBSWY3DP"}), "step": 7, "note": "k1: a note"}
    one.save()
    (done,) = clarion.json("keys", "rotate")
    assert done["rotated"] == 8
    clarion("keys", "forget", "k1")
    one.refresh_from_db()
    assert sealing.unseal(one.settings["secret"]) == {"text": "JBSWY3DP"}
    assert (one.settings["step"], one.settings["note"]) == (7, "k1: a note")


@pytest.mark.django_db
def test_doctor_says_what_is_sealed_by_a_missing_key_or_not_at_all(clarion, secrets, monkeypatch):
    def findings():
        (found,) = clarion.json("doctor")
        return [(one["level"], one["says"]) for one in found["findings"] if one["check"] == "keys"]

    clarion("migrate")  # its data folder knows nothing of this database yet
    assert findings() == [("ok", "Sealed with k1: 7")]
    clarion("keys", "rotate")
    assert [level for level, _says in findings()] == ["warn"]
    Assist.objects.update(sealed="sk-plain-secret")
    assert ("stop", "Secrets that lie in the database unsealed: 1") in findings()
    monkeypatch.setenv("CLARION_ENCRYPTION_KEYS", "other:x")
    told = findings()
    assert sum(level == "stop" for level, _says in told) == 7
    assert "“k2”" in told[0][1] and "sk-plain-secret" not in str(told)


@pytest.mark.django_db
def test_what_an_older_key_signed_still_counts_until_it_is_forgotten(clarion, settings, folder):
    def read():
        settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS = Environment().signing_keys

    read()
    signed = signing.dumps("a session")
    clarion("keys", "rotate", "--signing")
    read()
    assert signing.loads(signed) == "a session"
    assert signing.dumps("a session").rpartition(":")[2] != signed.rpartition(":")[2]
    clarion("keys", "forget", "signing")
    read()
    with pytest.raises(signing.BadSignature):
        signing.loads(signed)
    assert len(Path(folder / "secret").read_text().split()) == 1


def test_signing_keys_in_a_setting_are_changed_there(clarion, monkeypatch):
    monkeypatch.setenv("CLARION_SECRET_KEY", "new one")
    monkeypatch.setenv("CLARION_OLD_SECRET_KEYS", "one, two")
    assert Environment().signing_keys == ["new one", "one", "two"]
    assert "CLARION_OLD_SECRET_KEYS" in clarion.refused("keys", "rotate", "--signing")


def test_whoever_starts_at_the_same_moment_gets_one_whole_secret(settings, folder, monkeypatch):
    """A server and a worker begin together in an empty folder: neither reads what the other has not written yet."""
    opened, others = os.fdopen, []

    def in_between(*args, **kwargs):
        if not others:
            others.append("")
            others[0] = settings.ENVIRONMENT.kept_secret("made")
        return opened(*args, **kwargs)

    monkeypatch.setattr(os, "fdopen", in_between)
    mine = settings.ENVIRONMENT.kept_secret("made")
    assert others == [mine] and len(mine) >= 48
    assert [one.name for one in folder.iterdir()] == ["made"], "nothing is left beside it"
