#!/usr/bin/env bash
# Settings of the inspection change while the stack runs: a standard is switched off, a rule's parameter changes, a
# check is switched off, and a risk is accepted. Then everything is set back. Each time the emulated account must be
# as the settings say, and a second preview empty (after the second, make e2e previews). It needs a stack that is up.
set -euo pipefail
repository=$(cd "$(dirname "$0")/../.." && pwd)
sandbox=${ASSETGUARD_SANDBOX_DIR:-$repository/.sandbox}/bin/sandbox
eval "$("$sandbox" env)"
readonly suppression=assetguard-local-suppression
readonly importer=assetguard-local-importer # its queue
readonly patience=60                        # seconds until a finding must be as the settings say
work=$(mktemp -d)
bucket=accepted-$(date +%s)

cleanup() {
	local status=$?
	aws s3api delete-bucket --bucket "$bucket" 2>/dev/null || [ ! -e "$work/bucket" ] || echo "could not remove $bucket" >&2
	rm -rf "$work"
	exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

fail() {
	echo "FAILED: $*" >&2
	exit 1
}

# workflow STATUS: waits until the bucket's finding has the workflow status.
workflow() {
	local start=$SECONDS found filters
	filters=$(printf '{"GeneratorId":[{"Value":"%s","Comparison":"EQUALS"}],"ResourceId":[{"Value":"%s","Comparison":"EQUALS"}]}' \
		assetguard/conformance-pack/S3_BUCKET_VERSIONING_ENABLED "arn:aws:s3:::$bucket")
	while true; do
		found=$(aws securityhub get-findings --filters "$filters" --query 'Findings[0].Workflow.Status' --output text)
		[ "$found" != "$1" ] || break
		((SECONDS - start < patience)) || fail "the finding of $bucket is $found, not $1, after $patience s"
		sleep 1
	done
	echo "   the finding of $bucket is $1"
}

# standards: how many are enabled.
standards() { aws securityhub get-enabled-standards --query 'length(StandardsSubscriptions)' --output text; }

# parameters CHECK: those of the pack's rule.
parameters() {
	aws configservice describe-config-rules --output text \
		--query "ConfigRules[?Source.SourceIdentifier=='$1' && CreatedBy=='config-conforms.amazonaws.com'].InputParameters"
}

# associated CONTROL: whether it is on in the first standard.
associated() {
	aws securityhub list-standards-control-associations --security-control-id "$1" --output text \
		--query "StandardsControlAssociationSummaries[?contains(StandardsArn, 'foundational')].AssociationStatus"
}

aws s3api create-bucket --bucket "$bucket" --create-bucket-configuration "LocationConstraint=$AWS_REGION" >/dev/null
touch "$work/bucket"
workflow NEW
[ "$(standards)" = 2 ] || fail "$(standards) standards are enabled, not 2"
[ "$(associated EC2.2)" = ENABLED ] || fail "EC2.2 is off before anybody said so"

expires=$(python3 -c 'import datetime; print(datetime.date.today() + datetime.timedelta(days=60))')
cp "$repository/Pulumi.local.yaml" "$work/settings.yaml"
cat >>"$work/settings.yaml" <<-YAML
	    inspection:
	      checks:
	        standards: [fsbp]
	        rules:
	          IAM_PASSWORD_POLICY: {parameters: {MaxPasswordAge: "60"}}
	          VPC_DEFAULT_SECURITY_GROUP_CLOSED: {off: tested elsewhere}
	      accepted:
	        - id: archive
	          reason: The bucket holds copies only. Agreed by the CISO.
	          expires: "$expires"
	          checks: [S3_BUCKET_VERSIONING_ENABLED]
	          resources: ["arn:aws:s3:::$bucket"]
YAML
ASSETGUARD_SANDBOX_SETTINGS=$work/settings.yaml "$sandbox" up
[ "$(standards)" = 1 ] || fail "$(standards) standards are enabled, not 1"
grep -q '"MaxPasswordAge":"60"' <<<"$(parameters IAM_PASSWORD_POLICY)" || fail "the rule's parameters are $(parameters IAM_PASSWORD_POLICY)"
[ "$(associated EC2.2)" = DISABLED ] || fail "EC2.2 evaluates what is switched off"
# Rules of Security Hub see findings that change: the daily import changes all.
url=$(aws sqs --endpoint-url "$AWS_ENDPOINT_URL" get-queue-url --queue-name "$importer" --query QueueUrl --output text)
aws sqs --endpoint-url "$AWS_ENDPOINT_URL" send-message --queue-url "$url" --message-body '{"source":"assetguard.importer"}' >/dev/null
workflow SUPPRESSED
ASSETGUARD_SANDBOX_SETTINGS=$work/settings.yaml "$sandbox" preview --expect-no-changes

"$sandbox" up
[ "$(standards)" = 2 ] || fail "$(standards) standards are enabled, not 2 again"
# What a deployment only forgets, the daily run sets back.
aws lambda invoke --function-name "$suppression" "$work/answer" >/dev/null
workflow NEW
[ "$(associated EC2.2)" = ENABLED ] || fail "EC2.2 stays off: $(cat "$work/answer")"
[ "$(associated IAM.7)" = DISABLED ] || fail "IAM.7 is on beside the pack: $(cat "$work/answer")"
echo "   the account follows the settings, there and back"
