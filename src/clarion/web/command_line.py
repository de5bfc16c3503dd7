"""``clarion``: the command line. It is also a page: every refusal is one clear sentence on standard error.

This module only declares names and flags, so ``clarion --help`` is quick; the verbs are in ``clarion.web.commands``.
Exit status: 0 done, 1 refused, 2 wrong usage.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from clarion import __version__

app = typer.Typer(
    name="clarion", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="Plan, approve, publish and keep the record of an organisation's social media accounts, on your own server.",
)  # fmt: skip
channels = typer.Typer(no_args_is_help=True, help="Connected accounts.")
posts = typer.Typer(no_args_is_help=True, help="Write and import posts.")
deliveries = typer.Typer(invoke_without_command=True, help="What goes out, and what became of it.")
people = typer.Typer(no_args_is_help=True, help="People who sign in.")
domains = typer.Typer(no_args_is_help=True, help="Domains whose addresses sign in through a provider.")
keys = typer.Typer(no_args_is_help=True, help="What seals secrets at rest, and what signs sessions.")
credentials = typer.Typer(no_args_is_help=True, hidden=True)
app.add_typer(channels, name="channels")
app.add_typer(posts, name="posts")
app.add_typer(deliveries, name="deliveries")
app.add_typer(people, name="people")
app.add_typer(keys, name="keys")
app.add_typer(credentials, name="credentials")
app.add_typer(domains, name="domains")

Data = Annotated[
    Path | None, typer.Option("--data", help="The data folder.", show_default="$CLARION_DATA or ./clarion-data")
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Workspace = Annotated[str, typer.Option("--workspace", help="Id or exact name.")]
MaybeOrganisation = Annotated[str, typer.Option("--organisation", help="Id or exact name.")]
Whole = Annotated[bool, typer.Option("--all", help="Every organisation of this installation.")]
Drill = Annotated[bool, typer.Option("--drill", help="A fire drill: nothing that is said in it can leave.")]


def carry_out(module: str, verb: str, *, data: Path | None, **given: Any) -> None:
    """Sets up the installation in ``data`` and runs one verb; a refusal ends with status 1 and one line."""
    if data is not None:
        os.environ["CLARION_DATA"] = str(data)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clarion.config.settings")
    said = import_module("clarion.web.said")
    try:
        import_module("clarion.web.set_up").set_up()
        getattr(import_module(f"clarion.web.commands.{module}"), verb)(**given)
    except BrokenPipeError:
        os._exit(0)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except Exception as error:
        sentence = said.sentence_of(error) or said.mistake(error)
        sys.stderr.write(f"clarion: {sentence}\n")
        raise typer.Exit(1) from None


def _version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"clarion {__version__}\n")
        raise typer.Exit


@app.callback()
def clarion(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@app.command()
def init(
    organisation: Annotated[str, typer.Option("--organisation")],
    workspace: Workspace,
    email: Annotated[str, typer.Option("--email")],
    password: Annotated[
        str, typer.Option("--password", help="The password, @FILE, $VARIABLE, or - for standard input.")
    ],
    zone: Annotated[str, typer.Option("--zone", help="Time zone of the workspace, such as Europe/Oslo.")] = "UTC",
    json: AsJson = False,
    data: Data = None,
) -> None:
    """First set-up without a browser. Again with the same names: changes nothing, same answer."""
    carry_out(
        "first",
        "init",
        data=data,
        organisation=organisation,
        workspace=workspace,
        email=email,
        password=password,
        zone=zone,
        json=json,
    )


@app.command()
def serve(
    host: Annotated[str, typer.Option("--host")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535)] = 8000,
    workers: Annotated[str, typer.Option("--workers", help="web=1,work=1")] = "web=1,work=1",
    data: Data = None,
) -> None:
    """Pages and the embedded worker in one process."""
    import_module("clarion.config.environment").served_at(host, port)
    carry_out("serve", "serve", data=data, host=host, port=port, workers=workers)


@app.command()
def worker(
    concurrency: Annotated[int, typer.Option("--concurrency", min=1, max=512, help="Deliveries at a time.")] = 32,
    data: Data = None,
) -> None:
    """One more worker process (PostgreSQL)."""
    carry_out("serve", "worker", data=data, concurrency=concurrency)


@app.command()
def demo(
    host: Annotated[str, typer.Option("--host")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535)] = 8000,
    data: Data = None,
) -> None:
    """Fill an empty data folder with a small city's press office, clearly marked as a demo, and serve it."""
    import_module("clarion.config.environment").served_at(host, port)
    carry_out("demo", "demo", data=data, host=host, port=port)


