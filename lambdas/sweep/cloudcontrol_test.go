package sweep

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"assetguard/internal/assetlist"
	"assetguard/internal/contract"
)

// kinds is the table of kinds: rows by kind.
func (w *world) kinds(t *testing.T) map[string][]string {
	t.Helper()
	text, found := bytes.CutPrefix(w.objects[contract.RegisterLatestKinds], []byte(byteOrderMark))
	require.True(t, found)
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	require.NoError(t, err)
	require.Equal(t, kindColumns, lines[0])
	rows := map[string][]string{}
	for _, line := range lines[1:] {
		rows[line[0]] = line[1:]
	}
	return rows
}

func TestEveryOwnListIsThere(t *testing.T) {
	var want, have []string
	for _, kind := range assetlist.Kinds() {
		if kind.By() == assetlist.ByService {
			want = append(want, kind.Name)
		}
	}
	for _, l := range lists {
		have = append(have, l.kind)
	}
	require.ElementsMatch(t, want, have)
}

func TestCloudControlFindsWhatWasNeverTagged(t *testing.T) {
	const lb = "arn:aws:elasticloadbalancing:" + seoul + ":" + account + ":loadbalancer/app/web-1/1"
	w := newWorld()
	w.pageOf = 2
	for i := range 5 {
		w.controlled[seoul+" AWS::EC2::VPC"] = append(w.controlled[seoul+" AWS::EC2::VPC"], fmt.Sprintf("vpc-%d", i))
	}
	w.controlled[virginia+" AWS::DynamoDB::Table"] = []string{"t"}
	w.controlled[virginia+" AWS::CloudFront::Distribution"] = []string{"E1"}
	w.controlled[virginia+` AWS::WAFv2::WebACL {"Scope":"CLOUDFRONT"}`] = []string{"lms|00c1|CLOUDFRONT"}
	w.controlled[seoul+` AWS::WAFv2::WebACL {"Scope":"REGIONAL"}`] = []string{"lms|00c2|REGIONAL"}
	w.controlled[seoul+" AWS::SSM::Document"] = []string{"AWS-RunShellScript", "restart"}
	w.controlled[seoul+" AWS::ElasticLoadBalancingV2::LoadBalancer"] = []string{lb, lb + "2", lb + "3"}
	for _, parent := range []string{lb, lb + "3"} {
		w.controlled[seoul+` AWS::ElasticLoadBalancingV2::Listener {"LoadBalancerArn":"`+parent+`"}`] = []string{
			"arn:aws:elasticloadbalancing:" + seoul + ":" + account + ":listener/app/web-1/1/" + parent[len(lb)-1:]}
	}
	w.fail = func(call, _ string) error {
		if call == "ListResources:AWS::ElasticLoadBalancingV2::Listener" && w.count(call) == 2 {
			return &smithy.GenericAPIError{Code: "ResourceNotFoundException"} // the second one is deleted meanwhile
		}
		return nil
	}
	answer := w.sweep(t, w.handler(seoul, virginia), `{}`)
	require.Empty(t, answer.Faults)
	rows := w.register(t, contract.RegisterLatestCSV)
	require.Len(t, rows, 5+1+1+2+1+3+2)
	for arn, kind := range map[string]string{
		ec2ARN + "vpc/vpc-4": "ec2:vpc",
		"arn:aws:dynamodb:" + virginia + ":" + account + ":table/t":                          "dynamodb:table",
		"arn:aws:cloudfront::" + account + ":distribution/E1":                                "cloudfront:distribution",
		"arn:aws:wafv2:us-east-1:" + account + ":global/webacl/lms/00c1":                     "wafv2:webacl",
		"arn:aws:wafv2:" + seoul + ":" + account + ":regional/webacl/lms/00c2":               "wafv2:webacl",
		"arn:aws:ssm:" + seoul + ":" + account + ":document/restart":                         "ssm:document",
		"arn:aws:elasticloadbalancing:" + seoul + ":" + account + ":listener/app/web-1/1/13": "elasticloadbalancing:listener",
	} {
		require.Equal(t, kind, rows[arn]["Type"], arn)
		require.Equal(t, "cloud-control", rows[arn]["Sources"])
		require.Equal(t, "PROD", w.tags[arn]["Environment"], "it is tagged")
	}
	require.Equal(t, "web-1", rows[lb]["Name"])
}

func TestTagsAreThoseOfTheTaggingAPI(t *testing.T) {
	w := newWorld()
	const vpc = ec2ARN + "vpc/vpc-1"
	w.controlled[seoul+" AWS::EC2::VPC"] = []string{"vpc-1"}
	w.add(vpc, map[string]string{"AssetType": "network", "Owner": "Net", "Environment": "DEV", "PersonalInformation": "N"})
	w.sweep(t, w.handler(seoul), `{}`)
	require.Zero(t, w.count("TagResources"))
	row := w.register(t, contract.RegisterLatestCSV)[vpc]
	require.Equal(t, "cloud-control tagging-api", row["Sources"])
	require.Equal(t, "network", row["AssetType"])
}

