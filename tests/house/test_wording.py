"""Every sentence that a person reads can be translated: it is one whole message with named values, and it is looked up
when it is said. The first half reads the code; the second hears the sentences of networks through a translator."""

import ast
import re
import socket
import struct
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.utils import translation

from clarion.networks import wording
from clarion.networks.base import Account, Captions, Draft, Media, Part
from clarion.networks.http import Answer, Http
from clarion.networks.registry import all as all_networks
from clarion.networks.registry import get
from clarion.networks.words import Failure

from . import SOURCE, shown, words

# --- the code ---------------------------------------------------------------------------------------------------------

ROOMS = ("networks", "channels", "notifications", "posts", "deliveries", "organisations", "web")
NOT_FOR_READERS = ("web/commands", "web/demo")
"""Commands speak English; the demo's posts are content."""
SPOKEN = {
    "Refused": 0, "SignInAgain": 0, "NotNow": 0, "Unknown": 0, "Problem": 1, "TooLate": 0, "NotPossible": 0,
    "AlreadyLeaving": 0, "BadTime": 0, "BadMedia": 0, "CannotOpen": 0, "NotYours": 0, "Note": 2, "Trouble": 0,
    "success": 1, "warning": 1, "error": 1, "with_trouble": 0,
}  # fmt: skip
"""What is made with a sentence for a person, and where in the call the sentence stands."""
DECLARED = {"Option": (1, ("label", "help", "choices")), "Field": (1, ("label", "help"))}
"""What a network declares at import: where the label stands, and the names of what people read."""
TRANSLATING = {"_", "gettext", "ngettext", "gettext_lazy", "ngettext_lazy", "gettext_noop", "pgettext", "pgettext_lazy"}
MARK = "gettext_noop"


def name_of(call):
    """The last name of what is called; of ``(Unknown if writing else NotNow)(…)`` the first of the two."""
    by = call.func.body if isinstance(call.func, ast.IfExp) else call.func
    return by.attr if isinstance(by, ast.Attribute) else by.id if isinstance(by, ast.Name) else ""


def bare(node, given=None, *, by=TRANSLATING):
    """Pieces of a sentence that no catalogue can translate: literals outside gettext, and whatever is glued.

    ``given``: what names of this function stand for. What goes in as a value, behind ``%``, may be anything.
    """
    given = given or {}
    match node:
        case ast.JoinedStr():
            return [node]
        case ast.Constant(value=str(text)):
            return [node] if re.search(r"[^\W\d_]", text) else []
        case ast.Call() if name_of(node) in by:
            return [a for a in node.args if isinstance(a, ast.JoinedStr | ast.BinOp)]
        case ast.Call() if name_of(node) in ("str", "quoting", "join"):
            return [piece for argument in node.args for piece in bare(argument, given, by=by)]
        case ast.BinOp(left=left, op=ast.Mod()):
            return bare(left, given, by=by)
        case ast.BinOp(left=left, right=right):
            return bare(left, given, by=by) + bare(right, given, by=by)
        case ast.IfExp(body=one, orelse=other):
            return bare(one, given, by=by) + bare(other, given, by=by)
        case ast.BoolOp(values=several) | ast.List(elts=several) | ast.Tuple(elts=several):
            return [piece for value in several for piece in bare(value, given, by=by)]
        case ast.Starred(value=value):
            return bare(value, given, by=by)
        case ast.Name(id=name) if name in given:
            rest = {known: value for known, value in given.items() if known != name}
            return [piece for value in given[name] for piece in bare(value, rest, by=by)]
    return []


def functions(tree):
    """Every function with what its names are set to; and the module itself."""
    for scope in [tree, *(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef))]:
        given = {}
        for node in ast.walk(scope) if isinstance(scope, ast.FunctionDef) else ():
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        given.setdefault(target.id, []).append(node.value)
        yield scope, given


def calls(scope):
    return [node for node in ast.walk(scope) if isinstance(node, ast.Call)]