@app.command()
def pause(
    because: Annotated[str, typer.Option("--because", help="Everybody reads it at the top of every page.")],
    organisation: MaybeOrganisation = "",
    whole: Whole = False,
    until: Annotated[str, typer.Option("--until", help="Announced end, ISO 8601. Nothing goes on by itself.")] = "",
    drill: Drill = False,
    stop: Annotated[bool, typer.Option("--stop", help="With --drill: stop what is scheduled, too.")] = False,
    nobody: Annotated[bool, typer.Option("--nobody", help="Nor do those on the list publish.")] = False,
    json: AsJson = False,
    data: Data = None,
) -> None:
    """The crisis switch: nothing more leaves."""
    given = {"organisation": organisation, "whole": whole, "because": because, "until": until}
    carry_out("crisis", "pause", data=data, drill=drill, stop=stop, nobody=nobody, json=json, **given)


@app.command()
def resume(
    organisation: MaybeOrganisation = "", whole: Whole = False,
    because: Annotated[str, typer.Option("--because")] = "", drill: Drill = False,
    hold: Annotated[int, typer.Option("--hold", help="Minutes: what is due within them is kept back, too.")] = -1,
    json: AsJson = False, data: Data = None,
) -> None:  # fmt: skip
    """End the pause. What was due meanwhile, and within the next hour, waits for a person."""
    given = {"organisation": organisation, "whole": whole, "because": because}
    carry_out("crisis", "resume", data=data, drill=drill, hold=hold, json=json, **given)


@app.command()
def pauses(organisation: MaybeOrganisation = "", json: AsJson = False, data: Data = None) -> None:
    """The last pauses and drills, and how quick each was."""
    carry_out("crisis", "pauses", data=data, organisation=organisation, json=json)


@app.command()
def networks(json: AsJson = False, data: Data = None) -> None:
    """What each network can do here, and what is proved."""
    carry_out("networks", "show", data=data, json=json)


@app.command()
def count(network: str, json: AsJson = False, data: Data = None) -> None:
    """Count JSON lines {"text": …} on standard input as the network counts."""
    carry_out("networks", "count", data=data, network=network, json=json)


@app.command()
def doctor(json: AsJson = False, data: Data = None) -> None:
    """Check the set-up and say what to do about each finding."""
    carry_out("doctor", "examine", data=data, json=json)


@app.command()
def migrate(data: Data = None) -> None:
    """Bring the database up to date (serve does this by itself)."""
    carry_out("first", "migrate", data=data)


@channels.command("connect", context_settings={"ignore_unknown_options": True})
def channels_connect(
    network: str,
    workspace: Workspace,
    fields: Annotated[list[str] | None, typer.Argument(help="key=value, key=@FILE, key=$VARIABLE, key=-")] = None,
    json: AsJson = False,
    data: Data = None,
) -> None:
    """Connect an account; the network is asked who it is before anything is kept."""
    carry_out("channels", "connect", data=data, network=network, workspace=workspace, fields=fields or [], json=json)


@channels.command("list")
def channels_list(
    workspace: Annotated[str | None, typer.Option("--workspace")] = None, json: AsJson = False, data: Data = None
) -> None:
    """All channels and how they are."""
    carry_out("channels", "show", data=data, workspace=workspace, json=json)


@channels.command("check")
def channels_check(channel: str, json: AsJson = False, data: Data = None) -> None:
    """Ask the network whether the channel still works."""
    carry_out("channels", "check", data=data, channel=channel, json=json)


@channels.command("disconnect")
def channels_disconnect(channel: str, json: AsJson = False, data: Data = None) -> None:
    """Forget the channel's secrets. What was published stays."""
    carry_out("channels", "disconnect", data=data, channel=channel, json=json)


