"""Holds requests against AWS's own service models, which botocore carries.

Reads one request a line, {"service", "operation", "input"}, and answers each with a line, a list of what is wrong with it.
botocore checks names, types, required members and least values; the rest of what a model says of a value is checked here.
"""

import json
import re
import sys
from functools import lru_cache

import botocore.session
from botocore.validate import ParamValidator

# Where AWS's documents allow more than its model: by shape.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/config-idle-timeout.html
DOCUMENTED_MOST = {"IdleTimeout": 4000}

SESSION = botocore.session.get_session()
VALIDATOR = ParamValidator()


@lru_cache(maxsize=None)
def model(service):
    return SESSION.get_service_model(service)


@lru_cache(maxsize=None)
def pattern(text):
    # The models spell characters beyond the basic plane as pairs of surrogates, which Python's classes don't take.
    text = text.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
    # Unicode's classes of letters, digits and spaces, in words that Python has.
    for name, same in ((r"\p{L}", r"\w"), (r"\p{N}", r"\d"), (r"\p{Z}", r"\s")):
        text = text.replace(name, same)
    return re.compile(text)


def problems(shape, value, path):
    if shape.type_name == "structure":
        for name, item in value.items():
            if name in shape.members:
                yield from problems(shape.members[name], item, f"{path}.{name}")
    elif shape.type_name == "list":
        yield from too_large(shape, len(value), path, "items")
        for i, item in enumerate(value):
            yield from problems(shape.member, item, f"{path}[{i}]")
    elif shape.type_name == "string":
        yield from too_large(shape, len(value), path, "characters")
        if shape.enum and value not in shape.enum:
            yield f"{path}: {value} is none of {', '.join(shape.enum[:5])} and {len(shape.enum) - 5} more"
        if "pattern" in shape.metadata and not pattern(shape.metadata["pattern"]).fullmatch(value):
            yield f"{path}: {value} does not match {shape.metadata['pattern']}"
    elif shape.type_name in ("integer", "long", "float", "double"):
        yield from too_large(shape, value, path, "")
        if shape.type_name == "integer" and not -(2**31) <= value < 2**31:
            yield f"{path}: {value} is no 32-bit integer"


def too_large(shape, amount, path, unit):
    most = DOCUMENTED_MOST.get(shape.name, shape.metadata.get("max"))
    if most is not None and amount > most:
        yield f"{path}: {amount} {unit} where {most} is the most"


def check(request):
    operation = model(request["service"]).operation_model(request["operation"])
    report = VALIDATOR.validate(request["input"], operation.input_shape)
    if report.has_errors():
        return [report.generate_report()]
    return list(problems(operation.input_shape, request["input"], request["operation"]))


for line in sys.stdin:
    print(json.dumps(check(json.loads(line))), flush=True)