def untranslatable(source):
    """(line, text) of every sentence that is handed to a person and cannot be translated."""
    tree = ast.parse(source)
    found = set()
    for scope, given in functions(tree):
        for call in calls(scope):
            name = name_of(call)
            if name in SPOKEN and not (name in ("success", "warning", "error") and not _is_message(call)):
                for argument in call.args[SPOKEN[name] :][: None if name == "with_trouble" else 1]:
                    # Seen from the module a name stands for nothing; seen from its function for what it was set to.
                    found |= {(piece.lineno, ast.unparse(piece)) for piece in bare(argument, given)}
    return sorted(found)


def _is_message(call):
    return isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "messages"


def rooms(*names):
    for room in names:
        for path in sorted((SOURCE / room).rglob("*.py")):
            if not path.relative_to(SOURCE).as_posix().startswith(NOT_FOR_READERS):
                yield path


def test_every_sentence_for_a_person_goes_through_gettext_and_is_whole():
    found = [f"{shown(p)}:{line}: {text}" for p in rooms(*ROOMS) for line, text in untranslatable(words(p))]
    assert not found, "say it as one message with named values:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "line",
    [
        'raise Refused("The file is gone.")',
        'raise NotNow(f"{host} is busy.", code="busy")',
        'yield Problem("text", f"{count} of {limit}", index)',
        'raise (Unknown if writing else NotNow)(f"{label} said nothing.")',
        'sentence = f"{label} said no."\n    raise Refused(sentence)',
        'raise Refused(_("It failed:") + f" {why}")',
        'raise Refused(_(f"{label} said no."))',
        'messages.error(request, f"{channel}: {error}")',
        'raise TooLate("Too late." if late else _("Somebody was faster."))',
    ],
)
def test_a_sentence_that_cannot_be_translated_is_caught(line):
    assert untranslatable(f"def say():\n    {line}\n")


def test_what_the_network_said_may_stand_in_a_sentence_as_it_is():
    line = 'raise Refused(quoting(_("%(network)s refused it.") % {"network": f"{label}"}, answer.reason()))'
    assert untranslatable(f"def say():\n    {line}\n") == []


def test_what_a_network_declares_is_marked_for_translators():
    found = []
    for path in rooms("networks"):
        for call in calls(ast.parse(words(path))):
            if name_of(call) in DECLARED:
                place, names = DECLARED[name_of(call)]
                said = [*call.args[place : place + 1], *(one.value for one in call.keywords if one.arg in names)]
                said = [choice.elts[1] if isinstance(choice, ast.Tuple) else choice for one in said
                        for choice in (one.elts if isinstance(one, ast.Tuple) else [one])]  # fmt: skip
                found += [f"{shown(path)}:{one.lineno}: {ast.unparse(one)}" for one in said if bare(one, by={MARK})]
    assert not found, "written at import, shown later: gettext_noop marks it:\n" + "\n".join(found)


def test_every_permission_is_told_in_words_that_translators_see():
    seen = {
        call.args[0].value for path in rooms("networks") for call in calls(ast.parse(words(path)))
        if name_of(call) == MARK and isinstance(call.args[0], ast.Constant)
    }  # fmt: skip
    asked = [(kind, scope) for kind in all_networks() for way in kind.sign_in for scope in way.scopes]
    assert len(asked) > 50
    assert [(kind.name, scope) for kind, scope in asked if kind.purpose(scope) not in seen] == []


def test_nothing_is_translated_at_import():
    """At import there is no reader yet: the sentence would stay in one language for good."""
    found = []
    for path in rooms("networks"):
        tree = ast.parse(words(path))
        inside = {id(n) for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) for n in ast.walk(f)}
        found += [
            f"{shown(path)}:{call.lineno}" for call in calls(tree)
            if name_of(call) in ("_", "ngettext", "quoting") and id(call) not in inside
        ]  # fmt: skip
    assert found == []


