"""What is proved of each network, as a page: ``python -m clarion.testing.matrix > docs/networks.md``.

Derived from the code (abilities, limits, what a network gives against doubles) and from the last results of the suite.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

from clarion.networks import registry
from clarion.networks.base import Budget, Documents, Images, Network, Videos

Proofs = Mapping[str, Mapping[str, Mapping[str, str]]]

HEAD = """\
# Networks

This page is made from the code and from the last run of the suite that judges every network (`bin/prove`); a test holds
it against both. What could not be proved is named with each network: *told by others* is what only third parties write,
*believed* what nobody's document says and users of the network know.

- *live*: on the network itself
- *server*: on the real software, run by us
- *contract*: on a server that we wrote from the public specification, and that checks our requests against it where a
  specification can be read by a machine
- *unproved*: declared, and no test has passed

Medium, Twitch, Kick and Snapchat are not here: [why not, and what to do instead](networks/not-now.md).
"""

PAGES = Path(__file__).resolve().parents[3] / "docs" / "networks"
"""The pages of networks lie in the project, beside what is installed from it."""
STAGES = ("live", "server", "mock", "contract", "unproved")

ONCE = {
    "KEY": "a key or id of our own: the same again is the same post",
    "HANDLE": "two steps: the second is asked for by the network's handle",
    "LOOKUP": "we look among our own posts",
    "NONE": "nothing: a person looks",
}


def page(proofs: Proofs) -> str:
    """The whole page as Markdown."""
    kinds = sorted(registry.all(), key=lambda kind: kind.label.casefold())
    return "\n".join([HEAD, *_limits(kinds), *(line for kind in kinds for line in _proved(kind, proofs))]) + "\n"


def _proved(kind: type[Network], proofs: Proofs) -> Iterator[str]:
    """What the network can do, by the strongest proof of each ability."""
    yield f"\n## {kind.label}\n"
    yield f"Once and only once: {ONCE[kind.once.kind]}."
    if kind.by_hand:
        yield "A person publishes; Clarion says when, and asks for the link."
        return
    found: dict[tuple[str, str], list[str]] = {}
    for ability in kind.abilities():
        proof = proofs.get(kind.name, {}).get(ability)
        found.setdefault((proof["stage"], proof["on"]) if proof else ("unproved", ""), []).append(ability)
    yield ""
    for (stage, on), abilities in sorted(found.items(), key=lambda one: (STAGES.index(one[0][0]), one[0][1])):
        when = f", {on}" if on else ""
        yield f"- *{stage}*{when}: " + ", ".join(ability.replace("_", " ") for ability in abilities)
    yield from _told(kind.name)


def _told(name: str) -> Iterator[str]:
    """What the network's own page says of costs and of facts that nobody has proved yet."""
    path = PAGES / f"{name}.md"
    if not path.is_file():
        return
    told = {part.partition("\n")[0].strip(): part.partition("\n")[2] for part in path.read_text().split("\n## ")}
    yield f"\nHow to connect it: [{path.stem}](networks/{path.name})."
    if costs := told.get("Costs", "").strip():
        yield f"\nCosts: {costs}"
    if unproved := told.get("Unproved", "").strip():
        yield f"\nNot proved:\n\n{unproved}"


def _limits(kinds: list[type[Network]]) -> Iterator[str]:
    yield "## Limits\n"
    yield "Where a server tells its own limits, those hold; these are what holds until it is asked.\n"
    yield "| network | text | thread | pictures | video | documents | poll | a day, an hour |"
    yield "|---|---|---|---|---|---|---|---|"
    for kind in kinds:
        rules = kind.rules
        text = f"{rules.text.limit:,} ({rules.text.unit})"
        if rules.text.max_bytes:
            text += f", {rules.text.max_bytes:,} bytes"
        images = _pictures(rules.images)
        videos, documents = _films(rules.videos), _papers(rules.documents)
        polls = f"{rules.polls.options} × {rules.polls.length}" if rules.polls else "–"
        thread = f"{rules.parts} parts" if rules.parts > 1 else "–"
        budget = "; ".join(_budget(one) for one in kind.budgets()) or "–"
        yield f"| {kind.label} | {text} | {thread} | {images} | {videos} | {documents} | {polls} | {budget} |"


def _pictures(rule: Images | None) -> str:
    if rule is None:
        return "–"
    alt = f", alt text {rule.alt:,}" if rule.alt else ", no alt text"
    return f"{rule.count}{alt}"


def _films(rule: Videos | None) -> str:
    if rule is None:
        return "–"
    captions = ", captions" if rule.captions else ""
    return f"{rule.count}, {rule.size // 1_000_000:,} MB{captions}"


def _papers(rule: Documents | None) -> str:
    return f"{rule.count}, {rule.size // 1_000_000:,} MB" if rule else "–"


def _budget(one: Budget) -> str:
    whose = " for each application" if one.of == Budget.APP else ""
    return f"{one.limit:,} in {_span(one.per)}{whose}"


def _span(time: timedelta) -> str:
    hours = time.total_seconds() / 3600
    if hours >= 1:
        return f"{hours:g} h"
    return f"{hours * 60:g} min" if hours * 60 >= 1 else f"{time.total_seconds():g} s"


def recorded() -> Proofs:
    """The results that are shipped with this version."""
    path = files("clarion.networks").joinpath("proved.json")
    proofs: Proofs = json.loads(path.read_text(encoding="utf-8"))
    return proofs


if __name__ == "__main__":
    sys.stdout.write(page(recorded()))
