#!/usr/bin/env bash
# make demo: creates assets of a dozen services, and one in another region, with the AWS CLI, as anyone would, and
# waits until the deployed function has tagged each. Then it changes the rules while the platform runs, has the sweep
# find what no event told of, and shows the asset register. Then a bucket breaks a rule of the conformance pack and
# repairs itself, Inspector reports a vulnerability, a critical finding reaches people by e-mail and Slack, a security group that
# lets everybody in is repaired, and what the checks say becomes the evidence report. Fails at the first step that does
# not hold, and removes what it made either way.
set -euo pipefail
repository=$(cd "$(dirname "$0")/../.." && pwd)

readonly patience=60   # seconds that an asset may take to get its tags: a few, and many more on a busy machine
readonly reread=150    # seconds until a changed rule must be in effect: the function's minute, and the tries
readonly swept=600     # seconds that a sweep may take
readonly told=180      # seconds until people must have a message: the queues, and the second that Slack wants between two
readonly inspected=180 # seconds until Security Hub must have a finding: evaluation, and the five that the importer gathers
readonly overrides=/assetguard/tagging/overrides
readonly required=(Environment AssetType PersonalInformation Owner Creator CreatedAt)
readonly sweep=assetguard-local-sweep
readonly elsewhere=us-east-1 # a region beside the home region

command -v aws >/dev/null || {
	echo "make demo needs the AWS CLI: install awscli (pip install awscli, or your package manager)" >&2
	exit 1
}
eval "$("$repository/.sandbox/bin/sandbox" env 2>/dev/null || make -s -C "$repository" env)"
aws sts get-caller-identity >/dev/null 2>&1 || {
	echo "the sandbox does not answer at $AWS_ENDPOINT_URL: make up" >&2
	exit 1
}

# A name of its own per run, so that the demo may be repeated.
run=demo-$(date +%s)
work=$(mktemp -d)
undo=() # commands that remove what was made, run last to first

