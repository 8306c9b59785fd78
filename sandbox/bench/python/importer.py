"""The importer in Python: the same calls and the same findings, as far as the benchmark's events need it."""

import datetime
import json
import os

import boto3

import policy

ACCOUNT = os.environ["ASSETGUARD_ACCOUNT_ID"]
PARTITION = os.environ["ASSETGUARD_PARTITION"]
STATUS = {"COMPLIANT": ("PASSED", "준수"), "NON_COMPLIANT": ("FAILED", "미준수")}
TYPES = {"AWS::S3::Bucket": "AwsS3Bucket"}

_made, _packs = {}, {}

with open(os.path.join(os.environ["LAMBDA_TASK_ROOT"], "checks.json"), encoding="utf-8") as _file:
    CHECKS = json.load(_file)


def _client(name, region):
    if (name, region) not in _made:
        _made[name, region] = boto3.client(name, region_name=region)
    return _made[name, region]


def _ours(region, pack):
    """Whether the pack is ours; the packs are kept."""
    if region not in _packs:
        pages = _client("config", region).get_paginator("describe_conformance_packs").paginate()
        _packs[region] = {d["ConformancePackId"] for page in pages for d in page["ConformancePackDetails"]
                          if d["ConformancePackName"] == os.environ["ASSETGUARD_CONFORMANCE_PACK"]}
    return pack in _packs[region]


def _evaluation(record):
    event = json.loads(record["body"])
    detail, result = event["detail"], event["detail"]["newEvaluationResult"]
    if event["source"] != "aws.config" or detail["awsAccountId"] != ACCOUNT:
        raise NotImplementedError("another event")
    name, _, suffix = detail["configRuleName"].rpartition("-conformance-pack-")
    if not _ours(detail["awsRegion"], "conformance-pack-" + suffix):
        raise NotImplementedError("another pack")
    at = datetime.datetime.fromisoformat(result["resultRecordedTime"])
    return {"region": detail["awsRegion"], "name": name, "check": CHECKS[name], "type": detail["resourceType"], "id": detail["resourceId"],
            "compliance": result["complianceType"], "at": at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"}


def _resources(region, keys):
    found = {}
    for chunk in policy.chunks(keys, 100):
        out = _client("config", region).batch_get_resource_config(
            resourceKeys=[{"resourceType": kind, "resourceId": name} for kind, name in chunk])
        found.update({(item["resourceType"], item["resourceId"]): item["arn"] for item in out["baseConfigurationItems"]})
    tags = {}
    for chunk in policy.chunks(sorted(found.values()), 100):
        out = _client("resourcegroupstaggingapi", region).get_resources(ResourceARNList=chunk)
        for mapping in out["ResourceTagMappingList"]:
            tags[mapping["ResourceARN"]] = {tag["Key"]: tag["Value"] for tag in mapping["Tags"]}
    return found, tags


def _finding(v, arn, tags):
    check = v["check"]
    status, words = STATUS[v["compliance"]]
    generator = "assetguard/conformance-pack/" + check["id"]
    resource = {"Type": TYPES[v["type"]], "Id": arn, "Partition": PARTITION, "Region": v["region"]}
    if tags:
        resource["Tags"] = tags
    return {
        "SchemaVersion": "2018-10-08", "Id": "/".join((generator, v["region"], ACCOUNT, v["type"], v["id"])),
        "ProductArn": f"arn:{PARTITION}:securityhub:{v['region']}:{ACCOUNT}:product/{ACCOUNT}/default", "GeneratorId": generator,
        "AwsAccountId": ACCOUNT, "CreatedAt": v["at"], "FirstObservedAt": v["at"], "LastObservedAt": v["at"], "UpdatedAt": v["at"],
        "Title": check["title"],
        "Description": f"AWS Config 규칙: {v['name']}. 리소스: {v['type']} {v['id']}. 결과: {words}. 통제 항목: {', '.join(check['codes'])}",
        "Compliance": {"Status": status, "RelatedRequirements": check["requirements"]}, "RecordState": "ACTIVE",
        "FindingProviderFields": {
            "Severity": {"Label": check["severity"].upper() if status == "FAILED" else "INFORMATIONAL", "Original": check["severity"]},
            "Types": ["Software and Configuration Checks/Industry and Regulatory Standards"]},
        "UserDefinedFields": check["fields"],
        "Remediation": {"Recommendation": {
            "Text": "AWS Config 규칙의 요구 사항을 확인하여 리소스를 조치하거나, 기한을 정하여 위험을 수용하세요. 규칙: " + v["name"], "Url": check["url"]}},
        "Resources": [resource],
    }


def handle(event, _call):
    evaluations = [_evaluation(record) for record in event["Records"]]
    for group in policy.grouped(evaluations, lambda v: v["region"]):
        region = group[0]["region"]
        arns, tags = _resources(region, sorted({(v["type"], v["id"]) for v in group}))
        findings = [_finding(v, arns[v["type"], v["id"]], tags.get(arns[v["type"], v["id"]])) for v in group]
        for chunk in policy.chunks(findings, 100):
            if _client("securityhub", region).batch_import_findings(Findings=chunk)["FailedFindings"]:
                raise NotImplementedError("findings that fail")
    policy.count("ImportOutcome", len(evaluations), Outcome="imported")
    return {"batchItemFailures": []}
