"""A network as it really is, with keys from the environment: ``bin/test --live NETWORK``.

    CLARION_LIVE_MASTODON_SERVER=https://…  CLARION_LIVE_MASTODON_ACCESS_TOKEN=…  bin/test --live mastodon

What a person would type is ``CLARION_LIVE_<NETWORK>_<FIELD>``; for a sign-in in the browser it is the secrets of a
connected account as JSON (``_SECRETS``), or an ``_ACCESS_TOKEN`` alone; the application's keys are the usual settings
(``CLARION_<NETWORK>_CLIENT_ID`` and so on). What a post needs there goes by ``CLARION_LIVE_<NETWORK>_OPTION_<NAME>``.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clarion.networks.base import Account, Draft, Media, Network, NoVault, Part, Token
from clarion.networks.http import Http

from .pictures import picture


class NoKeys(LookupError):
    """The environment has no keys for the network; the message names the variables."""


def connected(kind: type[Network], environment: Mapping[str, str] = os.environ) -> Network:
    """Our side on the real network. Raises ``NoKeys``, and the four words when the network says no."""
    hosts = [host for host in environment.get("CLARION_PRIVATE_HOSTS", "").split(",") if host.strip()]
    http, prefix = Http(private_hosts=hosts), f"CLARION_LIVE_{kind.name.upper()}_"
    given = {name.removeprefix(prefix).lower(): value for name, value in environment.items() if name.startswith(prefix)}
    own = f"CLARION_{kind.name.upper()}_"
    keys = ("client_id", "client_secret", "base_url")
    app = {name: environment[own + name.upper()] for name in keys if environment.get(own + name.upper())}
    for way in kind.sign_in:
        if isinstance(way, Token) and {field.name for field in way.fields if field.required} <= set(given):
            fields = {field.name: given.get(field.name, "") for field in way.fields}
            found = kind.connect(fields, http=http, app=app)
            return kind(found.account, http=http, vault=NoVault(found.secrets), app=app)
    if "secrets" in given or "access_token" in given:
        secrets = json.loads(given["secrets"]) if "secrets" in given else {"access_token": given["access_token"]}
        account = Account(given.get("account", ""), server=given.get("server", ""))
        us = kind(account, http=http, vault=NoVault(secrets), app=app)
        us.account = us.whoami()
        return us
    typed = [prefix + field.name.upper() for way in kind.sign_in if isinstance(way, Token) for field in way.fields]
    raise NoKeys(f"Set {', '.join(typed) or prefix + 'SECRETS'} to try {kind.label}.")


def draft(us: Network, text: str, folder: Path, environment: Mapping[str, str] = os.environ) -> Draft:
    """A draft that the network takes: with a picture or a film where it needs one, and the options that were given."""
    prefix = f"CLARION_LIVE_{us.name.upper()}_OPTION_"
    options: dict[str, Any] = {option.name: option.default for option in us.options if option.default}
    options |= {n.removeprefix(prefix).lower(): value for n, value in environment.items() if n.startswith(prefix)}
    images, videos = us.told_rules.images, us.told_rules.videos
    media: tuple[Media, ...] = ()
    if images is not None and images.required:
        media = (picture(folder, alt="A plain colour"),)
    elif videos is not None and videos.required:
        name = f"CLARION_LIVE_{us.name.upper()}_VIDEO"
        if not environment.get(name):
            raise NoKeys(f"Set {name} to the path of a short MP4: {us.label} takes no post without a video.")
        film = Path(environment[name])
        digest = hashlib.sha256(film.read_bytes()).hexdigest()
        media = (Media(film, "video/mp4", film.stat().st_size, digest, name=film.name),)
    return Draft((Part(text, media),), options)