@posts.command("add")
def posts_add(
    workspace: Workspace,
    channel: Annotated[list[str], typer.Option("--channel", help="Id or exact name; may be repeated.")],
    text: Annotated[list[str], typer.Option("--text", help="May be repeated: the parts of a thread.")],
    at: Annotated[str | None, typer.Option("--at", help="ISO 8601, now, or next. Without it: a draft.")] = None,
    media: Annotated[list[str] | None, typer.Option("--media", help="FILE=ALT; may be repeated.")] = None,
    captions: Annotated[
        list[str] | None, typer.Option("--captions", help="FILE=LANGUAGE, of the video; may be repeated.")
    ] = None,
    late: Annotated[str, typer.Option("--late", help="send:MINUTES, ask, or drop.")] = "send:360",
    key: Annotated[str | None, typer.Option("--key", help="The same key again makes nothing new.")] = None,
    option: Annotated[
        list[str] | None, typer.Option("--option", help="NAME=VALUE, such as visibility=unlisted.")
    ] = None,
    json: AsJson = False,
    data: Data = None,
) -> None:
    """Write a post, and schedule it."""
    carry_out(
        "posts",
        "add",
        data=data,
        workspace=workspace,
        channels=channel,
        texts=text,
        at=at,
        media=media or [],
        captions=captions or [],
        late=late,
        key=key,
        options=option or [],
        json=json,
    )


@posts.command("import")
def posts_import(
    file: Path,
    workspace: Workspace,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, write nothing.")] = False,
    keep_going: Annotated[bool, typer.Option("--keep-going", help="Take the good rows, name the bad ones.")] = False,
    json: AsJson = False,
    data: Data = None,
) -> None:
    """Import CSV, XLSX or JSON lines: at, text, channel, media, alt, key. All or nothing."""
    carry_out(
        "importing",
        "take_in",
        data=data,
        file=file,
        workspace=workspace,
        dry_run=dry_run,
        keep_going=keep_going,
        json=json,
    )


@deliveries.callback()
def deliveries_list(
    context: typer.Context,
    workspace: Annotated[str | None, typer.Option("--workspace", help="Id or exact name.")] = None,
    state: Annotated[str | None, typer.Option("--state")] = None,
    since: Annotated[str | None, typer.Option("--since", help="ISO 8601: due since then.")] = None,
    json: AsJson = False,
    data: Data = None,
) -> None:
    if context.invoked_subcommand is None:
        if workspace is None:
            raise typer.BadParameter("say which workspace", param_hint="--workspace")
        carry_out("deliveries", "show_all", data=data, workspace=workspace, state=state, since=since, json=json)


@deliveries.command("show")
def deliveries_show(delivery: str, json: AsJson = False, data: Data = None) -> None:
    """One delivery with every step and its evidence."""
    carry_out("deliveries", "show", data=data, delivery=delivery, json=json)


@deliveries.command("cancel")
def deliveries_cancel(
    delivery: str, because: Annotated[str, typer.Option("--because")] = "", json: AsJson = False, data: Data = None
) -> None:
    """Take a delivery back, until the last moment."""
    carry_out("deliveries", "cancel", data=data, delivery=delivery, because=because, json=json)


@deliveries.command("reschedule")
def deliveries_reschedule(
    delivery: str,
    at: Annotated[str, typer.Option("--at", help="ISO 8601, or now.")],
    json: AsJson = False,
    data: Data = None,
) -> None:
    """Give a delivery another time; now: send a failed or missed one again."""
    carry_out("deliveries", "reschedule", data=data, delivery=delivery, at=at, json=json)


@deliveries.command("settle")
def deliveries_settle(
    delivery: str,
    there: Annotated[str | None, typer.Option("--there", help="It is there: the link, or empty.")] = None,
    absent: Annotated[bool, typer.Option("--absent", help="It is not there: send it.")] = False,
    json: AsJson = False,
    data: Data = None,
) -> None:
    """Say what you saw on the network, when Clarion could not look."""
    carry_out("deliveries", "settle", data=data, delivery=delivery, there=there, absent=absent, json=json)


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


def main() -> None:
    """The entry point."""
    app()
