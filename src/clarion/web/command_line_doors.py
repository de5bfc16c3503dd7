"""Commands about doors: people who sign in, domains of providers, and the keys that seal secrets."""

from __future__ import annotations

from typing import Annotated

import typer

from clarion.web.carrying import AsJson, Data, carry_out

people = typer.Typer(no_args_is_help=True, help="People who sign in.")
domains = typer.Typer(no_args_is_help=True, help="Domains whose addresses sign in through a provider.")
keys = typer.Typer(no_args_is_help=True, help="What seals secrets at rest, and what signs sessions.")
credentials = typer.Typer(no_args_is_help=True, hidden=True)

Email = Annotated[str, typer.Argument(help="The e-mail with which they sign in.")]
Because = Annotated[str, typer.Option("--because", help="Why; kept in the record.")]


@people.command("deactivate")
def people_deactivate(email: Email, because: Because, json: AsJson = False, data: Data = None) -> None:
    """Close every door at once: sign-in, sessions, calendar feeds. What they wrote stays."""
    carry_out("people", "deactivate", data=data, email=email, because=because, json=json)


@people.command("reactivate")
def people_reactivate(email: Email, because: Because, json: AsJson = False, data: Data = None) -> None:
    """Let somebody sign in again."""
    carry_out("people", "reactivate", data=data, email=email, because=because, json=json)


@people.command("forget-factors")
def people_forget_factors(email: Email, because: Because, json: AsJson = False, data: Data = None) -> None:
    """Take off all second factors of somebody who lost them, and end their sessions."""
    carry_out("people", "forget_factors", data=data, email=email, because=because, json=json)


@people.command("forget-sign-on")
def people_forget_sign_on(email: Email, because: Because, json: AsJson = False, data: Data = None) -> None:
    """Have providers know somebody by the address again, and end their sessions."""
    carry_out("people", "forget_sign_on", data=data, email=email, because=because, json=json)


@keys.command("list")
def keys_list(json: AsJson = False, data: Data = None) -> None:
    """Which keys there are, and how many secrets each has sealed. No key is shown."""
    carry_out("keys", "show", data=data, json=json)


@keys.command("rotate")
def keys_rotate(
    signing: Annotated[bool, typer.Option("--signing", help="The key of sessions and links instead.")] = False,
    json: AsJson = False,
    data: Data = None,
) -> None:
    """Make a new key and seal everything anew with it. Stopped in the middle: say it again, and it goes on."""
    carry_out("keys", "rotate", data=data, signing=signing, json=json)


@keys.command("forget")
def keys_forget(
    key: Annotated[str, typer.Argument(help="The id of a key, or: signing.")], json: AsJson = False, data: Data = None
) -> None:
    """Remove an old key from the data folder, once nothing is sealed with it any more."""
    carry_out("keys", "forget", data=data, key=key, json=json)


@credentials.command("rotate")
def credentials_rotate(json: AsJson = False, data: Data = None) -> None:
    """Seal every secret anew with the newest key, without making one."""
    carry_out("keys", "seal_anew", data=data, json=json)


@domains.command("list")
def domains_list(json: AsJson = False, data: Data = None) -> None:
    """All that were stated, of every organisation."""
    carry_out("domains", "list_all", data=data, json=json)


@domains.command("confirm")
def domains_confirm(
    domain: Annotated[str, typer.Argument(help="Such as halden.example.")], json: AsJson = False, data: Data = None
) -> None:
    """Say that a domain belongs to the organisation that stated it."""
    carry_out("domains", "confirm", data=data, domain=domain, json=json)


@domains.command("relax")
def domains_relax(
    domain: Annotated[str, typer.Argument(help="Such as halden.example.")], json: AsJson = False, data: Data = None
) -> None:
    """Let its addresses sign in with a password again, when the provider fails."""
    carry_out("domains", "relax", data=data, domain=domain, json=json)
