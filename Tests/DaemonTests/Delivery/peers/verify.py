"""Verifies signed webhook calls with the library of the Standard Webhooks project.

On stdin a JSON object: `secret`, and `calls`, each with `headers` and `body`. On stdout a JSON list with null for each call that
the library takes, and else why it does not.
"""
import json, sys
from standardwebhooks import Webhook, WebhookVerificationError

request = json.load(sys.stdin)
receiver = Webhook(request["secret"])
answers = []
for call in request["calls"]:
    try:
        receiver.verify(call["body"], call["headers"])
        answers.append(None)
    except WebhookVerificationError as error:
        answers.append(str(error))
json.dump(answers, sys.stdout)
