"""The credentials file: what it may say, and the sentence for what it may not."""

import json
from pathlib import Path

import pytest

from dynalite.access.principals import Principal
from server.access.keyring import Key, WrongCredentials, load

ACCOUNT = "000000000000"


def read(folder: Path, text: str) -> dict[str, Key]:
    file = folder / "keys.toml"
    file.write_text(text)
    return load(file, ACCOUNT)


def test_a_key_belongs_to_a_user_or_to_whom_an_arn_names(tmp_path: Path) -> None:
    keys = read(
        tmp_path,
        """
        [keys.AKIA1]
        secret = "one"

        [keys.AKIA2]
        secret = "two"
        user = "alice"

        [keys.ASIA3]
        secret = "three"
        session_token = "token"
        expires = 1970-01-01T01:00:00+01:00
        arn = "arn:aws:sts::123456789012:assumed-role/reader/session"
        """,
    )
    role = "arn:aws:sts::123456789012:assumed-role/reader/session"
    assert keys == {
        "AKIA1": Key("one", Principal("arn:aws:iam::000000000000:user/AKIA1", "AKIA1")),
        "AKIA2": Key("two", Principal("arn:aws:iam::000000000000:user/alice", "AKIA2")),
        "ASIA3": Key("three", Principal(role, "ASIA3"), "token", 0.0),
    }


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "it has no [keys.ACCESS_KEY]"),
        ("keys = 1", "it has no [keys.ACCESS_KEY]"),
        ("[keys.A]\nsecret = 'x'\n[key.B]", "the file has 'key', which means nothing"),
        ("[keys.'a/b']\nsecret = 'x'", "'a/b' is no access key"),
        ("[keys]\nA = 'x'", "keys.A is not a table"),
        ("[keys.A]\n", "keys.A has no secret"),
        ("[keys.A]\nsecret = ''", "keys.A.secret is not a text"),
        ("[keys.A]\nsecret = 1", "keys.A.secret is not a text"),
        ("[keys.A]\nsecret = 'x'\ntoken = 'y'", "keys.A has 'token', which means nothing"),
        ("[keys.A]\nsecret = 'x'\nuser = 'a/b'", "keys.A.user is no name of a user"),
        ("[keys.A]\nsecret = 'x'\narn = 'alice'", "keys.A.arn is not the ARN of a principal"),
        ("[keys.A]\nsecret = 'x'\nuser = 'a'\narn = 'b'", "keys.A has both user and arn"),
        ("[keys.A]\nsecret = 'x'\nexpires = 2030-01-01T00:00:00", "keys.A.expires is not a moment like"),
        ("[keys.A", "is not TOML"),
        ("[keys.A]\nsecret = 'x'\npolicies = 'p'", "keys.A.policies is not a list of names"),
        ("[keys.A]\nsecret = 'x'\npolicies = ['p']", "keys.A.policies names 'p', and there is no [policies]"),
        ("policies = 1\n[keys.A]\nsecret = 'x'", "policies is not a table"),
        ("[policies.p]\nVersion = '2012-10-17'", "policies.p is no policy: there is no Statement"),
        ("[policies]\np = 'none.json'", "none.json cannot be read: No such file"),
        ("[policies]\np = 'keys.toml'", "keys.toml is not JSON"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(WrongCredentials) as caught:
        read(tmp_path, text)
    sentence = str(caught.value)
    assert complaint in sentence
    assert str(tmp_path / "keys.toml") in sentence


def test_policies_are_tables_or_files(tmp_path: Path) -> None:
    document = {"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}
    (tmp_path / "deny.json").write_text(json.dumps(document))
    keys = read(
        tmp_path,
        """
        [keys.AKIA1]
        secret = "one"
        policies = ["allow", "deny"]

        [keys.AKIA2]
        secret = "two"
        policies = []

        [policies]
        deny = "deny.json"

        [[policies.allow.Statement]]
        Effect = "Allow"
        Action = ["dynamodb:GetItem", "dynamodb:Query"]
        Resource = "arn:aws:dynamodb:*:*:table/Music"

        [policies.allow.Statement.Condition.Bool]
        "aws:SecureTransport" = true
        """,
    )
    both = keys["AKIA1"].principal.policies
    assert both is not None
    assert [(policy.name, policy.statements[0].effect) for policy in both] == [
        ("allow", "Allow"),
        ("deny", "Deny"),
    ]
    assert keys["AKIA2"].principal.policies == ()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongCredentials, match=r"none\.toml cannot be read: No such file"):
        load(tmp_path / "none.toml", ACCOUNT)
    (tmp_path / "bytes").write_bytes(b"\xff")
    with pytest.raises(WrongCredentials, match="is not TOML"):
        load(tmp_path / "bytes", ACCOUNT)