// The tagging API learns of tags late: they are read once more before anything is written.
func TestTagsThatTheTaggingAPIListsLateStay(t *testing.T) {
	w := newWorld()
	const vpc = ec2ARN + "vpc/vpc-1"
	w.controlled[seoul+" AWS::EC2::VPC"] = []string{"vpc-1"}
	w.fail = func(call, _ string) error {
		if call == "Look" {
			w.tags[vpc] = map[string]string{"AssetType": "network", "Owner": "Net"}
		}
		return nil
	}
	w.sweep(t, w.handler(seoul), `{}`)
	require.Equal(t, map[string]string{"AssetType": "network", "Owner": "Net", "Environment": "PROD", "PersonalInformation": "N"}, w.tags[vpc])
}

func TestKindsThatNothingListsAreSaid(t *testing.T) {
	w := newWorld()
	for _, kind := range assetlist.Kinds() {
		if kind.Type != "" && kind.Parent == "" {
			for _, region := range []string{seoul, virginia} {
				key := region + " " + kind.Type
				if kind.Model != "" {
					key += " " + kind.Model
				}
				w.controlled[key] = nil
			}
		}
	}
	w.fail = func(call, region string) error {
		switch {
		case call == "ListResources:AWS::Grafana::Workspace" && region == seoul:
			return &smithy.GenericAPIError{Code: "TypeNotFoundException"}
		case call == "ListResources:AWS::EC2::VPC":
			return &smithy.GenericAPIError{Code: "AccessDeniedException"}
		case call == "ListResources:AWS::ECS::Service":
			return &smithy.GenericAPIError{Code: "InvalidRequestException", Message: "Required property: [Cluster]"}
		}
		return nil
	}
	answer := w.sweep(t, w.handler(seoul, virginia), `{}`)
	require.Len(t, answer.Faults, 2, "a denial is a fault in each region, the rest is not")
	rows := w.kinds(t)
	require.Equal(t, []string{"cloud-control", seoul, "the region does not know the type"}, rows["grafana:workspaces"])
	require.Equal(t, []string{"cloud-control", seoul + " " + virginia, "the list asks for more than the type"}, rows["ecs:service"])
	require.Equal(t, []string{"cloud-control", seoul + " " + virginia, unread}, rows["ec2:vpc"])
	require.Equal(t, []string{"", everywhere, "Cloud Control has no list of the type"}, rows["es:domain"])
	require.Equal(t, []string{"service", "", ""}, rows["ec2:instance"])
	require.Equal(t, []string{"cloud-control", "", ""}, rows["dynamodb:table"])
	never := map[string]bool{}
	for _, kind := range assetlist.Kinds() {
		if kind.Unlisted != "" {
			never[kind.Name] = true
		}
	}
	require.Equal(t, len(never)+3, w.metric(t, contract.MetricKindsNotListed, nil))
	require.Equal(t, w.objects["register/date=2026-03-02/kinds.csv"], w.objects[contract.RegisterLatestKinds])
}

func TestThrottledKindIsAskedForLater(t *testing.T) {
	w := newWorld()
	w.controlled[seoul+" AWS::EC2::VPC"] = []string{"vpc-1"}
	left := 2
	w.fail = func(call, _ string) error {
		if call == "ListResources:AWS::EC2::VPC" && left > 0 {
			left--
			return throttled
		}
		return nil
	}
	answer := w.sweep(t, w.handler(seoul), `{}`)
	require.Empty(t, answer.Faults)
	require.Len(t, w.sent, 2)
	require.Contains(t, w.register(t, contract.RegisterLatestCSV), ec2ARN+"vpc/vpc-1")
}

// Messages are bounded however much is denied.
func TestStepStaysSmall(t *testing.T) {
	w := newWorld()
	w.fail = func(call, _ string) error {
		if call == "GetIndex" || call == "GetResources" {
			return nil
		}
		return &smithy.GenericAPIError{Code: "AccessDeniedException", Message: string(bytes.Repeat([]byte("x"), 1000))}
	}
	regions := []string{seoul}
	for i := range 30 {
		regions = append(regions, fmt.Sprintf("eu-west-%d", i))
	}
	answer := w.sweep(t, w.handler(regions...), `{}`)
	require.Len(t, answer.Faults, faultsKept)
	text, err := json.Marshal(Step{Faults: answer.Faults})
	require.NoError(t, err)
	require.Less(t, len(text), 64<<10)
	require.Greater(t, w.metric(t, contract.MetricSweepFault, map[string]string{"Region": "eu-west-29"}), 50, "the metric counts all")
}

