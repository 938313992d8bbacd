"""Parses webhook bodies with PyPI's prometheus-alert-model, a model of Alertmanager's payloads that is not ours.

On stdin a JSON list of bodies, each a text. On stdout a JSON list with an object for each body: what the model reads of it, and
what it computes as common to its alerts.
"""
import json, sys
from prometheus_alert_model import AlertGroup

answers = []
for body in json.load(sys.stdin):
    group = AlertGroup(**json.loads(body))
    told = (dict(group.common_labels), dict(group.common_annotations))
    group.update_common_labels()
    group.update_common_annotations()
    answers.append({
        "status": group.status,
        "alerts": [[alert.labels["stream"], alert.status, alert.starts_at.year] for alert in group.alerts],
        "common": told == (group.common_labels, group.common_annotations),
    })
json.dump(answers, sys.stdout)
