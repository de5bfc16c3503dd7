"""Files whose tests share something that is slow to start run in one process: the file says ``xdist_group``.

xdist 3.8 tells the groups by a suffix of the tests' ids, which pytest 9.2 does not keep: every process would start
every server. So the groups are read from the files.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadGroupScheduling

_GROUP = re.compile(r"mark\.xdist_group\(\"(\w+)\"\)")


@cache
def group_of(file: Path) -> str:
    """The group that the file names, or nothing."""
    found = set(_GROUP.findall(file.read_text())) if file.is_file() else set()
    assert len(found) < 2, f"{file} is of more than one group"
    return next(iter(found), "")


class Groups(LoadGroupScheduling):
    """Hands out groups and single tests in the order in which they were collected."""

    def __init__(self, config: pytest.Config, log: Any) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        return group_of(self.config.rootpath / nodeid.split("::", 1)[0]) or nodeid
