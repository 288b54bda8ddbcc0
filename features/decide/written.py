"""Policies as written: a YAML file's fields, each with its line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import yaml

from features.errors import InvalidDeclaration
from features.nesting import MOST_LEVELS

_MOST_BYTES = 262_144
_MOST_POLICIES = 1_000

#: In C it is fifteen times faster; not every build of PyYAML has it.
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Problem(NamedTuple):
    """What is wrong in a line of the file, and what to write instead."""

    line: int
    message: str


class InvalidPolicies(InvalidDeclaration):
    """A file of policies cannot be used; its ``problems`` are all that is wrong with it."""

    def __init__(self, where: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        told = (f"line {line}: {message}" for line, message in self.problems)
        super().__init__("\n".join((f"the policies in {where} cannot be used:", *told)))


class Field(NamedTuple):
    """What was written under a name."""

    line: int
    value: object


class Written(NamedTuple):
    """One policy: where it begins, and its fields by name."""

    line: int
    fields: dict[str, Field]


def read(text: bytes, where: str) -> tuple[list[Written], list[Problem]]:
    """The policies of a file, and what is wrong with how they are written.

    Raises `InvalidPolicies` where nothing can be read.
    """
    if len(text) > _MOST_BYTES:
        raise InvalidPolicies(where, [Problem(1, f"is longer than {_MOST_BYTES:,} bytes")])
    loader = None
    try:
        _refuse_deep(text, where)
        loader = _Loader(text)
        root = loader.get_single_node()
        if root is None:
            raise InvalidPolicies(where, [Problem(1, "is empty: write [] for no policies")])
        if not isinstance(root, yaml.SequenceNode):
            raise InvalidPolicies(where, [Problem(_line(root), "must be a list: write - id: NAME")])
        if len(root.value) > _MOST_POLICIES:
            raise InvalidPolicies(where, [Problem(1, f"has more than {_MOST_POLICIES:,} policies")])
        problems: list[Problem] = []
        return [_policy(loader, node, problems) for node in root.value], problems
    except yaml.MarkedYAMLError as error:
        line = min(_at(error.problem_mark or error.context_mark), text.count(b"\n") + 1)
        raise InvalidPolicies(where, [Problem(line, _yaml(error))]) from None
    except yaml.YAMLError:
        said = "is not valid YAML: a character cannot be read; write the file in UTF-8"
        raise InvalidPolicies(where, [Problem(1, said)]) from None
    finally:
        if loader is not None:
            loader.dispose()


def _refuse_deep(text: bytes, where: str) -> None:
    """Looks at how deep it goes before it is loaded: in C, too deep would end the process."""
    levels = 0
    for event in yaml.parse(text, _Loader):
        levels += isinstance(event, yaml.CollectionStartEvent)
        levels -= isinstance(event, yaml.CollectionEndEvent)
        if levels > MOST_LEVELS:
            raise InvalidPolicies(where, [Problem(_at(event.start_mark), "is nested too deeply")])


def _yaml(error: yaml.MarkedYAMLError) -> str:
    said = str(error.problem)
    if said.startswith("mapping values are not allowed"):  # "here" or "in this context"
        said = "mapping values are not allowed here; a text with a colon stands in quotes"
    return f"is not valid YAML: {said}"


def _at(mark: Any) -> int:
    """The line of a mark; YAML counts from 0, and has a type of mark for each loader."""
    return 1 if mark is None else int(mark.line) + 1


def _policy(loader: yaml.SafeLoader, node: yaml.Node, problems: list[Problem]) -> Written:
    fields: dict[str, Field] = {}
    if not isinstance(node, yaml.MappingNode) or not node.value:
        problems.append(Problem(_line(node), "must be a policy: write - id: NAME"))
        return Written(_line(node), fields)
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            problems.append(Problem(_line(key), "a field must have a name: write id: NAME"))
            continue
        name = str(key.value)
        if name in fields:
            problems.append(Problem(_line(key), f"{name} is written twice: take one out"))
        fields[name] = Field(_line(key), _value(loader, value, name, problems))
    return Written(_line(node), fields)


def _value(loader: yaml.SafeLoader, node: yaml.Node, name: str, problems: list[Problem]) -> object:
    try:
        return loader.construct_document(node)
    except ValueError as error:  # a date that there is not
        problems.append(Problem(_line(node), f"{name} cannot be read: {error}"))
        return None


def _line(node: yaml.Node) -> int:
    return _at(node.start_mark)
