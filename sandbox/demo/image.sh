#!/usr/bin/env bash
# The golden image's part of make demo, which demo.sh calls; it may be run by itself: starts a build of the deployed pipeline,
# follows it to the end, lists the image, is refused its promotion, promotes it with a reason, and reads the parameters.
# No instance runs in the sandbox: nothing is tested or scanned, so nothing is proven, and an image without proof is not
# promoted. `make image-test` runs the rules in a container.
set -euo pipefail
repository=$(cd "$(dirname "$0")/../.." && pwd)
eval "$("$repository/.sandbox/bin/sandbox" env 2>/dev/null || make -s -C "$repository" env)"
cd "$repository"

image() { go run ./account image "$@" -stack local; }

failed() {
	echo "     FAILED: $*" >&2
	exit 1
}

image start -watch | sed 's/^/   /'
listed=$(image list)
while IFS= read -r line; do echo "   $line"; done <<<"$listed"
[[ $listed == *"not proven: no report"*"not scanned"* ]] || failed "the list calls an image proven that nobody tested"

if refusal=$(image promote -yes 2>&1); then failed "an image without a compliance report was promoted"; fi
[[ $refusal == *"it has no compliance report"* ]] || failed "promote ended with: $refusal"
echo "   promote refuses it: it has no compliance report"
reason="the sandbox starts no instance"
image promote -yes -unproven "$reason" | tail -1 | sed 's/^/   /'

newest=$(aws ssm get-parameter --name /imagebuilder/assetguard/local/golden-image --query Parameter.Value --output text)
promoted=$(aws ssm get-parameter --name /assetguard/local/golden-image/promoted --query Parameter.Value --output text)
[ "$newest" = "$promoted" ] || failed "the newest image is $newest, the promoted one $promoted"
for tag in Hardened=true Compliance=ISMS-K-21.1 Promoted=DEV "Unproven=$reason"; do
	found=$(aws ec2 describe-images --image-ids "$newest" --query "Images[0].Tags[?Key=='${tag%%=*}'].Value" --output text)
	[ "$found" = "${tag#*=}" ] || failed "$newest has ${tag%%=*} \"$found\", not \"${tag#*=}\""
done
echo "   $newest is promoted, with the tag Unproven, and in both parameters"