cleanup() {
	local status=$? i
	for ((i = ${#undo[@]} - 1; i >= 0; i--)); do
		eval "${undo[i]}" >/dev/null 2>"$work/undo" || {
			echo "     could not remove: ${undo[i]}: $(cat "$work/undo")" >&2
			status=1
		}
	done
	rm -rf "$work"
	if [ "$status" = 0 ]; then
		echo "demo: every step holds / 데모: 모든 단계가 성립합니다"
	else
		echo "demo: FAILED / 데모: 실패" >&2
	fi
	exit "$status"
}
trap cleanup EXIT
# Without these an interrupted run would reach cleanup with the status of the last command that ended well.
trap 'exit 130' INT
trap 'exit 143' TERM HUP

step() { printf '\n== %s / %s\n' "$1" "$2"; }

fail() {
	echo "     FAILED: $*" >&2
	exit 1
}

# Every reader prints the tags of one asset as lines "key<TAB>value". AWS answers a list of Key and Value
# for most services, a map for Lambda.
readonly pairs='[].[Key,Value]'
ec2_tags() { aws ec2 describe-tags --filters "Name=resource-id,Values=$1" --query "Tags$pairs" --output text; }
# A bucket without tags is an error to S3.
s3_tags() {
	aws s3api get-bucket-tagging --bucket "$1" --query "TagSet$pairs" --output text 2>"$work/error" || grep -q NoSuchTagSet "$work/error"
}
rds_tags() { aws rds list-tags-for-resource --resource-name "$1" --query "TagList$pairs" --output text; }
map_tags() {
	python3 -c 'import json, sys
for key, value in json.loads(sys.stdin.read() or "{}").get(sys.argv[1], {}).items(): print(key, value, sep="\t")' "$1"
}
lambda_tags() { aws lambda list-tags --resource "$1" --output json | map_tags Tags; }
topic_tags() { aws sns list-tags-for-resource --resource-arn "$1" --query "Tags$pairs" --output text; }
log_tags() { aws logs list-tags-for-resource --resource-arn "$1" --output json | map_tags tags; }
# Version 1 of the CLI takes no endpoint from the environment for SQS.
sqs() { aws sqs --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }
queue_tags() { sqs list-queue-tags --queue-url "$1" --output json | map_tags Tags; }
key_tags() { aws kms list-resource-tags --key-id "$1" --query "Tags[].[TagKey,TagValue]" --output text; }
parameter_tags() { aws ssm list-tags-for-resource --resource-type Parameter --resource-id "$1" --query "TagList$pairs" --output text; }
files_tags() { aws efs describe-file-systems --file-system-id "$1" --query "FileSystems[0].Tags$pairs" --output text; }
role_tags() { aws iam list-role-tags --role-name "$1" --query "Tags$pairs" --output text; }
elsewhere_tags() { AWS_REGION=$elsewhere AWS_DEFAULT_REGION=$elsewhere ec2_tags "$1"; }
table_tags() { aws dynamodb list-tags-of-resource --resource-arn "$1" --query "Tags$pairs" --output text; }

value_of() { awk -F'\t' -v key="$1" '$1 == key {print $2}'; }

missing_in() {
	local key
	for key in "${required[@]}"; do
		[ -n "$(value_of "$key" <<<"$1")" ] || printf '%s ' "$key"
	done
}

# await_tags TITLE READER ID: polls until the asset has every required tag, and leaves them in $tags.
await_tags() {
	local title=$1 reader=$2 id=$3 start=$SECONDS missing
	while true; do
		tags=$("$reader" "$id")
		missing=$(missing_in "$tags")
		[ -n "$missing" ] || break
		((SECONDS - start < patience)) || fail "$title $id has no $missing after $patience s"
		sleep 0.3
	done
}

# expect_tags TITLE READER ID [KEY=VALUE...]: awaits the tags, prints them, and compares those that are given.
expect_tags() {
	local title=$1 id=$3 start=$SECONDS tags key pair
	await_tags "$1" "$2" "$3"
	shift 3
	printf '   %s %s, tagged within %s s\n' "$title" "$id" "$((SECONDS - start + 1))"
	for key in "${required[@]}"; do
		printf '     %-20s %s\n' "$key" "$(value_of "$key" <<<"$tags")"
	done
	for pair in "$@"; do
		[ "$(value_of "${pair%%=*}" <<<"$tags")" = "${pair#*=}" ] ||
			fail "$title $id: ${pair%%=*} is \"$(value_of "${pair%%=*}" <<<"$tags")\", not \"${pair#*=}\""
	done
}

demo_instance() {
	step "An instance with its volume and network interface" "인스턴스와 볼륨, 네트워크 인터페이스"
	local image instance volume interface
	image=$(aws ec2 describe-images --query 'Images[0].ImageId' --output text)
	instance=$(aws ec2 run-instances --image-id "$image" --instance-type t3.micro \
		--tag-specifications "ResourceType=instance,Tags=[{Key=Name,Value=web-$run}]" \
		--query 'Instances[0].InstanceId' --output text)
	undo+=("aws ec2 terminate-instances --instance-ids $instance")
	read -r volume interface < <(aws ec2 describe-instances --instance-ids "$instance" --output text \
		--query 'Reservations[0].Instances[0].[BlockDeviceMappings[0].Ebs.VolumeId,NetworkInterfaces[0].NetworkInterfaceId]')
	expect_tags instance ec2_tags "$instance" "AssetType=Web Server" PersonalInformation=N Owner=DevOps
	expect_tags volume ec2_tags "$volume"
	expect_tags interface ec2_tags "$interface"
}

demo_bucket() {
	step "A bucket for lecture material" "강의자료 버킷"
	local bucket=lecture-$run
	aws s3api create-bucket --bucket "$bucket" --create-bucket-configuration "LocationConstraint=$AWS_REGION" >/dev/null
	undo+=("aws s3api delete-bucket --bucket $bucket")
	# It is to stay without versions, for the evidence report: the tag keeps repairs away.
	aws s3api put-bucket-tagging --bucket "$bucket" --tagging "TagSet=[{Key=AssetguardNoRepair,Value=demo}]"
	expect_tags bucket s3_tags "$bucket" "AssetType=유어클래스 강의자료"
}

demo_database() {
	step "A database of students" "수강생 데이터베이스"
	local database=students-$run arn
	arn=$(aws rds create-db-instance --db-instance-identifier "$database" --db-instance-class db.t3.micro \
		--engine postgres --master-username demo --master-user-password "not-a-secret-$run" --allocated-storage 20 \
		--query DBInstance.DBInstanceArn --output text)
	undo+=("aws rds delete-db-instance --db-instance-identifier $database --skip-final-snapshot")
	expect_tags database rds_tags "$arn" "AssetType=수강생 데이터 베이스" PersonalInformation=Y
}

demo_function() {
	step "A function" "함수"
	local name=function-$run role arn
	role=$(aws iam create-role --role-name "$name" --query Role.Arn --output text \
		--assume-role-policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}')
	undo+=("aws iam delete-role --role-name $name")
	printf '#!/bin/sh\n' >"$work/bootstrap"
	python3 -c 'import sys, zipfile; zipfile.ZipFile(sys.argv[1], "w").write(sys.argv[2], "bootstrap")' "$work/function.zip" "$work/bootstrap"
	arn=$(aws lambda create-function --function-name "$name" --runtime provided.al2023 --handler bootstrap \
		--role "$role" --zip-file "fileb://$work/function.zip" --query FunctionArn --output text)
	undo+=("aws lambda delete-function --function-name $name")
	expect_tags function lambda_tags "$arn"
	expect_tags "its role" role_tags "$name"
}

demo_group() {
	step "A security group" "보안 그룹"
	local group
	group=$(aws ec2 create-security-group --group-name "$run" --description "made by the demo" --query GroupId --output text)
	undo+=("aws ec2 delete-security-group --group-id $group")
	expect_tags group ec2_tags "$group" AssetType=unclassified
}

demo_topic() {
	step "A topic" "알림 주제"
	local arn
	arn=$(aws sns create-topic --name "$run" --query TopicArn --output text)
	undo+=("aws sns delete-topic --topic-arn $arn")
	expect_tags topic topic_tags "$arn"
}

demo_table() {
	step "A table" "테이블"
	local arn
	arn=$(aws dynamodb create-table --table-name "$run" --billing-mode PAY_PER_REQUEST --key-schema AttributeName=id,KeyType=HASH \
		--attribute-definitions AttributeName=id,AttributeType=S --query TableDescription.TableArn --output text)
	undo+=("aws dynamodb delete-table --table-name $run")
	expect_tags table table_tags "$arn"
}

demo_log_group() {
	step "A log group" "로그 그룹"
	aws logs create-log-group --log-group-name "/$run"
	undo+=("aws logs delete-log-group --log-group-name /$run")
	expect_tags "log group" log_tags "$(aws logs describe-log-groups --log-group-name-prefix "/$run" --query 'logGroups[0].arn' --output text | sed 's/:\*$//')"
}

demo_queue() {
	step "A queue" "대기열"
	local url
	url=$(sqs create-queue --queue-name "$run" --query QueueUrl --output text)
	undo+=("sqs delete-queue --queue-url $url")
	expect_tags queue queue_tags "$url"
}

demo_key() {
	step "A key" "암호화 키"
	local key
	key=$(aws kms create-key --query KeyMetadata.KeyId --output text)
	undo+=("aws kms schedule-key-deletion --key-id $key --pending-window-in-days 7")
	expect_tags key key_tags "$key"
}

demo_parameter() {
	step "A parameter" "파라미터"
	aws ssm put-parameter --name "/$run/mail" --type String --value post@example.com >/dev/null
	undo+=("aws ssm delete-parameter --name /$run/mail")
	expect_tags parameter parameter_tags "/$run/mail"
}

demo_files() {
	step "A file system" "파일 시스템"
	local files
	files=$(aws efs create-file-system --creation-token "$run" --query FileSystemId --output text)
	undo+=("aws efs delete-file-system --file-system-id $files")
	expect_tags "file system" files_tags "$files"
}

demo_elsewhere() {
	step "A security group in another region" "다른 리전의 보안 그룹"
	local group
	group=$(aws ec2 create-security-group --region "$elsewhere" --group-name "$run" --description "made by the demo" --query GroupId --output text)
	undo+=("aws ec2 delete-security-group --region $elsewhere --group-id $group")
	expect_tags "group of $elsewhere" elsewhere_tags "$group" AssetType=unclassified
}

# A required tag that somebody takes away comes back with the value of the tag policy, by an event of its own.
demo_removed_key() {
	step "A required tag that somebody removes comes back" "누군가 지운 필수 태그가 돌아옴"
	local group
	group=$(aws ec2 create-security-group --group-name "removed-$run" --description "made by the demo" --query GroupId --output text)
	undo+=("aws ec2 delete-security-group --group-id $group")
	await_tags group ec2_tags "$group"
	aws ec2 delete-tags --resources "$group" --tags Key=Owner Key=AssetType
	expect_tags group ec2_tags "$group" Owner=DevOps AssetType=unclassified
}

# The overrides are edited by people while the platform runs: no deployment is needed. A function that is
# warm reads them again when what it has is a minute old, hence the repeated tries.
demo_overrides() {
	step "A rule of people, without a deployment" "배포 없이 사람이 바꾸는 규칙"
	local start=$SECONDS tries=0 bucket tags
	aws ssm get-parameter --name "$overrides" --query Parameter.Value --output text >"$work/overrides.json"
	undo+=("aws ssm put-parameter --name $overrides --overwrite --value file://$work/overrides.json")
	cat >"$work/changed.json" <<-'JSON'
		{"version": 1,
		 "assetTypes": [{"id": "payroll", "value": "급여 자료"}],
		 "rules": [{"name": "payroll", "match": {"services": ["s3"], "names": ["payroll-*"]},
		            "tags": {"AssetType": "payroll", "PersonalInformation": "Y"}}]}
	JSON
	aws ssm put-parameter --name "$overrides" --overwrite --value "file://$work/changed.json" >/dev/null
	while true; do
		tries=$((tries + 1))
		bucket=payroll-$run-$tries
		aws s3api create-bucket --bucket "$bucket" --create-bucket-configuration "LocationConstraint=$AWS_REGION" >/dev/null
		undo+=("aws s3api delete-bucket --bucket $bucket")
		await_tags bucket s3_tags "$bucket"
		[ "$(s3_tags "$bucket" | value_of AssetType)" != "급여 자료" ] || break
		((SECONDS - start < reread)) || fail "the rule is not in effect after $reread s"
		[ "$tries" != 1 ] || echo "   the function still has the rules it read before; it reads them again within a minute"
		sleep 5
	done
	echo "   the rule is in effect after $((SECONDS - start)) s"
	expect_tags bucket s3_tags "$bucket" "AssetType=급여 자료" PersonalInformation=Y
}

# in_register FILE ARN COLUMN=VALUE...: the register has one row of the asset, and it says so.
in_register() {
	python3 - "$@" <<-'PYTHON'
		import csv, sys
		file, arn, wanted = sys.argv[1], sys.argv[2], dict(pair.split("=", 1) for pair in sys.argv[3:])
		rows = [row for row in csv.DictReader(open(file, encoding="utf-8-sig", newline="")) if row["ARN"] == arn]
		if len(rows) != 1:
		    sys.exit(f"{len(rows)} rows of {arn} in the register")
		wrong = [f"{column} is {rows[0][column]!r}, not {value!r}" for column, value in wanted.items() if rows[0][column] != value]
		if wrong:
		    sys.exit(f"{arn}: " + "; ".join(wrong))
		print("     register:", ", ".join(f"{column} {text}" for column, text in rows[0].items() if text))
	PYTHON
}

# What is made while the trail does not log has no create event, so nobody says who made it: the sweep gives it
# the other tags. It is told to tag young assets too, which it otherwise leaves to their events.
demo_sweep() {
	step "Assets of a dozen services that no event told of, found by the daily sweep" "이벤트가 없던 12개 서비스의 자산을 일일 전수 조사로 발견"
	local trail account missed=missed-$run
	account=$(aws sts get-caller-identity --query Account --output text)
	trail=$(aws cloudtrail describe-trails --query 'trailList[0].TrailARN' --output text)
	undo+=("aws cloudtrail start-logging --name $trail")
	aws cloudtrail stop-logging --name "$trail"
	make_missed
	aws cloudtrail start-logging --name "$trail"
	run_sweep

	local found=0 i title reader id arn
	for ((i = 0; i < ${#missed_assets[@]}; i++)); do
		read -r title reader id arn <<<"${missed_assets[i]}"
		expect_found "$title" "$id" "$("$reader" "$id")"
		in_register "$work/register.csv" "$arn" Creator= MissingKeys=
		found=$((found + 1))
	done
	in_register "$work/register.csv" "arn:aws:s3:::lecture-$missed" "AssetType=유어클래스 강의자료" "Region=$AWS_REGION" Unclassified=N
	echo "   $found assets of no event are tagged and in the register"
}

# make_missed makes one asset of each of a dozen services, and one in another region. Each is a line of
# missed_assets: title, reader of its tags, what the reader takes, ARN.
make_missed() {
	local here=$AWS_REGION:$account id
	aws s3api create-bucket --bucket "lecture-$missed" --create-bucket-configuration "LocationConstraint=$AWS_REGION" >/dev/null
	miss bucket s3_tags "lecture-$missed" "arn:aws:s3:::lecture-$missed" "aws s3api delete-bucket --bucket lecture-$missed"
	id=$(aws ec2 create-vpc --cidr-block 10.77.0.0/16 --query Vpc.VpcId --output text)
	miss network ec2_tags "$id" "arn:aws:ec2:$here:vpc/$id" "aws ec2 delete-vpc --vpc-id $id"
	id=$(aws rds create-db-instance --db-instance-identifier "$missed" --db-instance-class db.t3.micro --engine postgres \
		--master-username demo --master-user-password "not-a-secret-$run" --allocated-storage 20 --query DBInstance.DBInstanceArn --output text)
	miss database rds_tags "$id" "$id" "aws rds delete-db-instance --db-instance-identifier $missed --skip-final-snapshot"
	id=$(aws lambda create-function --function-name "$missed" --runtime provided.al2023 --handler bootstrap \
		--role "arn:aws:iam::$account:role/function-$run" --zip-file "fileb://$work/function.zip" --query FunctionArn --output text)
	miss function lambda_tags "$id" "$id" "aws lambda delete-function --function-name $missed"
	id=$(aws sns create-topic --name "$missed" --query TopicArn --output text)
	miss topic topic_tags "$id" "$id" "aws sns delete-topic --topic-arn $id"
	id=$(sqs create-queue --queue-name "$missed" --query QueueUrl --output text)
	miss queue queue_tags "$id" "arn:aws:sqs:$here:$missed" "sqs delete-queue --queue-url $id"
	id=$(aws dynamodb create-table --table-name "$missed" --billing-mode PAY_PER_REQUEST --key-schema AttributeName=id,KeyType=HASH \
		--attribute-definitions AttributeName=id,AttributeType=S --query TableDescription.TableArn --output text)
	miss table table_tags "$id" "$id" "aws dynamodb delete-table --table-name $missed"
	aws logs create-log-group --log-group-name "/$missed"
	miss log-group log_tags "arn:aws:logs:$here:log-group:/$missed" "arn:aws:logs:$here:log-group:/$missed" "aws logs delete-log-group --log-group-name /$missed"
	id=$(aws kms create-key --query KeyMetadata.KeyId --output text)
	miss key key_tags "$id" "arn:aws:kms:$here:key/$id" "aws kms schedule-key-deletion --key-id $id --pending-window-in-days 7"
	aws ssm put-parameter --name "/$missed/mail" --type String --value post@example.com >/dev/null
	miss parameter parameter_tags "/$missed/mail" "arn:aws:ssm:$here:parameter/$missed/mail" "aws ssm delete-parameter --name /$missed/mail"
	id=$(aws efs create-file-system --creation-token "$missed" --query FileSystemId --output text)
	miss file-system files_tags "$id" "arn:aws:elasticfilesystem:$here:file-system/$id" "aws efs delete-file-system --file-system-id $id"
	id=$(aws ec2 create-security-group --region "$elsewhere" --group-name "$missed" --description "made by the demo" --query GroupId --output text)
	miss "group-of-$elsewhere" elsewhere_tags "$id" "arn:aws:ec2:$elsewhere:$account:security-group/$id" \
		"aws ec2 delete-security-group --region $elsewhere --group-id $id"
}

missed_assets=()

# miss TITLE READER ID ARN UNDO: an asset for the sweep to find.
miss() {
	missed_assets+=("$1 $2 $3 $4")
	undo+=("$5")
}

# run_sweep has the sweep run to its end and fetches the register. On a busy machine a run takes more than the time of
# one invocation: then it goes on by messages to itself, and its end is that the register is of another run.
run_sweep() {
	local answer register before start=$SECONDS
	register=$(aws lambda get-function-configuration --function-name "$sweep" --output text \
		--query Environment.Variables.ASSETGUARD_REGISTER_BUCKET)
	before=$(run_of_register)
	printf '{"young": true}' >"$work/event.json"
	answer=$(aws lambda invoke --cli-read-timeout 300 --function-name "$sweep" --payload "fileb://$work/event.json" \
		--query FunctionError --output text "$work/answer.json")
	[ "$answer" = None ] || fail "the sweep ended with $answer: $(cat "$work/answer.json")"
	python3 -c 'import json, sys
a = json.load(open(sys.argv[1])); sys.exit(bool(a.get("faults") or a.get("batchItemFailures")))' "$work/answer.json" ||
		fail "the sweep could not read a source: $(cat "$work/answer.json")"
	while [ "$(run_of_register)" = "$before" ]; do
		((SECONDS - start < swept)) || fail "the sweep is not done after $swept s: $(cat "$work/answer.json")"
		sleep 2
	done
	aws s3api get-object --bucket "$register" --key register/latest.csv "$work/register.csv" >/dev/null
	aws s3api get-object --bucket "$register" --key register/latest-kinds.csv "$work/kinds.csv" >/dev/null
}

# run_of_register says when the run of the latest register started; nothing before the first.
run_of_register() {
	if aws s3api get-object --bucket "$register" --key register/latest-run.txt "$work/run.txt" >/dev/null 2>"$work/error"; then
		cat "$work/run.txt"
	else
		grep -q NoSuchKey "$work/error" || fail "the register: $(cat "$work/error")"
	fi
}

# The register is what an auditor opens in a spreadsheet: here it is by service, then with the rows of this demo.
demo_register() {
	step "The asset register" "자산 관리 대장"
	python3 - "$work/register.csv" "$work/kinds.csv" "$run" "${missed_assets[@]##* }" <<-'PYTHON'
		import collections, csv, sys
		def read(file):
		    return list(csv.DictReader(open(file, encoding="utf-8-sig", newline="")))
		rows, kinds, run, missed = read(sys.argv[1]), read(sys.argv[2]), sys.argv[3], sys.argv[4:]
		mine = [row for row in rows if run in row["Name"] or run in row["ARN"] or row["ARN"] in missed]
		print(f"   {len(rows)} assets of {len({row['Service'] for row in rows})} services in {len({row['Region'] for row in rows})} regions")
		counts = collections.Counter((row["Service"], row["Unclassified"]) for row in rows)
		for service in sorted({row["Service"] for row in rows}):
		    print(f"     {service:22}{counts[service, 'N']:5} classified{counts[service, 'Y']:5} unclassified")
		print()
		for row in mine:
		    print("   " + ", ".join(row[column] or "-" for column in ("Type", "Name", "Region", "Environment", "AssetType", "PersonalInformation", "Owner", "Creator", "CreatedAt")))
		listed = [row for row in kinds if not row["Reason"]]
		print(f"\n   {len(listed)} of {len(kinds)} kinds of assets are listed here; register/latest-kinds.csv says why the others are not")
		services = {row["Service"] for row in mine}
		if len(services) < 12:
		    sys.exit(f"the register has of this run's assets only those of {sorted(services)}")
	PYTHON
}

# filters NAME=VALUE...: filters of GetFindings, each for exactly that value.
filters() {
	python3 -c 'import json, sys
print(json.dumps({name: [{"Comparison": "EQUALS", "Value": value}] for name, value in (pair.split("=", 1) for pair in sys.argv[1:])}))' "$@"
}

# expect_finding NAME=VALUE...: waits until Security Hub has one finding with these values, prints it, and leaves it
# in $work/finding.json.
expect_finding() {
	local start=$SECONDS wanted
	wanted=$(filters "$@")
	while true; do
		aws securityhub get-findings --filters "$wanted" --output json >"$work/finding.json"
		[ "$(finding 'len(findings)')" != 1 ] || break
		((SECONDS - start < inspected)) || fail "$(finding 'len(findings)') findings with $* after $inspected s"
		sleep 1
	done
	printf '   in Security Hub within %s s\n' "$((SECONDS - start + 1))"
	finding '"\n".join(f"     {name:20} {value}" for name, value in {
		"severity": one["Severity"]["Label"], "title": one["Title"], "resource": one["Resources"][0]["Id"],
		"from": one["ProductName"], "compliance": one.get("Compliance", {}).get("Status"), "control codes": codes,
		"note": one.get("Note", {}).get("Text")}.items() if value)'
}

# finding EXPRESSION: a Python expression about the findings that GetFindings answered.
finding() {
	python3 -c 'import json, sys
findings = json.load(open(sys.argv[1]))["Findings"]
one = findings[0] if findings else {}
codes = ", ".join(one.get("Compliance", {}).get("RelatedRequirements", []))
print(eval(sys.argv[2]))' "$work/finding.json" "$1"
}

# Only the conformance pack evaluates this check; the standards that are on do not have it. The importer brings the
# result with the codes that an auditor asks for. Keeping versions cuts nobody off, so the repair waits for nobody.
demo_misconfiguration() {
	step "A bucket that keeps no versions is found and repairs itself" "버전 관리가 꺼진 버킷: 발견과 자동 조치"
	local bucket=archive-$run check=assetguard/conformance-pack/S3_BUCKET_VERSIONING_ENABLED
	aws s3api create-bucket --bucket "$bucket" --create-bucket-configuration "LocationConstraint=$AWS_REGION" >/dev/null
	undo+=("aws s3api delete-bucket --bucket $bucket")
	expect_finding "GeneratorId=$check" "ResourceId=arn:aws:s3:::$bucket" ComplianceStatus=PASSED RecordState=ACTIVE
	[ -n "$(finding codes)" ] || fail "the finding names no control codes"
	[ "$(aws s3api get-bucket-versioning --bucket "$bucket" --query Status --output text)" = Enabled ] || fail "$bucket keeps no versions"
	mended=$bucket
}

# Nothing scans here, so the demo sends what Inspector sends. The instance holds personal information: an automation
# rule raises the severity.
demo_vulnerability() {
	step "A vulnerability that Inspector finds on an instance with personal information" "개인정보를 다루는 인스턴스에서 Inspector가 찾은 취약점"
	local image instance tags id
	image=$(aws ec2 describe-images --query 'Images[0].ImageId' --output text)
	instance=$(aws ec2 run-instances --image-id "$image" --instance-type t3.micro --query 'Instances[0].InstanceId' --output text \
		--tag-specifications "ResourceType=instance,Tags=[{Key=Name,Value=member-$run},{Key=PersonalInformation,Value=Y}]")
	undo+=("aws ec2 terminate-instances --instance-ids $instance")
	await_tags instance ec2_tags "$instance"
	id=$(inspector_finding "$instance" ACTIVE <<<"$tags") || fail "the finding of Inspector is refused"
	undo+=("inspector_finding $instance ARCHIVED </dev/null") # as Inspector closes it when the instance is gone
	expect_finding "Id=$id" RecordState=ACTIVE "Title=CVE-2021-4034 - polkit" SeverityLabel=CRITICAL
	[ "$(finding 'one["FindingProviderFields"]["Severity"]["Label"]')" = HIGH ] || fail "Inspector's own severity is lost"
}

# inspector_finding INSTANCE STATE: sends a finding as Inspector does, with the tags of standard input, and prints its id.
# https://docs.aws.amazon.com/inspector/latest/user/securityhub-integration.html
inspector_finding() {
	local account
	account=$(aws sts get-caller-identity --query Account --output text)
	python3 - "$AWS_REGION" "$account" "$1" "$2" 3<&0 >"$work/cve.json" <<-'PYTHON'
		import datetime, json, os, sys
		region, account, instance, state = sys.argv[1:5]
		tags = dict(line.rstrip("\n").split("\t", 1) for line in os.fdopen(3) if "\t" in line)
		now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
		print(json.dumps({
		    "SchemaVersion": "2018-10-08", "ProductArn": f"arn:aws:securityhub:{region}::product/aws/inspector",
		    "Id": f"arn:aws:inspector2:{region}:{account}:finding/{instance}", "GeneratorId": "AWSInspector",
		    "ProductName": "Inspector", "CompanyName": "Amazon", "Region": region, "AwsAccountId": account,
		    "Types": ["Software and Configuration Checks/Vulnerabilities/CVE"], "RecordState": state,
		    "FirstObservedAt": now, "LastObservedAt": now, "CreatedAt": now, "UpdatedAt": now,
		    "Severity": {"Label": "HIGH", "Normalized": 70}, "Title": "CVE-2021-4034 - polkit",
		    "Description": "A local privilege escalation in pkexec of polkit: an unprivileged user becomes root.",
		    "Remediation": {"Recommendation": {"Text": "Update the package to the version that fixes it."}},
		    "Resources": [{"Type": "AwsEc2Instance", "Id": f"arn:aws:ec2:{region}:{account}:instance/{instance}",
		                   "Partition": "aws", "Region": region, "Tags": tags}],
		    "Vulnerabilities": [{
		        "Id": "CVE-2021-4034", "FixAvailable": "YES",
		        "VulnerablePackages": [{"Name": "polkit", "Version": "0.112", "Release": "26.amzn2", "Architecture": "X86_64",
		                                "Epoch": "0", "PackageManager": "OS", "FixedInVersion": "0:0.112-26.amzn2.1"}],
		        "Cvss": [{"Version": "3.1", "BaseScore": 7.8, "BaseVector": "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H"}],
		        "Vendor": {"Name": "NVD", "Url": "https://nvd.nist.gov/vuln/detail/CVE-2021-4034", "VendorSeverity": "HIGH"},
		    }],
		}))
	PYTHON
	"$repository/.sandbox/bin/sandbox" send "$work/cve.json" >&2 || return 1
	python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["Id"])' "$work/cve.json"
}

# What leaves the platform for people, as the sandbox keeps it. left_after is how many messages there were before.
inbox() { curl --silent --fail "$AWS_ENDPOINT_URL/_sandbox/inbox/messages?after=${1:-0}"; }
last_message() { inbox | python3 -c 'import json, sys; print(max([0] + [m["id"] for m in json.load(sys.stdin)["messages"]]))'; }

# expect_message AFTER KIND WORD...: waits until the inbox has a message of a kind with all words after that one, and
# prints it as people read it.
expect_message() {
	local after=$1 kind=$2 start=$SECONDS
	shift 2
	until inbox "$after" | message "$kind" "$@" >"$work/message"; do
		((SECONDS - start < told)) || fail "no $kind with $* in the inbox after $told s"
		sleep 0.5
	done
	printf '   %s in the inbox within %s s\n' "$kind" "$((SECONDS - start + 1))"
	sed 's/^/     | /' "$work/message"
}

# message KIND WORD...: the first message of a kind with all words, of those on standard input.
message() {
	python3 -c 'import json, sys
kind, words = sys.argv[1], sys.argv[2:]
def texts(value):
    if isinstance(value, dict):
        for key in value:
            yield from texts(value[key]) if key not in ("type", "style", "action_id", "block_id", "color", "url") else ()
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)
    elif isinstance(value, str):
        yield value
for m in json.load(sys.stdin)["messages"]:
    if m["kind"] != kind:
        continue
    mail, slack = m.get("email"), m.get("slack")
    text = "To: {to}\nSubject: {subject}\n\n{text}".format(**mail) if mail else "\n".join(dict.fromkeys(texts(slack["payload"])))
    if all(word in text for word in words):
        print(text)
        break
else:
    sys.exit(1)' "$@"
}

# A critical finding of Security Hub's own checks reaches the security team by e-mail and Slack, and then Security Hub
# calls it NOTIFIED.
demo_alert() {
	step "A critical finding reaches people" "심각한 발견이 사람에게 전달됨"
	local account id before title="IAM root user access key should not exist"
	account=$(aws sts get-caller-identity --query Account --output text)
	before=$(last_message)
	id=$(control_finding IAM.4 CRITICAL "$title" AwsAccount "AWS::::Account:$account") || fail "the finding is refused"
	undo+=("archive_finding IAM.4")
	expect_message "$before" email security@example.com "$title"
	expect_message "$before" slack "$title"
	expect_finding "Id=$id" WorkflowStatus=NOTIFIED SeverityLabel=CRITICAL
	echo "   as people see it: $AWS_ENDPOINT_URL/_sandbox/inbox"
}

# control_finding CONTROL SEVERITY TITLE TYPE RESOURCE: sends a finding as Security Hub's own checks do, which are not
# evaluated here, and prints its id.
control_finding() {
	local account
	account=$(aws sts get-caller-identity --query Account --output text)
	python3 - "$AWS_REGION" "$account" "$@" >"$work/$1.json" <<-'PYTHON'
		import datetime, json, sys, uuid
		region, account, control, severity, title, kind, resource = sys.argv[1:8]
		now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
		print(json.dumps({
		    "SchemaVersion": "2018-10-08", "ProductArn": f"arn:aws:securityhub:{region}::product/aws/securityhub",
		    "Id": f"arn:aws:securityhub:{region}:{account}:security-control/{control}/finding/{uuid.uuid4()}",
		    "GeneratorId": f"security-control/{control}", "ProductName": "Security Hub", "CompanyName": "AWS", "Region": region,
		    "AwsAccountId": account, "Types": ["Software and Configuration Checks/Industry and Regulatory Standards"],
		    "FirstObservedAt": now, "LastObservedAt": now, "CreatedAt": now, "UpdatedAt": now,
		    "Severity": {"Label": severity}, "Title": title, "Description": "This control checks what its title says.",
		    "Remediation": {"Recommendation": {"Text": "See the documentation of the control.", "Url": "https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-controls-reference.html"}},
		    "Compliance": {"Status": "FAILED", "SecurityControlId": control}, "RecordState": "ACTIVE",
		    "Resources": [{"Type": kind, "Id": resource, "Partition": "aws", "Region": region}],
		}))
	PYTHON
	"$repository/.sandbox/bin/sandbox" send "$work/$1.json" >&2 || return 1
	python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["Id"])' "$work/$1.json"
}

# archive_finding CONTROL: closes the finding of control_finding, as Security Hub does when its resource is gone.
archive_finding() {
	python3 -c 'import datetime, json, sys
finding = json.load(open(sys.argv[1]))
finding["RecordState"], finding["UpdatedAt"] = "ARCHIVED", datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
print(json.dumps(finding))' "$work/$1.json" >"$work/archived.json"
	"$repository/.sandbox/bin/sandbox" send "$work/archived.json"
}

# Closing SSH can cut off somebody, so it waits for a person: who chooses the action "repair" for the finding.
demo_repair() {
	step "A security group that opens SSH to everybody is closed" "모두에게 SSH를 연 보안 그룹이 닫힘"
	local group before id
	before=$(last_message)
	group=$(aws ec2 create-security-group --group-name "ssh-$run" --description "made by the demo" --query GroupId --output text)
	undo+=("aws ec2 delete-security-group --group-id $group")
	aws ec2 authorize-security-group-ingress --group-id "$group" --protocol tcp --port 22 --cidr 0.0.0.0/0 >/dev/null
	aws ec2 authorize-security-group-ingress --group-id "$group" --protocol tcp --port 22 --cidr 10.0.0.0/8 >/dev/null
	id=$(control_finding EC2.13 HIGH "Security groups should not allow ingress from 0.0.0.0/0 or ::/0 to port 22" AwsEc2SecurityGroup "$(group_arn "$group")") ||
		fail "the finding is refused"
	undo+=("archive_finding EC2.13")
	expect_message "$before" email security@example.com "$group"
	echo "   sandbox send action repair $id"
	"$repository/.sandbox/bin/sandbox" send action repair "$id" >&2
	expect_closed "$group"
	expect_message "$before" email security@example.com "$group" AWS-DisableIncomingSSHOnPort22
	expect_message "$before" slack "$group" AWS-DisableIncomingSSHOnPort22
	expect_finding "Id=$id"
	[ -n "$(finding 'one.get("Note", {}).get("Text", "")')" ] || fail "the finding has no note of its repair"
}

group_arn() { echo "arn:aws:ec2:$AWS_REGION:$(aws sts get-caller-identity --query Account --output text):security-group/$1"; }

# expect_closed GROUP: waits until nobody but the company's network may come in by SSH.
expect_closed() {
	local start=$SECONDS ranges
	while true; do
		ranges=$(aws ec2 describe-security-groups --group-ids "$1" --query 'SecurityGroups[0].IpPermissions[].IpRanges[].CidrIp' --output text)
		[[ $ranges == *0.0.0.0/0* ]] || break
		((SECONDS - start < inspected)) || fail "group $1 is still open after $inspected s"
		sleep 0.5
	done
	printf '   closed within %s s; still open to %s\n' "$((SECONDS - start + 1))" "$ranges"
	[ "$ranges" = 10.0.0.0/8 ] || fail "the repair took more than the rule that is open to everybody"
}

# The report is what an auditor gets: it must blame the bucket for lectures, which keeps no versions, and not the
# mended one.
demo_evidence() {
	step "The evidence report for KISA and ISMS-P" "KISA, ISMS-P 증적 보고서"
	local out=${ASSETGUARD_SANDBOX_DIR:-$repository/.sandbox}/evidence
	(cd "$repository" && go run ./account evidence -stack local -out "$out") >"$work/evidence" || fail "no evidence report"
	python3 - "$out/evidence.json" "lecture-$run" "$mended" <<-'PYTHON'
		import collections, json, sys
		report, broken, mended = json.load(open(sys.argv[1])), sys.argv[2], sys.argv[3]
		counts = collections.defaultdict(collections.Counter)
		for code in report["codes"]:
		    counts[code["edition"]][code["verdict"]] += 1
		for edition, verdicts in counts.items():
		    print(f"   {edition}: " + ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items())))
		checks = [source for code in report["codes"] for source in code["sources"] if source["id"] == "S3_BUCKET_VERSIONING_ENABLED"]
		failing = {failure["id"] for check in checks for failure in check.get("failures", [])}
		blamed = lambda bucket: any(name.split(":")[-1] == bucket for name in failing)
		if report.get("unread"):
		    sys.exit(f"could not be read: {report['unread']}")
		if not blamed(broken) or blamed(mended):
		    sys.exit(f"buckets without versions are {broken} and not {mended}; the report has {sorted(failing)}")
	PYTHON
	sed 's/^/   /' "$work/evidence"
}

