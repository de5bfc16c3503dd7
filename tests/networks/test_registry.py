"""Networks are found by their entry points, one by one."""

import subprocess
import sys

import pytest

from clarion.networks import registry
from clarion.networks.base import Network


def test_the_shipped_networks_are_known() -> None:
    assert {"bluesky", "mastodon", "noticeboard", "pixelfed"} <= set(registry.names())
    assert list(registry.names()) == sorted(registry.names())


@pytest.mark.parametrize("name", registry.names())
def test_each_network_can_be_had_by_its_name(name: str) -> None:
    network = registry.get(name)
    assert issubclass(network, Network)
    assert network.name == name
    assert network.label and network.rules and network.once


def test_all_networks_come_in_the_order_of_their_names() -> None:
    assert [network.name for network in registry.all()] == list(registry.names())


def test_an_unknown_name_is_told_with_those_that_exist() -> None:
    with pytest.raises(registry.NoSuchNetwork, match=r"There is no network “myspace”\. Known: .*mastodon"):
        registry.get("myspace")


def test_asking_for_one_network_imports_no_other() -> None:
    script = (
        "import sys; from clarion.networks import registry; registry.names();"
        "assert not any(m in sys.modules for m in ('clarion.networks.mastodon', 'clarion.networks.bluesky'));"
        "registry.get('mastodon');"
        "assert 'clarion.networks.mastodon' in sys.modules and 'clarion.networks.bluesky' not in sys.modules;"
        "assert not any(m in sys.modules for m in ('httpcore', 'regex', 'django'))"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
