"""CLARION_MEDIA_URL: one form for servers, one for AWS; what cannot be used is one sentence without its secret."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from clarion.config import environment
from clarion.config.environment import BadSetting
from clarion.files.bucket import Bucket


@pytest.mark.parametrize(
    ("address", "bucket"),
    [
        ("s3://press", Bucket("press")),
        ("s3://press/media/halden?region=eu-north-1", Bucket("press", folder="media/halden", region="eu-north-1")),
        (
            "s3://KEY:SECRET@garage.internal:3900/press?region=garage&tls=no",
            Bucket("press", server="http://garage.internal:3900", region="garage", key="KEY", secret="SECRET"),
        ),
        (
            "s3://KEY:SE/CR+ET@minio.example.org/press/media/",
            Bucket("press", folder="media", server="https://minio.example.org", key="KEY", secret="SE/CR+ET"),
        ),
        (
            "s3://KEY:SE%2FC%40RET@[::1]:9000/press?cache=500",
            Bucket("press", server="https://[::1]:9000", key="KEY", secret="SE/C@RET", cache_mb=500),
        ),
        ("s3://@127.0.0.1:9000/press", Bucket("press", server="https://127.0.0.1:9000")),
    ],
    ids=["aws", "aws with a folder", "garage", "raw secret", "encoded secret", "keys from the environment"],
)
def test_an_address_is_read(address, bucket):
    assert Bucket.parse(address) == bucket


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("https://KEY:hush@minio/press", "must look like s3://KEY:SECRET@HOST"),
        ("s3://", "must look like"),
        ("s3://KEY:hush@minio.example.org", "bucket's name is missing"),
        ("s3://minio.example.org:9000/press", "a server needs an @ before it"),
        ("s3://KEY@minio.example.org/press", "a key needs its secret"),
        ("s3://:hush@minio.example.org/press", "a key needs its secret"),
        ("s3://KEY:hush@minio.example.org:port/press", "HOST or HOST:PORT"),
        ("s3://KEY:hush@minio.example.org:99999/press", "HOST or HOST:PORT"),
        ("s3://KEY:hush@/press", "HOST or HOST:PORT"),
        ("s3://KEY:hush@minio/press/../other", "folder in the bucket"),
        ("s3://KEY:hush@minio/press?tsl=no", "“tsl” is not known"),
        ("s3://KEY:hush@minio/press?tls=maybe", "tls= is yes or no"),
        ("s3://KEY:hush@minio/press?region=a%20b", "region="),
        ("s3://KEY:hush@minio/press?cache=all", "cache= is a number of megabytes"),
    ],
)
def test_an_address_that_cannot_be_used_is_one_sentence_without_its_secret(address, sentence):
    with pytest.raises(BadSetting) as refusal:
        environment.bucket(address)
    assert sentence in str(refusal.value)
    assert str(refusal.value).startswith("CLARION_MEDIA_URL")
    assert "hush" not in str(refusal.value) and "KEY:h" not in str(refusal.value)


def test_without_the_client_one_sentence_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(environment, "can_be_reached", lambda: False)
    with pytest.raises(BadSetting, match=r"pip install 'clarion\[s3\]'"):
        environment.bucket("s3://press")


def test_the_command_line_says_it_too(tmp_path):
    told = subprocess.run(
        [sys.executable, "-m", "clarion", "networks"], capture_output=True, text=True,
        env={**os.environ, "CLARION_DATA": str(tmp_path), "CLARION_MEDIA_URL": "s3://KEY:hush@minio/press?tsl=no"},
    )  # fmt: skip
    assert told.returncode == 1
    assert told.stderr.startswith("clarion: CLARION_MEDIA_URL: “tsl” is not known")
    assert len(told.stderr.splitlines()) == 1
    assert "hush" not in told.stderr