// An account without a single asset has a register without rows.
func TestEmptyAccount(t *testing.T) {
	w := newWorld()
	answer := w.sweep(t, w.handler(seoul, virginia), `{}`)
	require.Equal(t, stageDone, answer.Stage)
	require.Empty(t, answer.Faults)
	require.Empty(t, w.register(t, contract.RegisterLatestCSV))
	require.Equal(t, 1, w.metric(t, contract.MetricSweepFinished, nil))
	require.Zero(t, w.metric(t, contract.MetricAssets, nil))
	require.Zero(t, w.count("TagResources"))
}

// Two runs of one day, both started by hand: the second one finds all tagged and writes the same rows.
func TestTwoRunsOfOneDay(t *testing.T) {
	w := newWorld()
	w.fill()
	w.controlled[seoul+" AWS::EC2::VPC"] = []string{"vpc-1"}
	h := w.handler(seoul, virginia)
	_, err := h.Handle(t.Context(), message(t, "first", `{}`))
	require.NoError(t, err)
	before, calls := w.register(t, contract.RegisterLatestCSV), w.count("TagResources")
	answer, err := h.Handle(t.Context(), message(t, "second", `{}`))
	require.NoError(t, err)
	require.Equal(t, stageDone, answer.Stage)
	require.Equal(t, calls, w.count("TagResources"))
	after := w.register(t, contract.RegisterLatestCSV)
	require.Len(t, after, len(before))
	for arn, row := range before {
		row["Sources"] = after[arn]["Sources"] // the tagging API knows them all now
		require.Equal(t, row, after[arn])
	}
}

func TestOwnListsOfOwners(t *testing.T) {
	w := newWorld()
	for _, rest := range []string{"image/ami-1", "snapshot/snap-1", "key-pair/key-1", "spot-instances-request/sir-1", "spot-instances-request/sir-ended", "prefix-list/pl-1"} {
		w.add(ec2ARN+rest, nil)
	}
	w.add("arn:aws:rds:"+seoul+":"+account+":snapshot:s", nil)
	w.add("arn:aws:rds:"+seoul+":"+account+":cluster-snapshot:s", nil)
	w.sweep(t, w.handler(seoul), `{}`)
	rows := w.register(t, contract.RegisterLatestCSV)
	require.Len(t, rows, 7, "neither what is AWS's nor a request that has ended")
	require.NotContains(t, rows, ec2ARN+"prefix-list/pl-s3")
	require.Equal(t, "28", rows[ec2ARN+"image/ami-1"]["AgeDays"])
	require.Equal(t, "Web Server", rows[ec2ARN+"key-pair/key-1"]["AssetType"], "its name decides")
}

// A step that comes late, such as one that people redrive the day after, writes its own day's register and leaves the
// latest one. One of the same day leaves that day's too.
func TestLateRunLeavesTheLatestRegister(t *testing.T) {
	w := newWorld()
	w.fill()
	h := w.handler(seoul, virginia)
	_, err := h.Handle(t.Context(), message(t, "new", `{}`))
	require.NoError(t, err)
	keys := []string{contract.RegisterLatestCSV, contract.RegisterLatestLines, contract.RegisterLatestKinds, "register/date=2026-03-02/register.csv"}
	var before []string
	for _, key := range keys {
		before = append(before, string(w.objects[key]))
	}
	w.add(ec2ARN+"instance/i-late", nil)
	for _, at := range []string{"2026-03-01T18:30:00Z", "2026-02-28T19:00:00Z"} {
		answer, err := h.Handle(t.Context(), message(t, "m", `{"run":"late-`+at+`","at":"`+at+`","stage":"list"}`))
		require.NoError(t, err)
		require.Equal(t, stageDone, answer.Stage)
		for i, key := range keys {
			require.Equal(t, before[i], string(w.objects[key]), key)
		}
	}
	require.Contains(t, string(w.objects["register/date=2026-03-01/register.csv"]), "i-late")
	require.Equal(t, 1, w.metric(t, contract.MetricSweepFinished, nil), "what an old run measured is not today's")
}

// Cloud Control does not say what an asset carries. When the tagging API does not say it either, nothing is written:
// it could replace what people gave.
func TestTagsThatCannotBeReadAreNotReplaced(t *testing.T) {
	for code, want := range map[string]string{"AccessDeniedException": contract.OutcomeFailed,
		"InvalidParameterException": contract.OutcomeNotTaggable, "ThrottledException": contract.OutcomeFailed} {
		t.Run(code, func(t *testing.T) {
			w := newWorld()
			w.controlled[seoul+" AWS::EC2::VPC"] = []string{"vpc-1", "vpc-2"}
			w.fail = func(call, _ string) error {
				if call == "Look" {
					return &smithy.GenericAPIError{Code: code}
				}
				return nil
			}
			w.sweep(t, w.handler(seoul), `{}`)
			require.Zero(t, w.count("TagResources"))
			require.Equal(t, 2, w.metric(t, contract.MetricSweepOutcome, map[string]string{"Outcome": want}))
		})
	}
}
