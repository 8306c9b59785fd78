"""The tag policy, as far as the benchmark's document needs it."""

import fnmatch
import json
import os
import time

CLASSIFICATION = ("Environment", "AssetType", "PersonalInformation", "Owner")
MAX_AGE = 60  # seconds

_read, _documents = 0.0, None


def load(ssm):
    """Both documents; kept for MAX_AGE."""
    global _read, _documents
    if _documents is None or time.monotonic() - _read > MAX_AGE:
        names = [os.environ["ASSETGUARD_OVERRIDES_PARAMETER"], os.environ["ASSETGUARD_POLICY_PARAMETER"]]
        out = ssm.get_parameters(Names=names, WithDecryption=True)
        found = {p["Name"]: json.loads(p["Value"]) for p in out["Parameters"]}
        _documents, _read = [found[name] for name in names], time.monotonic()
    return _documents


def _any(patterns, texts):
    return not patterns or any(fnmatch.fnmatchcase(text, p) for p in patterns for text in texts)


def _matches(match, asset):
    names = asset["names"] + [v for k, v in asset["tags"].items() if k == "Name"]
    return (
        _any(match.get("services"), [asset["service"]])
        and _any(match.get("resourceTypes"), [asset["type"]])
        and _any(match.get("creators"), [asset.get("creator", "")])
        and _any(match.get("regions"), [asset["region"]])
        and _any(match.get("names"), names)
    )


def missing(documents, asset):
    """The tags that the asset lacks; the first document and rule that gives a key decides."""
    tags = {}
    for document in documents:
        for rule in document.get("rules", []):
            if _matches(rule["match"], asset):
                for key, value in rule["tags"].items():
                    tags.setdefault(key, value)
    for document in documents:
        for key, value in document.get("defaults", {}).items():
            tags.setdefault(key, value)
    shown = {t["id"]: t["value"] for document in reversed(documents) for t in document.get("assetTypes", [])}
    tags["AssetType"] = shown.get(tags.get("AssetType"), tags.get("AssetType", "unclassified"))
    if asset.get("creator"):
        tags["Creator"] = asset["creator"]
    if asset.get("event_time"):
        tags["CreatedAt"] = asset["event_time"]
    return {key: value for key, value in tags.items() if key not in asset["tags"]}


def count(name, value, **dimensions):
    """One metric as embedded metric format."""
    metric = {"Namespace": "assetguard", "Dimensions": [list(dimensions)], "Metrics": [{"Name": name, "Unit": "Count"}]}
    print(json.dumps({"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [metric]}, name: value, **dimensions}))


def chunks(items, size):
    """The items, size at a time."""
    return (items[i : i + size] for i in range(0, len(items), size))


def grouped(items, key):
    """The items by key, in the order of first appearance."""
    groups = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups.values()
