"""Clients of the emulated AWS, as its root or as anybody."""

import boto3
from botocore.config import Config

from .template import REGION


class Aws:
    """AWS at an address of this machine."""

    def __init__(self, endpoint):
        self.endpoint = endpoint

    def client(self, service):
        """A client with every right: `test` is the emulator's root key."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, read_timeout=120, s3={"addressing_style": "path"}, proxies={}),
        )
