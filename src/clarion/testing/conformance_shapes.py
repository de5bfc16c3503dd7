"""The suite's tests of answers of another shape: empty, cut, huge, a page, wrong types. None may end in a traceback."""

from __future__ import annotations

import itertools
import os
import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest

from clarion.networks.base import Account, Answer, Message, Network, Page, Reading, Seen
from clarion.networks.words import Absent, Failure, Processing, Published, Unknown

from .proving import proves
from .rehearsal import Rehearsal
from .servers.base import Asked, Fault, Said, StandIn
from .spoiling import (
    OTHER_SHAPES,
    SAYS_NOTHING,
    SPOILS,
    TWISTS,
    data,
    endless,
    fields_of,
    huge,
    leads_on,
    spoiled,
    twisted,
)
from .stages import Stage

POSITIONS = 4
"""So many calls of one question are spoilt one by one."""
THOROUGH = bool(os.environ.get("CLARION_THOROUGH"))
"""Whoever writes down what is proved takes the time (``bin/prove``); each change is judged by a part of it."""
MANY = 200
"""Nobody asks so often to answer one question."""
LIMITS = ("limit", "remaining", "reset")
HEADERS = (
    "date", "retry-after", "content-type", "link", "www-authenticate", "x-app-usage", "x-business-use-case-usage",
    *(f"{of}-{what}" for of in ("ratelimit", "x-ratelimit", "x-rate-limit") for what in LIMITS),
    "x-ratelimit-used", "x-ratelimit-reset-after", "x-ratelimit-scope", "x-app-limit-24hour-remaining",
    "x-app-limit-24hour-reset", "x-user-limit-24hour-remaining", "x-user-limit-24hour-reset",
)  # fmt: skip
READS = (
    "whoami", "fetch", "replies", "mentions", "messages", "notifications", "measure", "measure_account", "search",
    "limits", "check", "find",
)  # fmt: skip


