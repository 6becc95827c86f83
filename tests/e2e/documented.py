"""The API's own document, and real answers held against it."""

import json

import jsonschema

from peers import run

DOCUMENT = json.loads(run("openapi")[1])


def strict(schema):
    """The same schema, in which an object has no key that is not described."""
    if isinstance(schema, dict):
        closed = {"additionalProperties": False} if "properties" in schema and "additionalProperties" not in schema else {}
        return {**{key: strict(value) for key, value in schema.items()}, **closed}
    return [strict(one) for one in schema] if isinstance(schema, list) else schema


def validate(answer, path, method="get", status="200"):
    """Fails unless the answer is just what the document says of it."""
    [content] = DOCUMENT["paths"][path][method]["responses"][status]["content"].values()
    schema = {**content["schema"], "components": strict(DOCUMENT["components"])}
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(answer)


def refused(app, method, path, status, **how):
    """The problem document of a refused request."""
    code, headers, text = app.problem(method, path, **how)
    problem = json.loads(text)
    assert (code, headers["content-type"]) == (status, "application/problem+json"), text
    assert problem["status"] == status and problem["title"] and problem["detail"]
    return problem
