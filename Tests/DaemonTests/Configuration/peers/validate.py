"""Validates documents against a JSON Schema with PyPI's jsonschema.

Reads {"schema": path, "format": "yaml" | "json", "documents": [text, ...]} from stdin and writes a JSON list with the
first error of each document, or null where it is valid.
"""
import json
import sys

import jsonschema

request = json.load(sys.stdin)
with open(request["schema"], encoding="utf-8") as file:
    schema = json.load(file)
validator_type = jsonschema.Draft202012Validator
validator_type.check_schema(schema)
validator = validator_type(schema, format_checker=validator_type.FORMAT_CHECKER)

if request["format"] == "yaml":
    import yaml

    load = yaml.safe_load
else:
    load = json.loads

results = []
for text in request["documents"]:
    error = next(validator.iter_errors(load(text)), None)
    results.append(None if error is None else f"{error.json_path}: {error.message}")
json.dump(results, sys.stdout)
