"""A contract server of OpenAI's chat completions, written from its reference: one model, answers as it was told.

It complains of every request that is not as documented: https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from .base import Asked, Said, StandIn

KEY = "sk-test-0123456789"
MODEL = "town-writer-8b"


def shorter(task: dict[str, Any]) -> str:
    """A dull model: the first half of the words."""
    words = str(task["text"]).split()
    return " ".join(words[: max(len(words) // 2, 1)])


class ChatCompletionsServer(StandIn):
    """``says`` makes the words from the task; ``mode``: ``well``, ``html``, ``refusal``, ``filtered``, ``length``,
    ``empty``, ``huge``, ``slow``, ``error``, ``busy``, ``nonsense``."""

    def __init__(self, *, key: str = KEY) -> None:
        super().__init__()
        self.key = key
        self.mode = "well"
        self.says: Callable[[dict[str, Any]], str] = shorter
        self.bodies: list[dict[str, Any]] = []
        self.complaints: list[str] = []
        self.seconds = 3.0

    @property
    def address(self) -> str:
        return f"{self.url}/v1"

    def handle(self, asked: Asked) -> Said:
        if asked.path != "/v1/chat/completions":
            return self.no(404, "invalid_request_error", "Unknown request URL")
        if self.key and asked.headers.get("authorization") != f"Bearer {self.key}":
            return self.no(401, "invalid_api_key", "Incorrect API key provided")
        body = json.loads(asked.body)
        self._judge(asked, body)
        self.bodies.append(body)
        if body.get("model") != MODEL:
            return self.no(404, "model_not_found", "The model does not exist")
        return self._as_told(body)

    def _as_told(self, body: dict[str, Any]) -> Said:
        if self.mode == "html":
            return Said.html("Welcome", 200)
        if self.mode == "nonsense":
            return Said.json({"choices": [{"text": 1}]})
        if self.mode in ("error", "busy"):
            return self.no(500 if self.mode == "error" else 429, "server_error", "try later")
        if self.mode == "slow":
            time.sleep(self.seconds)
        content = body["messages"][1]["content"]
        task = json.loads(content if isinstance(content, str) else content[0]["text"])
        said: str | None = {"empty": "", "huge": "x" * 2_000_000}.get(self.mode) if self.mode != "well" else None
        message: dict[str, Any] = {"role": "assistant", "content": self.says(task) if said is None else said}
        ended = {"filtered": "content_filter", "length": "length"}.get(self.mode, "stop")
        if self.mode == "refusal":
            message = {"role": "assistant", "content": None, "refusal": "I cannot help with that."}
        return Said.json({
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": MODEL,
            "choices": [{"index": 0, "message": message, "finish_reason": ended}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        })  # fmt: skip

    def _judge(self, asked: Asked, body: dict[str, Any]) -> None:
        if asked.method != "POST" or not asked.headers.get("content-type", "").startswith("application/json"):
            self.complaints.append("not a POST of JSON")
        for one in body.get("messages", ()):
            if one.get("role") not in ("system", "developer", "user", "assistant"):
                self.complaints.append(f"role {one.get('role')}")
        if unknown := body.keys() - {"model", "messages", "stream"}:
            self.complaints.append(f"fields that no server needs: {sorted(unknown)}")

    def no(self, status: int, code: str, message: str) -> Said:
        return Said.json({"error": {"message": message, "type": code, "param": None, "code": code}}, status)
