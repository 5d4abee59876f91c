"""A JSON client for tests: it signs in, makes keys, and looks at every answer, so that no test has
to: a refusal is a whole problem, and nothing that is answered may be kept by others.
"""

import json
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from tests.cast import Town
from tests.work.street import jpeg

ROOT = "/api/v1"

PROBLEM = {"type", "title", "status", "detail", "code", "fields"}
_keys = count(1)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: Any

    @property
    def refused(self) -> tuple[int, str]:
        """Status and code of a refusal."""
        return self.status, self.body["code"]


class Calls:
    """Somebody at the JSON door."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def get(self, path: str, **query: Any) -> Answer:
        """Ask an operation."""
        return self._look(self.client.get(ROOT + path, query))

    def post(self, path: str, body: object = None, *, key: str | None = None) -> Answer:
        """Send JSON with a key (a fresh one; "" for none)."""
        sent = "" if body is None else json.dumps(body)
        return self.send(path, sent.encode(), "application/json", key=key)

    def hand_in(
        self, path: str, proof: object, photos: int | list[bytes] = 0, *, key: str | None = None
    ) -> Answer:
        """Send a proof with photos, as many or exactly these."""
        bodies = [jpeg(n) for n in range(photos)] if isinstance(photos, int) else photos
        files = [
            SimpleUploadedFile(f"{n}.jpg", body, content_type="image/jpeg")
            for n, body in enumerate(bodies)
        ]
        parts = {"proof": json.dumps(proof), "photos": files}
        return self.send(path, encode_multipart(BOUNDARY, parts), MULTIPART_CONTENT, key=key)

    def send(self, path: str, body: bytes, media_type: str, *, key: str | None = None) -> Answer:
        """Send bytes of a media type."""
        made = f"json-{next(_keys)}" if key is None else key
        headers = {"Idempotency-Key": made} if made else {}
        sent = self.client.generic("POST", ROOT + path, body, media_type, headers=headers)
        return self._look(sent)

    def _look(self, response: Any) -> Answer:
        body = json.loads(response.content)
        assert response.headers["Cache-Control"] == "private, no-store"
        if response.status_code >= 400:
            assert response.headers["Content-Type"] == "application/problem+json"
            assert set(body) == PROBLEM
            assert (body["status"], body["type"]) == (response.status_code, "about:blank")
            assert body["detail"].endswith("。")
        else:
            assert response.headers["Content-Type"] == "application/json; charset=utf-8"
        return Answer(response.status_code, body)


def at_door(town: Town, who: str) -> Calls:
    """Return a member of the cast at the JSON door."""
    client = Client()
    client.force_login(town.person(who))
    return Calls(client)
