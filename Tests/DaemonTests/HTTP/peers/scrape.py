"""Fetches what is at a URL and reads it with the parser of Prometheus's own Python client; prints a JSON object."""

import json
import sys
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

with urllib.request.urlopen(sys.argv[1], timeout=120) as answer:
    text, kind = answer.read().decode(), answer.headers["content-type"]
families = {
    family.name: {
        "type": family.type,
        "help": family.documentation,
        "samples": [[sample.name, sample.labels, float(sample.value)] for sample in family.samples],
    }
    for family in text_string_to_metric_families(text)
}
print(json.dumps({"content_type": kind, "families": families}))