def test_values_have_names_that_the_message_knows():
    """``%s`` cannot change its place in another language; a name that is not given is an error when it is said."""
    found = []
    for path in rooms(*ROOMS):
        tree = ast.parse(words(path))
        for call in calls(tree):
            if name_of(call) in TRANSLATING and path.is_relative_to(SOURCE / "networks"):
                texts = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
                found += [f"{shown(path)}:{call.lineno}: {t}" for t in texts if re.search(r"%(?![(%])", t)]
        for node in ast.walk(tree):
            match node:
                case ast.BinOp(left=ast.Call() as call, op=ast.Mod(), right=ast.Dict(keys=keys)) if name_of(
                    call
                ) in TRANSLATING and all(isinstance(key, ast.Constant) for key in keys):
                    texts = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
                    named = {name for text in texts for name in re.findall(r"%\((\w+)\)", text)}
                    if texts and named != {key.value for key in keys}:
                        found.append(f"{shown(path)}:{call.lineno}: {sorted(named)}")
    assert found == []


# --- the sentences ----------------------------------------------------------------------------------------------------


@pytest.fixture
def marked(monkeypatch):
    """A translator that puts every message into brackets, so that what did not pass through it stands outside."""
    monkeypatch.setattr(wording, "_one", wording._one)
    monkeypatch.setattr(wording, "_many", wording._many)
    wording.speak(
        gettext=lambda message: f"⟦{message}⟧", ngettext=lambda one, many, n: f"⟦{one if n == 1 else many}⟧"
    )  # fmt: skip


@pytest.fixture
def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


