"""Accounts on a Personal Data Server, each with an app password: for the scripts of Bluesky."""

import secrets

from housing import ask

PEOPLE = (("", "cityhall.test"), ("_b", "gazette.test"))


def accounts(url):
    """Makes both of them; their configuration lines. The names of the second one end in `_b`."""
    return {name: value for tail, handle in PEOPLE for name, value in _account(url, tail, handle).items()}


def _account(url, tail, handle):
    body = {"handle": handle, "email": f"{handle.split('.')[0]}@example.org", "password": secrets.token_hex(12)}
    made = ask(f"{url}/xrpc/com.atproto.server.createAccount", body)
    bearer = {"authorization": f"Bearer {made['accessJwt']}"}
    given = ask(f"{url}/xrpc/com.atproto.server.createAppPassword", {"name": "clarion"}, headers=bearer)
    return {
        f"identifier{tail}": handle,
        f"app_password{tail}": given["password"],
        f"did{tail}": made["did"],
        f"account_password{tail}": body["password"],
    }
