"""What is proved of each network, as a page: ``python -m clarion.testing.matrix > docs/networks.md``.

Derived from the code (abilities, limits, what a network gives against doubles) and from the last results of the suite.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from importlib.resources import files

from clarion.networks import registry
from clarion.networks.base import ABILITIES, Network

Proofs = Mapping[str, Mapping[str, Mapping[str, str]]]

HEAD = """\
# Networks

This page is made from the code and from the last run of the suite that judges every network (`bin/prove`); a test holds
it against both. *live*: on the network itself · *server*: on the real software, run by us · *contract*: on a server
that we wrote from the public specification and that checks our requests against it · *unproved*: declared, no test has
passed.
"""

ONCE = {
    "KEY": "a key or id of our own: the same again is the same post",
    "HANDLE": "two steps: the second is asked for by the network's handle",
    "LOOKUP": "we look among our own posts",
    "NONE": "nothing: a person looks",
}


def page(proofs: Proofs) -> str:
    """The whole page as Markdown."""
    kinds = list(registry.all())
    return "\n".join([HEAD, *_abilities(kinds, proofs), "", *_limits(kinds)]) + "\n"


def _abilities(kinds: list[type[Network]], proofs: Proofs) -> Iterator[str]:
    yield "## Abilities\n"
    yield "| ability | " + " | ".join(kind.label for kind in kinds) + " |"
    yield "|---" * (len(kinds) + 1) + "|"
    for ability in ABILITIES:
        cells = [_proof(kind, ability, proofs) for kind in kinds]
        if any(cell != "–" for cell in cells):
            yield f"| {ability.replace('_', ' ')} | " + " | ".join(cells) + " |"


def _proof(kind: type[Network], ability: str, proofs: Proofs) -> str:
    if ability not in kind.abilities():
        return "–"
    proof = proofs.get(kind.name, {}).get(ability)
    return f"{proof['stage']}, {proof['on']}" if proof else "unproved"


def _limits(kinds: list[type[Network]]) -> Iterator[str]:
    yield "## Limits\n"
    yield "Where a server tells its own limits, those hold; these are what holds until it is asked.\n"
    yield "| network | text | thread | pictures | video | poll | against doubles |"
    yield "|---|---|---|---|---|---|---|"
    for kind in kinds:
        rules = kind.rules
        text = f"{rules.text.limit:,} ({rules.text.unit})"
        if rules.text.max_bytes:
            text += f", {rules.text.max_bytes:,} bytes"
        images = f"{rules.images.count}, alt text {rules.images.alt:,}" if rules.images else "–"
        videos = f"{rules.videos.count}, {rules.videos.size // 1_000_000} MB" if rules.videos else "–"
        polls = f"{rules.polls.options} × {rules.polls.length}" if rules.polls else "–"
        thread = f"{rules.parts} parts" if rules.parts > 1 else "–"
        yield f"| {kind.label} | {text} | {thread} | {images} | {videos} | {polls} | {ONCE[kind.once.kind]} |"


def recorded() -> Proofs:
    """The results that are shipped with this version."""
    path = files("clarion.networks").joinpath("proved.json")
    proofs: Proofs = json.loads(path.read_text(encoding="utf-8"))
    return proofs


if __name__ == "__main__":
    sys.stdout.write(page(recorded()))
