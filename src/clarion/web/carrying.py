"""What every command shares: its data folder, its answer, and how its verb is carried out."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

Data = Annotated[
    Path | None, typer.Option("--data", help="The data folder.", show_default="$CLARION_DATA or ./clarion-data")
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


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