class Shapes:
    network: ClassVar[type[Network]]

    @pytest.fixture(autouse=True)
    def _one_of_its_kinds(self, request: pytest.FixtureRequest) -> None:
        """Where a network has several kinds of servers, or a real one, one code reads all their answers: the first kind
        of the contract server is asked in every shape, the others when the suite is to be thorough."""
        if THOROUGH or not request.function.__qualname__.startswith(f"{Shapes.__name__}."):
            return
        call, marks = getattr(request.node, "callspec", None), request.node.iter_markers("parametrize")
        own = {name for mark in marks for name in mark.args[0].split(",")}
        is_another = call and any(index for name, index in call.indices.items() if name not in own)
        if is_another or request.node.get_closest_marker("server"):
            pytest.skip("asked when the suite is thorough")

    # -- of what we say

    @proves("publish")
    @pytest.mark.parametrize("shape", [*SAYS_NOTHING, *OTHER_SHAPES])
    def test_a_yes_of_another_shape_is_unknown(self, stage: Stage, us: Network, shape: str) -> None:
        said = (SAYS_NOTHING | OTHER_SHAPES)[shape]
        rehearsal = Rehearsal(us, stage.draft()).to_the_post()
        stage.answer_next(said.status, said.body, said.headers)
        try:
            done = rehearsal.say()
        except Failure as failure:
            assert isinstance(failure, Unknown), f"{failure.word}: {failure.sentence}"
            assert failure.sentence and failure.code
        else:
            assert stage.any_yes and done.remote_id == ""
        if "find" in us.abilities() and not stage.any_yes:
            assert not isinstance(rehearsal.look(), Published)

    @proves("publish")
    def test_a_huge_answer_is_unknown(self, stage: Stage, us: Network) -> None:
        rehearsal = Rehearsal(us, stage.draft()).to_the_post()
        stage.answer_next(200, huge())
        with pytest.raises(Unknown) as caught:
            rehearsal.say()
        assert caught.value.sentence and caught.value.code

    @proves("publish")
    @pytest.mark.parametrize("twist", TWISTS)
    def test_a_yes_with_wrong_types_is_its_own_id_or_unknown(self, stage: Stage, us: Network, twist: str) -> None:
        rehearsal = Rehearsal(us, stage.draft()).to_the_post()
        stage.faults.arm(Fault("twisted", stage.is_publishing, twist=twisted(TWISTS[twist])))
        try:
            done = rehearsal.say()
        except Unknown as failure:
            assert failure.sentence and failure.code
        else:
            ids = [post.remote_id for post in stage.posts()]
            # What could be an id is believed: some are numbers, some are words.
            assert done.remote_id in ids or (done.remote_id in ("7", str(10**30), "many") and "numbers" in twist)
            assert isinstance(done.url, str)
        stage.calm()
        if any(line.settled is None for line in rehearsal.lines) and "find" in us.abilities():
            rehearsal.recover()
        assert len(stage.posts()) == 1

    @proves("publish")
    @pytest.mark.parametrize("what", ["a picture", "what takes a while"])
    def test_a_delivery_with_spoilt_answers_ends_in_a_word(self, stage: Stage, us: Network, what: str) -> None:
        """Every call on the way is spoilt: uploads, sessions, questions whether it is ready. Each in every way when the
        suite is to be thorough, else in a fourth of the ways, which are others for the next call."""
        if what == "a picture":
            draft = stage.draft("Look.", pictures=int(us.rules.images is not None))
        elif "check" not in us.abilities() or "check" in stage.lacks:
            pytest.skip("nothing takes a while here")
        else:
            draft = stage.slow_draft("Slow.")
        us.http.exchanges.clear()
        Rehearsal(us, draft).rest()
        spoilt = {**SAYS_NOTHING, **OTHER_SHAPES}
        wrong = []
        for position in range(1, min(len(us.http.exchanges), 2 * POSITIONS) + 1):
            faults = [
                *((n, Fault("answer", nth(position), s.status, s.body, s.headers)) for n, s in spoilt.items()),
                *((n, Fault("twisted", nth(position), twist=twisted(change))) for n, change in TWISTS.items()),
            ]
            for name, fault in faults if THOROUGH else faults[position % 4 :: 4]:
                stage.faults.arm(fault)
                problem = _judged(lambda: Rehearsal(us, draft, patience=0.1).rest() and None)
                stage.calm()
                wrong += [f"{name}, call {position}: {problem}"] if problem else []
        stage.forgive()
        assert not wrong, "\n".join(["", *wrong])

    @proves("publish")
    def test_a_redirect_to_another_host_is_not_followed_with_our_words(self, stage: Stage, us: Network) -> None:
        if not stage.http_answers:
            pytest.skip("its answers lead nowhere")
        with _Elsewhere() as elsewhere:
            for status in (301, 302, 307, 308):
                rehearsal = Rehearsal(us, stage.draft()).to_the_post()
                stage.answer_next(status, b"", {"location": f"{elsewhere.url}/somewhere"})
                with pytest.raises(Failure) as caught:
                    rehearsal.say()
                assert caught.value.sentence and caught.value.code
            assert elsewhere.asked == 0

    # -- of what we ask

    def test_connecting_with_answers_of_another_shape_ends_in_a_word(self, stage: Stage) -> None:
        wrong = []
        for position in range(POSITIONS + 1):  # a stage may keep a sign-in that worked: every call comes first
            for shape, said in {**SAYS_NOTHING, **OTHER_SHAPES}.items():
                stage.faults.arm(
                    Fault("answer", nth(position), said.status, said.body, said.headers, lasting=position == 0)
                )
                problem = _judged(lambda: stage.network(self.network) and None)
                stage.calm()
                wrong += [f"{shape}, call {position or 'every'}: {problem}"] if problem else []
            for name, change in TWISTS.items():
                stage.faults.arm(Fault("twisted", nth(position), twist=twisted(change), lasting=position == 0))
                problem = _judged(lambda: stage.network(self.network) and None)
                stage.calm()
                wrong += [f"{name}, call {position or 'every'}: {problem}"] if problem else []
        assert not wrong, "\n".join(["", *wrong])

    @pytest.mark.parametrize("ability", READS)
    def test_an_answer_of_another_shape_is_a_word_or_understood(self, stage: Stage, us: Network, ability: str) -> None:
        ask = self._question(stage, us, ability)
        healthy, calls = self._healthy(us, ask)
        wrong = []
        for shape, said in {**SAYS_NOTHING, **OTHER_SHAPES, "huge": data(huge())}.items():
            for position in self._positions(calls, only_first=shape == "huge"):
                stage.faults.arm(
                    Fault("answer", nth(position), said.status, said.body, said.headers, lasting=position == 0)
                )
                problem = _judged(ask, healthy, absent_is_wrong=shape in SAYS_NOTHING and position == 0)
                stage.calm()
                wrong += [f"{shape}, call {position or 'every'} of {calls}: {problem}"] if problem else []
        assert not wrong, "\n".join(["", *wrong])

    @pytest.mark.parametrize("ability", READS)
    def test_an_answer_with_wrong_types_is_a_word_or_understood(self, stage: Stage, us: Network, ability: str) -> None:
        ask = self._question(stage, us, ability)
        _healthy, calls = self._healthy(us, ask)
        wrong = []
        for name, change in TWISTS.items():
            for position in self._positions(calls):
                fault = Fault("twisted", nth(position), twist=twisted(change), lasting=position == 0)
                stage.faults.arm(fault)
                problem = _judged(ask)
                stage.calm()
                wrong += [f"{name}, call {position or 'every'} of {calls}: {problem}"] if problem else []
        assert not wrong, "\n".join(["", *wrong])

    @pytest.mark.parametrize("ability", READS)
    def test_an_answer_with_one_wrong_field_is_a_word_or_understood(
        self, stage: Stage, us: Network, ability: str
    ) -> None:
        ask = self._question(stage, us, ability)
        bodies: list[bytes] = []
        stage.faults.arm(Fault("twisted", twist=lambda body: bodies.append(body) or body, lasting=True))
        self._healthy(us, ask)
        stage.calm()
        wrong = []
        for position, body in enumerate(bodies[:POSITIONS], start=1):
            for number, path in enumerate(fields_of(body)):
                ways = list(SPOILS.items())
                for name, value in ways if THOROUGH else ways[number % 3 :: 3]:
                    stage.faults.arm(Fault("twisted", nth(position), twist=twisted(spoiled(path, value))))
                    problem = _judged(ask)
                    stage.calm()
                    wrong += [f"call {position}, {'.'.join(path)} is {name}: {problem}"] if problem else []
        assert not wrong, "\n".join(["", *wrong])

    @pytest.mark.parametrize("ability", READS)
    def test_a_list_that_never_ends_is_left(self, stage: Stage, us: Network, ability: str) -> None:
        ask = self._question(stage, us, ability)
        self._healthy(us, ask)
        for again in (endless, leads_on):
            us.http.exchanges.clear()
            calls = itertools.count(1)
            twist = twisted(again)
            fault = Fault(
                "twisted", twist=lambda body, t=twist, c=calls: t(body) if next(c) <= MANY else b"", lasting=True
            )
            stage.faults.arm(fault)
            problem = _judged(ask)
            stage.calm()
            assert not problem
            assert len(us.http.exchanges) < MANY, "it asks for ever"

    @pytest.mark.parametrize("ability", READS)
    def test_a_redirected_question_takes_no_secret_along(self, stage: Stage, us: Network, ability: str) -> None:
        if not stage.http_answers:
            pytest.skip("its answers lead nowhere")
        ask = self._question(stage, us, ability)
        healthy, _calls = self._healthy(us, ask)
        with _Elsewhere() as elsewhere:
            for address in (f"{elsewhere.url}/somewhere", "https://[half"):
                stage.answer_always(Said(302, b"", {"location": address}), any_call=True)
                problem = _judged(ask, healthy)
                stage.calm()
                assert not problem
            for asked in elsewhere.heard:
                assert not [secret for secret in stage.secrets if secret in repr(asked)]

    def test_odd_headers_break_nothing(self, us: Network) -> None:
        for name, value in itertools.product(HEADERS, ("²", "-1", "NaN", "inf", "1e400", "soon", "{", "9" * 40, "")):
            headers = {name: value}
            us.budget_told(Answer(200, headers))
            for status, writing in itertools.product((200, 400, 401, 403, 429, 500, 503), (True, False)):
                failure = us.understand(Answer(status, headers, b"[]"), writing=writing)
                assert failure is None or (failure.sentence and failure.code)
                at = getattr(failure, "retry_at", None)
                assert at is None or abs(at - datetime.now(UTC)) < timedelta(days=367), f"{name}: {value}"

    @staticmethod
    def _positions(calls: int, *, only_first: bool = False) -> Iterator[int]:
        """0 is every call."""
        return iter((1,)) if only_first else iter(range(min(calls, POSITIONS) + 1 if calls > 1 else 1))

    @staticmethod
    def _healthy(us: Network, ask: Callable[[], Any]) -> tuple[Any, int]:
        """What the question gives when nothing is wrong, and how many calls it takes. Skips where nobody is asked."""
        us.http.exchanges.clear()
        healthy = ask()
        calls = len(us.http.exchanges)
        if not calls:
            pytest.skip("nobody is asked")
        assert unfit(healthy) == ""
        return healthy, calls

    def _question(self, stage: Stage, us: Network, ability: str) -> Callable[[], Any]:
        """A question that has an answer on this stage."""
        if ability != "whoami" and ability not in us.abilities():
            pytest.skip(f"{us.label} does not declare: {ability}")
        if ability in stage.lacks:
            pytest.skip(f"this server lacks {ability}: {stage.lacks[ability]}")
        ask: Callable[..., Any] = getattr(us, ability)
        if ability == "limits":
            return lambda: self._limits(us)
        if ability == "check":
            stage.process_media(times=10_000)
            begun, step, key = Rehearsal(us, stage.slow_draft("Slow.")).to_the_wait()
            return lambda: ask(begun, step, key=key)
        if ability in ("fetch", "replies", "measure", "find"):
            rehearsal = Rehearsal(us, stage.draft("Questions?"))
            remote_id = rehearsal.rest()[-1].remote_id
            if ability == "find":
                step = rehearsal.step(rehearsal.lines[-1])
                return lambda: ask(step, key=rehearsal.lines[-1].key)
            if ability == "replies":
                stage.stranger_replies(remote_id, "When?")
            return lambda: ask([remote_id] if ability == "measure" else remote_id)
        if ability == "messages":
            stage.stranger_writes("In private")
        elif ability in ("mentions", "notifications"):
            stage.stranger_mentions("Is the pool open?")
        elif ability == "search":
            stage.stranger_posts("The #pool is too cold")
            return lambda: ask("#pool")
        return ask

    @staticmethod
    def _limits(us: Network) -> Any:
        """What the server announces, where the rules can be made of it."""
        told = us.limits()  # type: ignore[attr-defined]
        assert us.rules.told(told).text.limit > 0, "nothing may be said"
        return told


