"""The auto-tag function's work on RunInstances events, by boto3."""

import json

import boto3

import policy

_region = None


def _clients():
    """The clients that these events need, made once."""
    global _region
    if _region is None:
        _region = {name: boto3.client(name) for name in ("ssm", "ec2", "resourcegroupstaggingapi")}
    return _region


def _assets(records):
    """The instances that the events made."""
    assets = {}
    for record in records:
        event = json.loads(record["body"])
        detail = event["detail"]
        for item in detail["responseElements"]["instancesSet"]["items"]:
            asset = _asset(detail, "instance", item["instanceId"], [item["instanceId"]])
            asset["message"] = record["messageId"]
            assets[asset["arn"]] = asset
    return assets


def _asset(detail, kind, name, names):
    partition = detail["userIdentity"]["arn"].split(":")[1]
    given = {}
    for spec in detail["requestParameters"].get("tagSpecificationSet", {}).get("items", []):
        if spec["resourceType"] == kind:
            given.update({tag["key"]: tag["value"] for tag in spec["tags"]})
    return {
        "arn": f"arn:{partition}:ec2:{detail['awsRegion']}:{detail['recipientAccountId']}:{kind}/{name}",
        "id": name, "service": "ec2", "type": "ec2:" + kind, "region": detail["awsRegion"], "names": names, "tags": given,
        "creator": detail["userIdentity"]["userName"], "event_time": detail["eventTime"][:16] + ":00Z",  # by the minute: equal tags go together
        "detail": detail,
    }


def _find_born_with(ec2, assets):
    """Add the volumes and interfaces of the instances."""
    instances = {asset["id"]: asset for asset in assets.values()}
    for ids in policy.chunks(list(instances), 200):
        pages = ec2.get_paginator("describe_instances").paginate(Filters=[{"Name": "instance-id", "Values": ids}])
        for found in (i for page in pages for r in page["Reservations"] for i in r["Instances"]):
            asset = instances[found["InstanceId"]]
            names = asset["names"] + [t["Value"] for t in found.get("Tags", []) if t["Key"] == "Name"]
            parts = [("volume", m["Ebs"]["VolumeId"]) for m in found["BlockDeviceMappings"] if "Ebs" in m]
            parts += [("network-interface", i["NetworkInterfaceId"]) for i in found["NetworkInterfaces"]]
            for kind, name in parts:
                part = _asset(asset["detail"], kind, name, [name] + names)
                part["message"] = asset["message"]
                assets[part["arn"]] = part


def _read_tags(ec2, assets):
    for chunk in policy.chunks(list(assets.values()), 200):
        by_id = {asset["id"]: asset for asset in chunk}
        pages = ec2.get_paginator("describe_tags").paginate(Filters=[{"Name": "resource-id", "Values": list(by_id)}])
        for tag in (t for page in pages for t in page["Tags"]):
            by_id[tag["ResourceId"]]["tags"][tag["Key"]] = tag["Value"]


def _write(tagging, assets):
    """Tag what lacks tags; equal tags go together. Returns the messages that come again."""
    again = set()
    for group in policy.grouped(assets, lambda a: (a["region"], json.dumps(a["missing"], sort_keys=True))):
        for chunk in policy.chunks(group, 20):
            out = tagging.tag_resources(ResourceARNList=[a["arn"] for a in chunk], Tags=chunk[0]["missing"])
            again |= {a["message"] for a in chunk if a["arn"] in out["FailedResourcesMap"]}
    return again


def handle(event, _):
    region = _clients()
    assets = _assets(event["Records"])
    documents = policy.load(region["ssm"])
    _find_born_with(region["ec2"], assets)
    _read_tags(region["ec2"], assets)
    for asset in assets.values():
        asset["missing"] = policy.missing(documents, asset)
    again = _write(region["resourcegroupstaggingapi"], [a for a in assets.values() if a["missing"]])
    for asset in assets.values():
        print(json.dumps({"level": "INFO", "msg": "asset", "outcome": "tagged", "reason": "none", "service": asset["service"],
                          "type": asset["type"], "arn": asset["arn"], "region": asset["region"], "keys": list(asset["missing"])}))
    policy.count("AutotagOutcome", len(assets), Outcome="tagged", Service="ec2", Reason="none")
    return {"batchItemFailures": [{"itemIdentifier": message} for message in again]}
