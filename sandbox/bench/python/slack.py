"""The Slack function in Python: the same calls at the same pace, with posts that say the most important only."""

import json
import os
import time
import urllib.request

import boto3

import policy

SECRETS = boto3.client("secretsmanager")
PACE = 2  # seconds

_webhook = None
_next = 0.0


def _post(notice):
    global _webhook, _next
    time.sleep(max(_next - time.monotonic(), 0))
    if _webhook is None:
        _webhook = SECRETS.get_secret_value(SecretId=os.environ["ASSETGUARD_WEBHOOK_SECRET"])["SecretString"]
    finding = notice["finding"]
    head = finding["Severity"] + ": " + finding["Title"]
    fields = [{"type": "mrkdwn", "text": f"*{name}*\n{finding[name]}"} for name in ("Account", "Region", "Product", "Control")]
    body = {"text": head, "blocks": [{"type": "header", "text": {"type": "plain_text", "text": head[:150]}}, {"type": "section", "fields": fields}]}
    request = urllib.request.Request(_webhook, json.dumps(body).encode(), {"Content-Type": "application/json; charset=utf-8"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        taken = answer.read() == b"ok"
    _next = time.monotonic() + PACE
    return taken


def handle(event, _call):
    failed = [record["messageId"] for record in event["Records"] if not _post(json.loads(record["body"]))]
    policy.count("SlackOutcome", len(event["Records"]) - len(failed), Outcome="delivered")
    return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}
