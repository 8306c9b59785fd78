"""A Runtime API client: what AWS's managed Python runtime does around a handler, and no more."""

import http.client
import json
import os
import sys

PREFIX = "/2018-06-01/runtime/invocation/"


def serve(handle):
    """Ask for one event after the other and post what handle answers."""
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        api.request("GET", PREFIX + "next")
        answer = api.getresponse()
        call = answer.getheader("Lambda-Runtime-Aws-Request-Id")
        event = json.loads(answer.read())
        try:
            kind, body = "response", handle(event, call)
        except Exception as fault:  # whatever a handler raises is the invocation's error
            kind, body = "error", {"errorType": type(fault).__name__, "errorMessage": str(fault)}
        sys.stdout.flush()
        api.request("POST", PREFIX + call + "/" + kind, json.dumps(body), {"Content-Type": "application/json"})
        api.getresponse().read()
