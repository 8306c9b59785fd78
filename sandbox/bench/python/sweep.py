"""The sweep's work on a region without indexes, by boto3: list, decide, write."""

import csv
import datetime
import gzip
import io
import json
import os
import zoneinfo

import boto3
import botocore.exceptions

import policy

REGION = os.environ["ASSETGUARD_SWEEP_REGIONS"]
ACCOUNT = os.environ["ASSETGUARD_ACCOUNT_ID"]
BUCKET = os.environ["ASSETGUARD_REGISTER_BUCKET"]
LATEST = "register/latest"
EVENTFUL = {"ec2:instance", "ec2:key-pair", "s3:bucket", "iam:user", "iam:role", "iam:policy", "iam:instance-profile"}
YOUNG = datetime.timedelta(minutes=45)
COLUMNS = ["ARN", "Service", "Type", "Name", "Region", "Account", "Environment", "AssetType", "PersonalInformation", "Owner",
           "Creator", "CreatedAt", "FirstSeen", "AgeDays", "Unclassified", "MissingKeys", "ExcludedBy", "Sources"]

_made = {}


def _client(name, region=REGION):
    """The client of a service in a region, made once."""
    if (name, region) not in _made:
        _made[name, region] = boto3.client(name, region_name=region)
    return _made[name, region]


# The register bucket.


def _put(key, body, kind="application/gzip"):
    _client("s3").put_object(Bucket=BUCKET, Key=key, Body=body, ContentType=kind)


def _open(key):
    """The object, or None."""
    try:
        return _client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    except _client("s3").exceptions.NoSuchKey:
        return None


def _lines(key):
    """The JSON lines of an object, none if it does not exist."""
    body = _open(key)
    return [] if body is None else [json.loads(line) for line in gzip.decompress(body).splitlines()]


def _packed(items):
    return gzip.compress("".join(json.dumps(i, ensure_ascii=False, separators=(",", ":")) + "\n" for i in items).encode(), 6)


def _keys(prefix):
    pages = _client("s3").get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
    return [item["Key"] for page in pages for item in page.get("Contents", [])]


# What there is.


def _asset(arn, source, tags=None, created=None, names=()):
    _, _, service, region, account, resource = arn.split(":", 5)
    kind, separator, name = resource.replace("/", ":").partition(":")
    if not separator:
        kind, name = {"s3": "bucket", "sns": "topic", "sqs": "queue"}[service], resource
    return {"arn": arn, "service": service, "type": f"{service}:{kind}", "region": region or REGION, "account": account or ACCOUNT,
            "names": list(dict.fromkeys([name.rpartition(":")[2], *names])), "tags": tags, "created": created and created.isoformat(),
            "sources": [source]}


def _tags(pairs):
    return {pair["Key"]: pair["Value"] for pair in pairs}


def _ec2(kind, name, pairs, created=None, names=()):
    return _asset(f"arn:aws:ec2:{REGION}:{ACCOUNT}:{kind}/{name}", "service", _tags(pairs or []), created, names)


def _indexed():
    """Whether an index could be asked; neither is, in the benchmark."""
    try:
        _client("resource-explorer-2").get_index()
    except botocore.exceptions.ClientError as fault:
        if fault.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
    status = _client("config").describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
    if any(recorder["recording"] for recorder in status):
        raise NotImplementedError("the benchmark's account does not record")


def _ever_tagged():
    for page in _client("resourcegroupstaggingapi").get_paginator("get_resources").paginate(ResourcesPerPage=100):
        for found in page["ResourceTagMappingList"]:
            yield _asset(found["ResourceARN"], "tagging-api", _tags(found["Tags"]))


def _instances():
    for page in _client("ec2").get_paginator("describe_instances").paginate(MaxResults=200):
        for i in (i for r in page["Reservations"] for i in r["Instances"] if i["State"]["Name"] != "terminated"):
            times = [e["Attachment"]["AttachTime"] for e in i["NetworkInterfaces"] if e["Attachment"]["DeviceIndex"] == 0]
            yield _ec2("instance", i["InstanceId"], i.get("Tags"), times[0] if times else None)


def _instance_names(ids):
    ids = list(dict.fromkeys(ids))
    if not ids:
        return {}
    filters = [{"Name": "resource-id", "Values": ids}, {"Name": "key", "Values": ["Name"]}]
    pages = _client("ec2").get_paginator("describe_tags").paginate(Filters=filters)
    return {t["ResourceId"]: t["Value"] for page in pages for t in page["Tags"]}


def _volumes():
    for page in _client("ec2").get_paginator("describe_volumes").paginate(MaxResults=200):
        of = {v["VolumeId"]: v["Attachments"][0]["InstanceId"] for v in page["Volumes"] if v.get("Attachments")}
        names = _instance_names(of.values())
        for v in page["Volumes"]:
            owner = of.get(v["VolumeId"])
            yield _ec2("volume", v["VolumeId"], v.get("Tags"), v["CreateTime"], filter(None, [owner, names.get(owner)]))


