"""The images function in Python: the same call and the same metrics."""

import datetime
import os

import boto3

import policy

EC2 = boto3.client("ec2")


def handle(_event, _call):
    filters = {"tag:Name": os.environ["ASSETGUARD_IMAGE_NAME"], "tag:Hardened": "true", "state": "available"}
    pages = EC2.get_paginator("describe_images").paginate(
        Owners=["self"], Filters=[{"Name": name, "Values": [value]} for name, value in filters.items()])
    images = [image for page in pages for image in page["Images"]]
    policy.count("GoldenImages", len(images))
    newest = max(images, key=lambda image: image["CreationDate"], default=None)
    since = newest["CreationDate"] if newest else os.environ["ASSETGUARD_IMAGE_SINCE"]
    age = (datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(since)).days
    policy.count("GoldenImageAgeDays", age)
    return {"images": len(images)} | ({"newest": newest["ImageId"]} if newest else {}) | ({"ageDays": age} if age else {})
