"""The subscriptions function in Python: the same calls and the same metrics."""

import json
import os

import boto3

import policy

SNS = boto3.client("sns")
SUBSCRIBERS = json.loads(os.environ["ASSETGUARD_SUBSCRIBERS"])


def _subscribed(topic):
    confirmed = {}
    for page in SNS.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic):
        for one in page["Subscriptions"]:
            if one["Protocol"].startswith("email") and one["SubscriptionArn"] != "Deleted":
                address = one["Endpoint"].lower()
                confirmed[address] = confirmed.get(address, False) or one["SubscriptionArn"].startswith("arn:")
    return confirmed


def handle(_event, _call):
    audiences = {}
    for audience, expected in sorted(SUBSCRIBERS.items()):
        subscribed = _subscribed(expected["topic"])
        emails = [address.lower() for address in expected["emails"]]
        states = {"confirmed": 0, "pending": 0, "missing": 0, "unexpected": 0}
        for address in emails:
            state = "missing" if address not in subscribed else "confirmed" if subscribed[address] else "pending"
            states[state] += 1
        states["unexpected"] = len(set(subscribed) - set(emails))
        for state, metric in (("pending", "SubscriptionsPending"), ("missing", "SubscriptionsMissing"), ("unexpected", "SubscriptionsUnexpected")):
            policy.count(metric, states[state], Audience=audience)
        audiences[audience] = states
    return {"audiences": audiences}
