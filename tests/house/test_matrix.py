"""The page of networks says what the code declares and the suite proved: nothing by hand."""

from __future__ import annotations

from clarion.networks import registry
from clarion.testing.matrix import page, recorded

from . import ROOT


def test_the_page_is_the_one_that_the_code_makes():
    assert (ROOT / "docs" / "networks.md").read_text() == page(recorded()), "run bin/prove"


def test_every_declared_ability_is_proved():
    proofs = recorded()
    unproved = [
        (kind.name, ability)
        for kind in registry.all()
        for ability in kind.abilities()
        if ability not in proofs.get(kind.name, {})
    ]
    assert not unproved


def test_nothing_is_proved_that_is_not_declared():
    for name, abilities in recorded().items():
        assert set(abilities) <= set(registry.get(name).abilities())