# expect_found TITLE ID TAGS KEY=VALUE...: the tags are those of the sweep, which knows no creator.
expect_found() {
	local title=$1 id=$2 tags=$3 key pair
	shift 3
	printf '   %s %s, found by the sweep\n' "$title" "$id"
	for key in Environment AssetType PersonalInformation Owner; do
		[ -n "$(value_of "$key" <<<"$tags")" ] || fail "$title $id has no $key after the sweep"
		printf '     %-20s %s\n' "$key" "$(value_of "$key" <<<"$tags")"
	done
	[ -z "$(value_of Creator <<<"$tags")" ] || fail "$title $id has a creator: an event told of it"
	for pair in "$@"; do
		[ "$(value_of "${pair%%=*}" <<<"$tags")" = "${pair#*=}" ] ||
			fail "$title $id: ${pair%%=*} is \"$(value_of "${pair%%=*}" <<<"$tags")\", not \"${pair#*=}\""
	done
}

demo_instance
demo_bucket
demo_database
demo_function
demo_group
demo_topic
demo_table
demo_log_group
demo_queue
demo_key
demo_parameter
demo_files
demo_elsewhere
demo_removed_key
demo_overrides
demo_sweep
demo_register
demo_misconfiguration
demo_vulnerability
demo_alert
demo_repair
step "The golden image is built, followed, listed and promoted" "골든 이미지를 만들고, 확인하고, 운영에 승격합니다"
"$repository/sandbox/demo/image.sh"
demo_evidence
echo
