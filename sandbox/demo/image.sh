#!/usr/bin/env bash
# The golden image's part of make demo, which demo.sh calls; it may be run by itself: starts a build of the deployed pipeline,
# follows it to the end, lists the image with its compliance report and findings, promotes it, and reads the parameters.
# No instance runs in the sandbox, so the report says of each rule that it was not run.
set -euo pipefail
repository=$(cd "$(dirname "$0")/../.." && pwd)
eval "$("$repository/.sandbox/bin/sandbox" env 2>/dev/null || make -s -C "$repository" env)"
cd "$repository"

image() { go run ./account image "$@" -stack local; }

image start -watch | sed 's/^/   /'
image list | sed 's/^/   /'
image promote -yes | tail -1 | sed 's/^/   /'
newest=$(aws ssm get-parameter --name /imagebuilder/assetguard/local/golden-image --query Parameter.Value --output text)
promoted=$(aws ssm get-parameter --name /assetguard/local/golden-image/promoted --query Parameter.Value --output text)
[ "$newest" = "$promoted" ] || {
	echo "     FAILED: the newest image is $newest, the promoted one $promoted" >&2
	exit 1
}
for tag in Hardened=true Compliance=ISMS-K-21.1 Promoted=DEV; do
	found=$(aws ec2 describe-images --image-ids "$newest" --query "Images[0].Tags[?Key=='${tag%%=*}'].Value" --output text)
	[ "$found" = "${tag#*=}" ] || {
		echo "     FAILED: $newest has ${tag%%=*} \"$found\", not \"${tag#*=}\"" >&2
		exit 1
	}
done
echo "   $newest is hardened, promoted, and in both parameters"