def _interfaces():
    for page in _client("ec2").get_paginator("describe_network_interfaces").paginate(MaxResults=200):
        found = page["NetworkInterfaces"]
        of = {i["NetworkInterfaceId"]: i["Attachment"]["InstanceId"] for i in found if i.get("Attachment")}
        names = _instance_names(of.values())
        for i in found:
            owner = of.get(i["NetworkInterfaceId"])
            yield _ec2("network-interface", i["NetworkInterfaceId"], i.get("TagSet"), None, filter(None, [owner, names.get(owner)]))


def _groups():
    for page in _client("ec2").get_paginator("describe_security_groups").paginate(MaxResults=200):
        for g in page["SecurityGroups"]:
            yield _ec2("security-group", g["GroupId"], g.get("Tags"), None, [g["GroupName"]])


def _bucket_tags(name):
    try:
        return _tags(_client("s3").get_bucket_tagging(Bucket=name)["TagSet"])
    except botocore.exceptions.ClientError as fault:
        if fault.response["Error"]["Code"] != "NoSuchTagSet":
            raise
        return {}


def _buckets():
    for b in _client("s3").list_buckets(MaxBuckets=200, BucketRegion=REGION)["Buckets"]:
        yield _asset("arn:aws:s3:::" + b["Name"], "service", _bucket_tags(b["Name"]), b["CreationDate"])


def _databases():
    for page in _client("rds").get_paginator("describe_db_instances").paginate():
        for d in page["DBInstances"]:
            yield _asset(d["DBInstanceArn"], "service", _tags(d.get("TagList", [])), d["InstanceCreateTime"])


def _none(client, operation, result, **arguments):
    """A kind of which the benchmark's account has none."""
    if any(page[result] for page in _client(client).get_paginator(operation).paginate(**arguments)):
        raise NotImplementedError(operation)
    return []


def _others():
    """The kinds of which there are none."""
    _none("ec2", "describe_images", "Images", Owners=["self"], MaxResults=200)
    _none("ec2", "describe_snapshots", "Snapshots", OwnerIds=["self"], MaxResults=200)
    if _client("ec2").describe_key_pairs()["KeyPairs"]:
        raise NotImplementedError("describe_key_pairs")
    _none("ec2", "describe_spot_instance_requests", "SpotInstanceRequests", MaxResults=200)
    _none("ec2", "describe_managed_prefix_lists", "PrefixLists", MaxResults=100)
    _none("rds", "describe_db_snapshots", "DBSnapshots", SnapshotType="manual")
    _none("rds", "describe_db_cluster_snapshots", "DBClusterSnapshots", SnapshotType="manual")
    _none("iam", "list_users", "Users")
    _none("iam", "list_roles", "Roles")
    _none("iam", "list_policies", "Policies", Scope="Local")
    _none("iam", "list_instance_profiles", "InstanceProfiles")
    return []


def _kinds():
    with open(os.path.join(os.environ["LAMBDA_TASK_ROOT"], "kinds.json"), encoding="utf-8") as file:
        return json.load(file)