@pytest.fixture
def hangs_up():
    """The port of a server that takes a request and breaks the connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            taken, _who = listening.accept()
            taken.recv(65536)
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            taken.close()

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]


def network(name, **limits):
    return get(name)(Account(server="https://social.example"), http=Http(private_hosts=["127.0.0.1"]), limits=limits)


def picture(**more):
    return Media(Path("fire.png"), "image/png", 1000, "", name="fire.png", **more)


def said_of(name, *parts, **options):
    return [problem.sentence for problem in network(name).problems(Draft(tuple(parts), options))]


def is_whole(sentence):
    """One pair of brackets around everything: nothing was said outside the translator."""
    depth = 0
    for place, sign in enumerate(sentence):
        depth += (sign == "⟦") - (sign == "⟧")
        if depth == 0:
            return sentence[:1] == "⟦" and place == len(sentence) - 1
    return False


def test_the_first_room_that_speaks_to_networks_gives_them_its_translators():
    assert (wording._one, wording._many) == (translation.gettext, translation.ngettext)


def test_without_a_translator_networks_speak_english(monkeypatch):
    monkeypatch.setattr(wording, "_one", wording._one)
    monkeypatch.setattr(wording, "_many", wording._many)
    wording.speak()
    assert wording._("It is there.") == "It is there."
    assert [wording.ngettext("%(n)d part", "%(n)d parts", n) % {"n": n} for n in (1, 2)] == ["1 part", "2 parts"]


def test_a_text_that_is_too_long_is_told_in_the_readers_language(marked):
    assert said_of("mastodon", Part("x" * 612)) == [
        "⟦612 of 500 on Mastodon: 112 over. Shorten it, or write a variant.⟧"
    ]


def test_in_a_thread_the_part_is_told_around_the_sentence(marked):
    assert said_of("mastodon", Part("Fine."), Part("x" * 501)) == [
        "⟦Part 2: ⟦501 of 500 on Mastodon: 1 over. Shorten it, or write a variant.⟧⟧"
    ]


def test_refused_files_are_told_in_the_readers_language(marked):
    heavy = Media(Path("fire.tiff"), "image/tiff", 20_000_000, "", name="fire.tiff")
    assert said_of("mastodon", Part("Fire.", (heavy,))) == [
        "⟦Mastodon does not take image/tiff (“fire.tiff”).⟧",
        "⟦“fire.tiff” has ⟦20.0 MB⟧; Mastodon takes ⟦16.8 MB⟧.⟧",
    ]
    assert said_of("mastodon", Part("Fire.", (picture(),) * 5)) == [
        "⟦5 pictures; Mastodon takes 4. Remove some, or start a new part.⟧"
    ]
    captions = (Captions(Path("fire.vtt"), "nb"),)
    video = Media(Path("fire.mp4"), "video/mp4", 1000, "", name="fire.mp4", captions=captions)
    assert said_of("farcaster", Part("Fire.", (video,))) == [
        "⟦Farcaster takes no videos. Leave the video out for this channel.⟧"
    ]
    assert said_of("mastodon", Part("Fire.", (video,))) == [
        "⟦Mastodon takes no caption files: “fire.mp4” goes there without its captions.⟧"
    ]


@pytest.mark.parametrize(
    ("status", "writing", "sentence"),
    [
        (429, True, "⟦⟦Mastodon asks us to slow down.⟧ It said: “at 100% today”⟧"),
        (500, True, "⟦⟦Mastodon failed while it worked on it (500): it may have happened.⟧ It said: “at 100% today”⟧"),
        (500, False, "⟦⟦Mastodon is not working at the moment (500).⟧ It said: “at 100% today”⟧"),
        (422, True, "⟦⟦Mastodon refused it (422).⟧ It said: “at 100% today”⟧"),
    ],
)
def test_a_refusal_is_translated_and_what_the_server_said_stays_as_it_was(marked, status, writing, sentence):
    answer = Answer(status, {}, b'{"error": "at 100% today"}', at=datetime(2026, 11, 23, tzinfo=UTC))
    assert network("mastodon").understand(answer, writing=writing).sentence == sentence


def test_an_unreachable_host_and_a_lost_answer_are_told_in_the_readers_language(marked, closed_port, hangs_up):
    http = Http(private_hosts=["127.0.0.1"])
    told = []
    for url in (f"http://127.0.0.1:{closed_port}/", f"http://127.0.0.1:{hangs_up}/", "http://10.0.0.1/"):
        with pytest.raises(Failure) as caught:
            http.post(url, json={})
        told.append(caught.value.sentence)
    assert told == [
        "⟦127.0.0.1 cannot be reached: Connection refused. Nothing was sent.⟧",
        "⟦127.0.0.1 broke the connection before it answered: it may or may not have happened.⟧",
        "⟦10.0.0.1 is on a private network, which Clarion does not call. "
        "An administrator can allow it with CLARION_PRIVATE_HOSTS.⟧",
    ]


def test_no_network_says_anything_outside_the_translator(marked):
    video = Media(Path("v"), "video/x", 10**9, "")
    files = (picture(alt="x" * 9000), *(Media(Path("x"), "image/x", 10**9, ""),) * 30, video, video)
    parts = [Part("x\x01" * 30_000, files), Part(""), Part("", files[:1])]
    drafts = [Draft((part,), {"poll": poll, "language": "a,b,c,d"}) for part in parts
              for poll in (None, 3, {"options": ["a", "b" * 99]})]  # fmt: skip
    drafts.append(Draft(tuple(parts * 30)))
    said = []
    for kind in all_networks():
        us = kind(Account(), http=Http())
        said += [problem.sentence for draft in drafts for problem in us.problems(draft)]
        for status in (300, 401, 403, 404, 408, 410, 422, 425, 429, 500, 503):
            for body in (b'{"error": "token"}', b'{"error": "AccountTakedown"}', b'{"error": "BlobNotFound"}'):
                for header in ({}, {"retry-after": "9"}):
                    answers = [us.understand(Answer(status, header, body), writing=w) for w in (True, False)]
                    said += [failure.sentence for failure in answers if failure is not None]
    assert [sentence for sentence in said if not is_whole(sentence)] == []
    assert len(set(said)) > 100
