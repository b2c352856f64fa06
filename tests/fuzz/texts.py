"""Texts of the three expression languages and of PartiQL, drawn from their grammars.

Most parse; that they mean nothing on the item they meet is part of the exercise. A few are broken in one
place afterwards, which reaches further into a parser than text that was never right.
"""

import random
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

Rule: TypeAlias = Callable[["Speaker"], str]

ATTRIBUTES: Final = ("pk", "sk", "a", "b", "c", "n", "a", "b", "n", "ttl", "data", "with.dot", "é", "")
ALIASES: Final = ("#pk", "#a", "#b", "#n", "#m")
PLACEHOLDERS: Final = (":a", ":b", ":n", ":s", ":t", ":0")
_NOISE: Final = ("(", ")", "[", "]", ",", ".", "'", '"', "\\", "\x00", "  ", "SET", "?", "<<", "{", "😀")
_OPENINGS: Final = ("(", "NOT ", "size(", "- ", "{'a':", "[", "a.")
_DEEP: Final = 400


class Speaker:
    """Draws texts. `depth` is how deep the sentence that is being said is already."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self._depth = 0

    def one(self, choices: Sequence[str]) -> str:
        return self.rng.choice(choices)

    def some(self, rule: Rule, separator: str = ", ", most: int = 3) -> str:
        return separator.join(rule(self) for _ in range(self.rng.randint(1, most)))

    def say(self, *rules: Rule) -> str:
        """What one of the rules says; deep inside, the first, which must be a leaf."""
        self._depth += 1
        try:
            return (rules[0] if self._depth > 5 else self.rng.choice(rules))(self)
        finally:
            self._depth -= 1

    def text(self, rule: Rule) -> str:
        """A whole text by a rule, now and then broken."""
        text = rule(self)
        whim = self.rng.random()
        if whim < 0.05:
            at = self.rng.randint(0, len(text))
            text = text[:at] + self.one(_NOISE) + text[at + self.rng.randint(0, 3) :]
        elif whim < 0.055:
            text = self.one(_OPENINGS) * self.rng.randint(1, _DEEP) + text
        elif whim < 0.06:
            text = f" {self.one(('AND', 'OR', ',', '+'))} ".join([text] * self.rng.randint(2, 40))
        return text


# ------------------------------------------------------------------ the expression language


def path(speaker: Speaker) -> str:
    rng = speaker.rng
    made = speaker.one(ALIASES if rng.random() < 0.4 else ATTRIBUTES[2:9])
    while rng.random() < 0.25:
        made += rng.choice((f"[{rng.randint(0, 3)}]", f".{speaker.one(ALIASES + ATTRIBUTES[:9])}"))
    return made


def placeholder(speaker: Speaker) -> str:
    return speaker.one(PLACEHOLDERS)


def operand(speaker: Speaker) -> str:
    return speaker.say(placeholder, path, lambda s: f"size({path(s)})")


def condition(speaker: Speaker) -> str:
    return speaker.say(
        lambda s: f"{operand(s)} {s.one(('=', '<>', '<', '<=', '>', '>='))} {operand(s)}",
        lambda s: f"{s.one(('attribute_exists', 'attribute_not_exists'))}({path(s)})",
        lambda s: f"attribute_type({path(s)}, {placeholder(s)})",
        lambda s: f"{s.one(('begins_with', 'contains'))}({operand(s)}, {operand(s)})",
        lambda s: f"{operand(s)} BETWEEN {operand(s)} AND {operand(s)}",
        lambda s: f"{operand(s)} IN ({s.some(operand)})",
        lambda s: f"NOT {condition(s)}",
        lambda s: f"({condition(s)})",
        lambda s: f"{condition(s)} {s.one(('AND', 'OR'))} {condition(s)}",
    )


def key_condition(speaker: Speaker) -> str:
    partition = f"{speaker.one(('pk', 'pk', 'pk', 'a', '#pk'))} = {speaker.one((':a', ':a', ':n', ':t'))}"
    sort = speaker.say(
        lambda s: f"sk {s.one(('=', '<', '<=', '>', '>='))} {placeholder(s)}",
        lambda s: f"begins_with(sk, {placeholder(s)})",
        lambda s: f"sk BETWEEN {placeholder(s)} AND {placeholder(s)}",
        condition,
    )
    return partition if speaker.rng.random() < 0.6 else f"{partition} AND {sort}"


def _set_value(speaker: Speaker) -> str:
    return speaker.say(
        operand,
        lambda s: f"{operand(s)} {s.one('+-')} {operand(s)}",
        lambda s: f"if_not_exists({path(s)}, {_set_value(s)})",
        lambda s: f"list_append({_set_value(s)}, {_set_value(s)})",
    )


_SECTIONS: Final[Sequence[Rule]] = (
    lambda s: "SET " + s.some(lambda s: f"{path(s)} = {_set_value(s)}"),
    lambda s: "REMOVE " + s.some(path),
    lambda s: "ADD " + s.some(lambda s: f"{path(s)} {placeholder(s)}"),
    lambda s: "DELETE " + s.some(lambda s: f"{path(s)} {placeholder(s)}"),
)


def update(speaker: Speaker) -> str:
    sections = speaker.rng.sample(_SECTIONS, speaker.rng.choice((1, 1, 1, 2, 4)))
    return " ".join(rule(speaker) for rule in sections)


def projection(speaker: Speaker) -> str:
    return speaker.some(path, most=4)


# ------------------------------------------------------------------ PartiQL


def _literal(speaker: Speaker) -> str:
    return speaker.say(
        lambda s: s.one(("?", "1", "-1.5e3", "'a'", "''", "'it''s'", "NULL", "MISSING", "true", "1e999")),
        lambda s: f"[{s.some(_literal)}]",
        lambda s: f"<<{s.some(_literal)}>>",
        lambda s: "{" + s.some(lambda s: f"'{s.one(ATTRIBUTES)}': {_literal(s)}") + "}",
    )


def _place(speaker: Speaker) -> str:
    name = speaker.one(("pk", "sk", "a", "b", "n"))
    return speaker.say(
        lambda s: name,
        lambda s: f'"{name}"',
        lambda s: f"{name}.a",
        lambda s: f"{name}[0]",
        lambda s: f"t.{name}",
    )


def _where(speaker: Speaker) -> str:
    return speaker.say(
        lambda s: f"{_place(s)} {s.one(('=', '<>', '<', '<=', '>', '>='))} {_literal(s)}",
        lambda s: f"begins_with({_place(s)}, {_literal(s)})",
        lambda s: f"contains({_place(s)}, {_literal(s)})",
        lambda s: f"{_place(s)} BETWEEN {_literal(s)} AND {_literal(s)}",
        lambda s: f"{_place(s)} IN [{s.some(_literal)}]",
        lambda s: f"{_place(s)} IS {s.one(('', 'NOT '))}{s.one(('NULL', 'MISSING'))}",
        lambda s: f"attribute_type({_place(s)}, {_literal(s)})",
        lambda s: f"NOT {_where(s)}",
        lambda s: f"({_where(s)})",
        lambda s: f"{_where(s)} {s.one(('AND', 'OR'))} {_where(s)}",
        lambda s: f"size({_place(s)}) > {_literal(s)}",
    )


def _key(speaker: Speaker) -> str:
    sort = f" AND sk = {_literal(speaker)}" if speaker.rng.random() < 0.6 else ""
    return f"pk = {_literal(speaker)}{sort}"


_COLUMNS: Final = ("*", "pk", "pk, a.b[0]", "COUNT(*)", "a AS b")
_FUNCTIONS: Final = ("set_add", "set_delete", "list_append", "if_not_exists")


def statement(speaker: Speaker, tables: Sequence[str] = ("hash", "range", "numbers")) -> str:
    table = f'"{speaker.one(tables)}"' + speaker.one(("", "", "", '."local"', '."global"', ".x"))
    where = speaker.say(_key, _where, lambda s: f"{_key(s)} AND {_where(s)}")
    return speaker.say(
        lambda s: (
            f"SELECT {s.one(_COLUMNS)} FROM {table} WHERE {where}"
            + s.one(("", "", " ORDER BY sk DESC", " ORDER BY pk, sk ASC"))
        ),
        lambda s: f"SELECT * FROM {table}",
        lambda s: "INSERT INTO " + table + " VALUE {'pk': " + _literal(s) + ", 'sk': " + _literal(s) + "}",
        lambda s: (
            f"UPDATE {table} SET {_place(s)} = {_assigned(s)} WHERE {where}"
            + s.one(("", " RETURNING ALL NEW *", " RETURNING MODIFIED OLD *", ";"))
        ),
        lambda s: f"UPDATE {table} REMOVE {_place(s)} WHERE {where}",
        lambda s: f"DELETE FROM {table} WHERE {where}" + s.one(("", " RETURNING ALL OLD *")),
        lambda s: f"EXISTS (SELECT * FROM {table} WHERE {where})",
    )


def _assigned(speaker: Speaker) -> str:
    return speaker.say(
        _literal,
        lambda s: f"{_place(s)} {s.one('+-')} {_literal(s)}",
        lambda s: f"{s.one(_FUNCTIONS)}({_place(s)}, {_literal(s)})",
    )