def _controlled():
    """What Cloud Control lists; it knows functions only, in the benchmark."""
    for kind in _kinds():
        client = _client("cloudcontrol", "us-east-1" if kind["global"] else REGION)
        model = {"ResourceModel": kind["model"]} if kind["model"] else {}
        for page in client.get_paginator("list_resources").paginate(TypeName=kind["type"], **model):
            for found in page["ResourceDescriptions"]:
                if kind["name"] != "lambda:function":
                    raise NotImplementedError(kind["name"])
                yield _asset(f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{found['Identifier']}", "cloud-control")


# What is done about it.


def _merged(found):
    """The assets by ARN; what services say goes before what Cloud Control says, and that before the tagging API."""
    merged = {}
    for asset in sorted(found, key=lambda a: (a["arn"], ("service", "cloud-control", "tagging-api").index(a["sources"][0]))):
        known = merged.setdefault(asset["arn"], asset)
        if known is not asset:
            known["sources"] += asset["sources"]
            known["created"] = known["created"] or asset["created"]
            known["tags"] = asset["tags"] if known["tags"] is None else known["tags"]
    return list(merged.values())


def _tag(window, documents):
    tagging = _client("resourcegroupstaggingapi")
    for asset in window:
        asset["tags"] = asset["tags"] or {}
        asset["missing"] = policy.missing(documents, asset)
    lacking = [a for a in window if a["missing"]]
    for chunk in policy.chunks(lacking, 100):
        by_arn = {a["arn"]: a for a in chunk}
        for found in tagging.get_resources(ResourceARNList=list(by_arn))["ResourceTagMappingList"]:
            by_arn[found["ResourceARN"]]["tags"].update(_tags(found["Tags"]))
    for asset in lacking:
        asset["missing"] = policy.missing(documents, asset)
    lacking = [a for a in lacking if a["missing"]]
    for group in policy.grouped(lacking, lambda a: (a["region"], json.dumps(a["missing"], sort_keys=True))):
        for chunk in policy.chunks(group, 20):
            refused = tagging.tag_resources(ResourceARNList=[a["arn"] for a in chunk], Tags=chunk[0]["missing"])["FailedResourcesMap"]
            for asset in chunk:
                if asset["arn"] not in refused:
                    asset["tags"].update(asset["missing"])
    policy.count("SweepOutcome", len(window), Outcome="tagged")


def _row(asset, at, first_seen):
    tags = asset["tags"]
    created = tags.get("CreatedAt") or (asset["created"] or "").replace("+00:00", "Z")
    row = {"arn": asset["arn"], "service": asset["service"], "type": asset["type"], "name": tags.get("Name") or asset["names"][0],
           "region": asset["region"], "account": asset["account"], "environment": tags.get("Environment", ""),
           "assetType": tags.get("AssetType", ""), "personalInformation": tags.get("PersonalInformation", ""),
           "owner": tags.get("Owner", ""), "creator": tags.get("Creator", ""), "createdAt": created,
           "firstSeen": first_seen or at.strftime("%Y-%m-%dT%H:%M:%SZ"), "ageDays": "",
           "unclassified": tags.get("AssetType") == "unclassified",
           "missingKeys": sorted(key for key in policy.CLASSIFICATION if key not in tags), "excludedBy": "", "sources": asset["sources"]}
    if created:
        row["ageDays"] = (at - datetime.datetime.fromisoformat(created)).days
    return row


def _cell(value):
    if isinstance(value, bool):
        return "Y" if value else "N"
    text = " ".join(value) if isinstance(value, list) else str(value)
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") and text else text


def _table(rows):
    out = io.StringIO()
    out.write("\ufeff")
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for row in rows:
        table.writerow([_cell(value) for value in row.values()])
    return out.getvalue().encode()


def handle(event, call):
    records = event.get("Records")
    at = datetime.datetime.now(datetime.timezone.utc)
    day = at.astimezone(zoneinfo.ZoneInfo(os.environ["ASSETGUARD_TIMEZONE"])).date().isoformat()
    run = day + "-" + (records[0]["messageId"] if records else call)
    work, register = f"work/{run}/", f"register/date={day}/"
    if _open(work + "finished") is not None:
        return {"run": run, "stage": "done", "register": register, "batchItemFailures": []}
    _list(work)
    parts = _decide(work, at)
    if (_open("register/latest-run.txt") or b"").decode() > at.isoformat():
        raise NotImplementedError("a run that comes late")
    _write(work, register, parts, at)
    return {"run": run, "stage": "done", "register": register, "batchItemFailures": []}


def _list(work):
    _indexed()
    found = []
    for source in (_ever_tagged, _instances, _volumes, _interfaces, _groups, _buckets, _databases, _others, _controlled):
        found += source()
    _put(work + "found/000000.jsonl.gz", _packed(sorted(found, key=lambda a: a["arn"])))


def _decide(work, at):
    documents = policy.load(_client("ssm"))
    keys = _keys(work + "found/")
    seen = {row["arn"]: row["firstSeen"] for row in _lines(LATEST + ".jsonl.gz")}
    newest = _open("register/latest-run.txt")
    rows = []
    for window in policy.chunks(_merged([asset for key in keys for asset in _lines(key)]), 500):
        _tag(window, documents)
        if newest:
            _count_missed(window, datetime.datetime.fromisoformat(newest.decode()), at)
        rows += [_row(asset, at, seen.get(asset["arn"])) for asset in window]
    part = work + "rows/000000.jsonl.gz"
    _put(part, _packed(rows))
    return [part]


def _count_missed(window, before, at):
    def missed(asset):
        if asset["type"] not in EVENTFUL or not asset["created"] or "CreatedAt" in asset["tags"]:
            return False
        created = datetime.datetime.fromisoformat(asset["created"])
        return before - YOUNG < created <= at - YOUNG

    for group in policy.grouped([asset for asset in window if missed(asset)], lambda asset: asset["region"]):
        policy.count("AssetsMissedByEvents", len(group), Region=group[0]["region"])


def _write(work, register, parts, at):
    s3 = _client("s3")
    _put(register + "register.csv", _table(row for part in parts for row in _lines(part)), "text/csv; charset=utf-8")
    _put(register + "register.jsonl.gz", _packed(row for part in parts for row in _lines(part)))
    kinds = io.StringIO()
    csv.writer(kinds).writerows((kind["name"], REGION, "cloud-control") for kind in _kinds())
    _put(register + "kinds.csv", kinds.getvalue().encode(), "text/csv; charset=utf-8")
    for name, latest in (("kinds.csv", "register/latest-kinds.csv"), ("register.csv", LATEST + ".csv"), ("register.jsonl.gz", LATEST + ".jsonl.gz")):
        s3.copy_object(Bucket=BUCKET, Key=latest, CopySource={"Bucket": BUCKET, "Key": register + name})
    _put("register/latest-run.txt", at.isoformat().encode(), "text/plain")
    _put(work + "finished", b"", "text/plain")
    for prefix in ("found/", "rows/"):
        for key in _keys(work + prefix):
            s3.delete_object(Bucket=BUCKET, Key=key)
    policy.count("SweepFinished", 1)
