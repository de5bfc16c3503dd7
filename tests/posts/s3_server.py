"""An S3 server in a process of its own, which checks signatures: one user with keys, and buckets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import botocore.session
from botocore.config import Config

from clarion.files.bucket import Bucket

SERVE = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""
SET_UP = 3
"""What is asked before keys are checked: the user, its key, its policy."""
MAY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}


class S3Server:
    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, env={**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": str(SET_UP)},
        )  # fmt: skip
        self.host = f"127.0.0.1:{self.process.stdout.readline().strip()}"
        self.key = self.secret = "first"
        people = self.client("iam")
        people.create_user(UserName="clarion")
        made = people.create_access_key(UserName="clarion")["AccessKey"]
        people.put_user_policy(UserName="clarion", PolicyName="all", PolicyDocument=json.dumps(MAY))
        self.key, self.secret = made["AccessKeyId"], made["SecretAccessKey"]
        self.s3 = self.client("s3")

    def client(self, service: str) -> Any:
        return botocore.session.get_session().create_client(
            service, endpoint_url=f"http://{self.host}", aws_access_key_id=self.key,
            aws_secret_access_key=self.secret, region_name="us-east-1",
            config=Config(s3={"addressing_style": "path"}),
        )  # fmt: skip

    def bucket(self, name: str) -> Bucket:
        self.s3.create_bucket(Bucket=name)
        return Bucket.parse(f"s3://{self.key}:{self.secret}@{self.host}/{name}/press office?tls=no&cache=100")

    def names(self, bucket: Bucket) -> set[str]:
        return {one["Key"] for one in self.s3.list_objects_v2(Bucket=bucket.name).get("Contents", ())}

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()
