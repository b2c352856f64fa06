"""The benchmark's requests are signed as botocore signs them."""

from datetime import UTC, datetime
from email import message_from_bytes

import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from bench.wire import ACCESS_KEY, SECRET_KEY, Call, http_request


def _sent(call: Call) -> tuple[dict[str, str], bytes]:
    head, _, body = http_request(call).partition(b"\r\n\r\n")
    request_line, _, fields = head.partition(b"\r\n")
    assert request_line == b"POST / HTTP/1.1"
    return dict(message_from_bytes(fields).items()), body


def test_the_signature_is_botocores(monkeypatch: pytest.MonkeyPatch) -> None:
    fields, body = _sent(Call("GetItem", {"TableName": "orders", "Key": {"pk": {"S": "é"}}}))
    sent_at = datetime.strptime(fields["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    monkeypatch.setattr(auth, "get_current_datetime", lambda remove_tzinfo=True: sent_at)
    signed = {name: fields[name] for name in ("Host", "X-Amz-Target")}
    request = AWSRequest("POST", "http://localhost/", headers=signed, data=body)
    auth.SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY), "dynamodb", "us-east-1").add_auth(request)
    assert fields["Authorization"] == request.headers["Authorization"]


def test_the_length_counts_bytes() -> None:
    fields, body = _sent(Call("GetItem", {"TableName": "é"}))
    assert int(fields["Content-Length"]) == len(body)
