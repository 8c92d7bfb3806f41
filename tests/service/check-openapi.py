#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the description of the API against the official schema of OpenAPI, against itself, and
real answers against it.

Reads from standard input {"document": {…}, "answers": [{"route": "GET /api/events/", "status": 200,
"body": …}]}; says on standard output what is wrong, and ends with 1 then."""

import copy
import json
import re
import sys

import jsonschema

OFFICIAL = "/usr/share/openapi-specification/schemas/v3.0/schema.json"
METHODS = ("get", "post", "patch", "put", "delete")
problems = []


def complain(*words):
    problems.append(" ".join(str(word) for word in words))


def walk(node, where="#"):
    yield where, node
    children = node.items() if isinstance(node, dict) else enumerate(node)
    for name, child in children:
        if isinstance(child, (dict, list)):
            yield from walk(child, f"{where}/{name}")


def resolve(document, reference):
    node = document
    for part in reference.removeprefix("#/").split("/"):
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return node


def operations(document):
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]


def check_official(document):
    with open(OFFICIAL, encoding="utf-8") as file:
        official = json.load(file)
    for error in jsonschema.validators.validator_for(official)(official).iter_errors(document):
        complain("official schema:", "/".join(map(str, error.path)), error.message[:300])


def check_references(document):
    for where, node in walk(document):
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            try:
                resolve(document, node["$ref"])
            except KeyError:
                complain(where, "leads nowhere:", node["$ref"])


def check_operations(document):
    """Path parameters are declared, names are unique, security is one that there is."""
    seen = {}
    shapes = {}
    for path in document["paths"]:
        shape = re.sub(r"\{[^}]*\}", "{}", path)
        if shape in shapes:
            complain(path, "is the same path as", shapes[shape])
        shapes[shape] = path
    for route, operation in operations(document):
        name = operation["operationId"]
        if name in seen:
            complain(route, "and", seen[name], "are both", name)
        seen[name] = route
        parameters = [
            resolve(document, p["$ref"]) if "$ref" in p else p for p in operation["parameters"]
        ]
        declared = sorted(p["name"] for p in parameters if p["in"] == "path")
        if declared != sorted(re.findall(r"\{([^}]*)\}", route)):
            complain(route, "declares the path parameters", declared)
        if len({(p["in"], p["name"]) for p in parameters}) != len(parameters):
            complain(route, "has a parameter twice")
        if not any(status < "400" for status in operation["responses"]):
            complain(route, "cannot go well")
        for scheme in operation["security"]:
            if any(s not in document["components"]["securitySchemes"] for s in scheme):
                complain(route, "wants", scheme)


def make_strict(document):
    """As JSON Schema: null where it may be, and no member that is not described."""
    document = copy.deepcopy(document)
    for _, node in list(walk(document)):
        if not isinstance(node, dict):
            continue
        if node.get("type") == "object" and "properties" in node:
            node.setdefault("additionalProperties", False)
        if node.pop("nullable", False) is True and "type" in node:
            node["type"] = [node["type"], "null"]
    return document


def check_answers(document, answers):
    strict = make_strict(document)
    known = dict(operations(strict))
    for answer in answers:
        responses = known[answer["route"]]["responses"]
        response = responses.get(str(answer["status"]))
        if response is None:
            complain(answer["route"], "does not describe", answer["status"])
            continue
        if "$ref" in response:
            response = resolve(strict, response["$ref"])
        if "content" not in response:
            if answer["body"] is not None:
                complain(answer["route"], answer["status"], "should be empty")
            continue
        # References lead into the root of a schema, so what they lead to stands there.
        schema = response["content"]["application/json"]["schema"]
        validator = jsonschema.Draft4Validator(
            {"components": strict["components"], "allOf": [schema]},
            format_checker=jsonschema.FormatChecker(),
        )
        for error in validator.iter_errors(answer["body"]):
            complain(
                answer["route"],
                answer["status"],
                "/".join(map(str, error.path)),
                error.message[:400],
                *(f"\n    {c.message[:200]}" for c in error.context or ()),
            )


def main():
    given = json.load(sys.stdin)
    document = given["document"]
    check_official(document)
    check_references(document)
    check_operations(document)
    if not problems:
        check_answers(document, given["answers"])
    print("\n".join(problems))
    return 1 if problems else 0


sys.exit(main())