class _Elsewhere(StandIn):
    """Another host, which nobody meant to ask."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Asked] = []

    def handle(self, asked: Asked) -> Said:
        self.heard.append(asked)
        return Said.json({"id": "1"})


def nth(position: int) -> Callable[[str, str], bool]:
    """Chooses the call at this position, from 1; 0: every one."""
    count = itertools.count(1)
    return lambda method, path: position in (0, next(count))


def _judged(ask: Callable[[], Any], healthy: Any = None, *, absent_is_wrong: bool = False) -> str:
    """What is wrong with how the question ends now; empty: it is a word, or something that can be true. ``healthy``:
    what is true, where the answer could not name another."""
    try:
        given = ask()
    except Failure as failure:
        return "" if failure.sentence and failure.code else f"{failure.word} without a sentence or a code"
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {error} ({where.filename.rpartition('/')[2]}:{where.lineno})"
    if problem := unfit(given):
        return problem
    if isinstance(given, Account | Seen | Published):
        known = getattr(healthy, "remote_id", given.remote_id)
        return f"another id: {given.remote_id!r}" if given.remote_id != known else ""
    if absent_is_wrong and (given == Absent(complete=True) or (given is None and isinstance(healthy, Seen))):
        return "what is there is said to be gone"
    return ""


def _is_a_moment(value: Any) -> bool:
    """Aware, and in a year that every clock of the house can show."""
    return isinstance(value, datetime) and value.tzinfo is not None and 1 < value.year < 9999


def unfit(given: Any) -> str:
    """Why this cannot be an answer of a network; empty: it can."""
    if isinstance(given, Page):
        for message in given.items:
            if problem := unfit(message):
                return problem
        return "" if isinstance(given.cursor, str) else f"a cursor: {given.cursor!r}"
    if isinstance(given, Reading):
        odd = {n: v for n, v in given.numbers.items() if not (v is None or (type(v) is int and abs(v) < 2**63))}
        return f"numbers: {odd!r}" if odd else "" if isinstance(given.raw, Mapping) else f"raw: {given.raw!r}"
    if isinstance(given, Account | Message | Seen | Published):
        for field in fields(given):
            value = getattr(given, field.name)
            if field.type == "str" and not isinstance(value, str):
                return f"{field.name}: {value!r}"
            if isinstance(value, str) and re.fullmatch(r"None|True|False|\{.*\}|\[.*\]", value):
                return f"{field.name}: {value!r} was never text"
            if field.name in ("raw", "settings") and not isinstance(value, Mapping):
                return f"{field.name}: {value!r}"
            if field.name == "at" and value is not None and not _is_a_moment(value):
                return f"at: {value!r}"
        alts = getattr(given, "alts", ())
        if not all(isinstance(alt, str) for alt in alts):
            return f"alts: {alts!r}"
        needed = {Account: ("remote_id", "handle"), Published: ()}.get(type(given), ("remote_id",))
        return "; ".join(f"no {name}" for name in needed if not getattr(given, name).strip("@#!"))
    if isinstance(given, Mapping):
        return "; ".join(filter(None, (unfit(one) for one in given.values() if isinstance(one, Reading))))
    return "" if given is None or isinstance(given, Absent | Processing) else f"{given!r}"
