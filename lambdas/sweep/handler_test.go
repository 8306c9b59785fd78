package sweep

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	extypes "github.com/aws/aws-sdk-go-v2/service/resourceexplorer2/types"
	tagtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"assetguard/internal/contract"
)

var throttled = &smithy.GenericAPIError{Code: "ThrottlingException", Message: "slow down"}

// account puts one asset of each kind into the world, none of them tagged.
func (w *world) fill() {
	w.add(ec2ARN+"instance/i-1", map[string]string{"Name": "web-1"})
	w.add(ec2ARN+"volume/vol-1", nil)
	w.add(ec2ARN+"network-interface/eni-1", nil)
	w.add(ec2ARN+"security-group/sg-1", nil)
	w.add("arn:aws:s3:::"+seoul+"-files", nil)
	w.add("arn:aws:rds:"+seoul+":"+account+":db:student-1", map[string]string{"PersonalInformation": "N", "Owner": "Data"})
	w.add("arn:aws:lambda:"+seoul+":"+account+":function:worker", nil)
	w.add("arn:aws:ec2:"+virginia+":"+account+":instance/i-2", nil)
	w.of["vol-1"], w.of["eni-1"] = "i-1", "i-1"
	w.created[ec2ARN+"instance/i-1"] = w.clock.Add(-50 * 24 * time.Hour)
}

func TestSweepTagsWhatTheEventsMissed(t *testing.T) {
	w := newWorld()
	w.fill()
	answer := w.sweep(t, w.handler(seoul, virginia), `{}`)
	require.Equal(t, stageDone, answer.Stage)
	require.Equal(t, "register/date=2026-03-02/", answer.Register, "04:00 in Seoul is the day before in UTC")
	require.Empty(t, answer.Faults)
	want := map[string]string{"Environment": "PROD", "Owner": "DevOps", "PersonalInformation": "N", "AssetType": "unclassified"}
	require.Equal(t, want, w.tags["arn:aws:lambda:"+seoul+":"+account+":function:worker"])
	require.Equal(t, want, w.tags["arn:aws:s3:::"+seoul+"-files"])
	require.Equal(t, want, w.tags["arn:aws:ec2:"+virginia+":"+account+":instance/i-2"])
	for _, id := range []string{"instance/i-1", "volume/vol-1", "network-interface/eni-1", "security-group/sg-1"} {
		require.Equal(t, "Web Server", w.tags[ec2ARN+id]["AssetType"], id)
		require.NotContains(t, w.tags[ec2ARN+id], "Creator")
	}
	db := w.tags["arn:aws:rds:"+seoul+":"+account+":db:student-1"]
	require.Equal(t, "수강생 데이터 베이스", db["AssetType"])
	require.Equal(t, "Y", db["PersonalInformation"], "the rule overwrites")
	require.Equal(t, "Data", db["Owner"], "a default does not")
	require.Equal(t, 8, w.metric(t, contract.MetricSweepOutcome, map[string]string{"Outcome": contract.OutcomeTagged}))
	require.Equal(t, 1, w.metric(t, contract.MetricSweepFinished, nil))
	require.Equal(t, 4, w.metric(t, contract.MetricAssets, map[string]string{"Classification": "web-server"}))
	require.Equal(t, 1, w.metric(t, contract.MetricAssets, map[string]string{"Classification": "student-database"}))
	require.Equal(t, 3, w.metric(t, contract.MetricAssets, map[string]string{"Classification": "unclassified"}))
	require.Equal(t, 5, w.metric(t, contract.MetricAssetsTagged, map[string]string{"Service": "ec2"})+
		w.metric(t, contract.MetricAssetsUnclassified, map[string]string{"Service": "ec2"}))

	i := w.register(t, contract.RegisterLatestCSV)[ec2ARN+"instance/i-1"]
	require.Equal(t, map[string]string{
		"ARN": ec2ARN + "instance/i-1", "Service": "ec2", "Type": "ec2:instance", "Name": "web-1", "Region": seoul, "Account": account,
		"Environment": "PROD", "AssetType": "Web Server", "PersonalInformation": "N", "Owner": "DevOps", "Creator": "",
		"CreatedAt": "2026-01-10T19:00:00Z", "FirstSeen": "2026-03-01T19:00:00Z", "AgeDays": "50",
		"Unclassified": "N", "MissingKeys": "", "ExcludedBy": "", "Sources": "service tagging-api",
	}, i)
	require.Equal(t, w.objects["register/date=2026-03-02/register.csv"], w.objects[contract.RegisterLatestCSV])
	require.Contains(t, unzip(t, w.objects[contract.RegisterLatestLines]), `"assetType":"수강생 데이터 베이스"`)
	left, _ := w.List(t.Context(), contract.RegisterWorkPrefix)
	require.Len(t, left, 1, "only the mark of the finished run stays")
}

func TestSecondSweepWritesNothing(t *testing.T) {
	w := newWorld()
	w.fill()
	w.sweep(t, w.handler(seoul, virginia), `{}`)
	first := w.register(t, contract.RegisterLatestCSV)
	tagged, calls := fmt.Sprint(w.tags), w.count("TagResources")
	w.clock = w.clock.Add(24 * time.Hour)
	delete(w.objects, contract.RegisterWorkPrefix+"2026-03-02-manual/finished")
	w.sweep(t, w.handler(seoul, virginia), `{}`)
	require.Equal(t, calls, w.count("TagResources"))
	require.Equal(t, tagged, fmt.Sprint(w.tags))
	second := w.register(t, contract.RegisterLatestCSV)
	for arn := range first {
		require.Equal(t, first[arn]["FirstSeen"], second[arn]["FirstSeen"])
	}
	require.Equal(t, "51", second[ec2ARN+"instance/i-1"]["AgeDays"])
	require.Contains(t, w.objects, "register/date=2026-03-03/register.csv")
}

func TestEveryPageIsRead(t *testing.T) {
	w := newWorld()
	w.pageOf = 3
	for i := range 100 {
		w.add(fmt.Sprintf("%sinstance/i-%03d", ec2ARN, i), nil)
		w.add(fmt.Sprintf("arn:aws:s3:::%s-%03d", seoul, i), nil)
		w.add(fmt.Sprintf("arn:aws:rds:%s:%s:db:d-%03d", seoul, account, i), nil)
		w.add(fmt.Sprintf("arn:aws:lambda:%s:%s:function:f-%03d", seoul, account, i), nil)
	}
	w.sweep(t, w.handler(seoul), `{}`)
	require.Len(t, w.register(t, contract.RegisterLatestCSV), 400)
	require.Equal(t, 20, w.count("TagResources"))
}

func TestPolicyIsRespected(t *testing.T) {
	w := newWorld()
	for arn, tags := range map[string]map[string]string{
		"arn:aws:s3:::" + seoul + "-owned": {"AssetType": "mine", "Owner": "Me", "Environment": "DEV", "PersonalInformation": "Y"},
		ec2ARN + "instance/scratch-1":      nil,
		ec2ARN + "volume/vol-new":          nil,
	} {
		w.add(arn, tags)
	}
	w.created[ec2ARN+"volume/vol-new"] = w.clock.Add(-youngAge + time.Minute)
	w.sweep(t, w.handler(seoul), `{}`)
	require.Zero(t, w.count("TagResources"))
	rows := w.register(t, contract.RegisterLatestCSV)
	require.Equal(t, "mine", rows["arn:aws:s3:::"+seoul+"-owned"]["AssetType"])
	require.Equal(t, "policy/scratch buckets", rows[ec2ARN+"instance/scratch-1"]["ExcludedBy"])
	require.Equal(t, "AssetType Environment Owner PersonalInformation", rows[ec2ARN+"volume/vol-new"]["MissingKeys"])
	for _, outcome := range []string{contract.OutcomeAlreadyTagged, contract.OutcomeExcluded, contract.OutcomeLeftToEvents} {
		require.Equal(t, 1, w.metric(t, contract.MetricSweepOutcome, map[string]string{"Outcome": outcome}), outcome)
	}
	require.Equal(t, 1, w.metric(t, contract.MetricAssets, map[string]string{"Classification": contract.ClassificationOther}))
	delete(w.objects, contract.RegisterWorkPrefix+"2026-03-02-manual/finished")
	w.sweep(t, w.handler(seoul), `{"young":true}`)
	require.Equal(t, "unclassified", w.tags[ec2ARN+"volume/vol-new"]["AssetType"])
}

// What people tag between the list and the write stays.
func TestTagsGivenMeanwhileStay(t *testing.T) {
	w := newWorld()
	w.add(ec2ARN+"instance/i-1", nil)
	w.fail = func(call, _ string) error {
		if call == "Look" {
			w.tags[ec2ARN+"instance/i-1"]["Owner"] = "Somebody"
		}
		return nil
	}
	w.sweep(t, w.handler(seoul), `{}`)
	require.Equal(t, "Somebody", w.tags[ec2ARN+"instance/i-1"]["Owner"])
	require.Equal(t, "PROD", w.tags[ec2ARN+"instance/i-1"]["Environment"])
	require.Equal(t, "Somebody", w.register(t, contract.RegisterLatestCSV)[ec2ARN+"instance/i-1"]["Owner"])
}

func TestFailuresOfTagging(t *testing.T) {
	const volume, function, key = ec2ARN + "volume/v", "arn:aws:lambda:" + seoul + ":" + account + ":function:f", "arn:aws:kms:" + seoul + ":" + account + ":key/k"
	denied := tagtypes.FailureInfo{StatusCode: 403, ErrorCode: "AccessDeniedException"}
	refused := tagtypes.FailureInfo{StatusCode: 400, ErrorCode: "InvalidParameterException"}
	throttled := tagtypes.FailureInfo{StatusCode: 429, ErrorCode: "TooManyRequestsException"}
	for _, c := range []struct {
		name    string
		failure tagtypes.FailureInfo
		arn     string
		indexed bool // only an index knows it
		outcome string
		reason  string
		inRow   bool
	}{
		{"gone", tagtypes.FailureInfo{StatusCode: 404, ErrorCode: "ResourceNotFoundException"}, volume, false, contract.OutcomeNotTaggable, reasonGone, false},
		{"denied", denied, volume, false, contract.OutcomeFailed, reasonAccess, true},
		{"denied kind", denied, key, true, contract.OutcomeNotTaggable, reasonAccess, true},
		{"denied, maybe AWS's own", denied, function, false, contract.OutcomeNotTaggable, reasonAccess, true},
		{"refused", refused, volume, false, contract.OutcomeFailed, reasonRefused, true},
		{"refused, maybe AWS's own", refused, function, false, contract.OutcomeNotTaggable, reasonRefused, true},
		{"throttled for long", throttled, volume, false, contract.OutcomeFailed, reasonPassing, true},
		{"throttled for long, by Cloud Control", throttled, function, false, contract.OutcomeFailed, reasonPassing, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			if c.indexed {
				w.indexed = map[string][]string{"region:" + seoul: {c.arn}}
			} else {
				w.add(c.arn, nil)
			}
			w.add(volume+"2", nil)
			w.add(function+"2", nil)
			w.failedARNs[c.arn] = c.failure
			answer := w.sweep(t, w.handler(seoul), `{}`)
			require.Equal(t, stageDone, answer.Stage, "one asset's failure is not the run's")
			require.Equal(t, 1, w.metric(t, contract.MetricSweepOutcome, map[string]string{"Outcome": c.outcome, "Reason": c.reason}))
			require.Equal(t, "PROD", w.tags[volume+"2"]["Environment"])
			require.Equal(t, "PROD", w.tags[function+"2"]["Environment"], "one refusal does not speak for a kind that the sweep lists")
			rows := w.register(t, contract.RegisterLatestCSV)
			require.Equal(t, c.inRow, rows[c.arn] != nil)
			if c.inRow {
				require.NotEmpty(t, rows[c.arn]["MissingKeys"])
			}
		})
	}
}

func TestOneRefusalSpeaksForItsKind(t *testing.T) {
	w := newWorld()
	w.indexed = map[string][]string{}
	for i := range 2000 {
		arn := fmt.Sprintf("arn:aws:kms:%s:%s:key/%04d", seoul, account, i)
		w.failedARNs[arn] = tagtypes.FailureInfo{StatusCode: 403, ErrorCode: "AccessDeniedException"}
		w.recorded = append(w.recorded, fmt.Sprintf(`{"arn":%q,"resourceType":"AWS::KMS::Key","awsRegion":%q}`, arn, seoul))
	}
	w.sweep(t, w.handler(seoul), `{}`)
	require.LessOrEqual(t, w.count("TagResources"), callsAtOnce)
	require.Len(t, w.register(t, contract.RegisterLatestCSV), 2000)
}

func TestThrottledCallsComeAgain(t *testing.T) {
	w := newWorld()
	for i := range 60 {
		w.add(fmt.Sprintf("%sinstance/i-%02d", ec2ARN, i), nil)
	}
	n := 0
	w.fail = func(call, _ string) error {
		if n++; call == "TagResources" && n%2 == 0 {
			return throttled
		}
		return nil
	}
	w.sweep(t, w.handler(seoul), `{}`)
	require.Equal(t, 60, w.metric(t, contract.MetricSweepOutcome, map[string]string{"Outcome": contract.OutcomeTagged}))
	require.NotEmpty(t, w.slept)
}

func TestThrottledPageIsAskedForLater(t *testing.T) {
	w := newWorld()
	w.fill()
	left := 3
	w.fail = func(call, region string) error {
		if call == "DescribeVolumes" && region == seoul && left > 0 {
			left--
			return throttled
		}
		return nil
	}
	answer := w.sweep(t, w.handler(seoul, virginia), `{}`)
	require.Empty(t, answer.Faults)
	require.Len(t, w.register(t, contract.RegisterLatestCSV), 8)
	require.Equal(t, []int32{60, 120, 180}, []int32{w.sent[0].DelaySeconds, w.sent[1].DelaySeconds, w.sent[2].DelaySeconds})
}

func TestUnreadableSourceIsAFaultAndNoEnd(t *testing.T) {
	for name, failure := range map[string]error{"for good": &smithy.GenericAPIError{Code: "AccessDenied"}, "for long": throttled} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.fill()
			w.fail = func(call, region string) error {
				if call == "DescribeVolumes" && region == seoul {
					return failure
				}
				return nil
			}
			answer := w.sweep(t, w.handler(seoul, virginia), `{}`)
			require.Len(t, answer.Faults, 1)
			require.Equal(t, "service ec2:volume", answer.Faults[0].Source)
			require.Equal(t, 1, w.metric(t, contract.MetricSweepFault, map[string]string{"Region": seoul, "Source": "service ec2:volume"}))
			require.Len(t, w.register(t, contract.RegisterLatestCSV), 7)
		})
	}
}

func TestIndexesFindWhatNoListNames(t *testing.T) {
	w := newWorld()
	w.fill()
	topic, role := "arn:aws:sns:"+seoul+":"+account+":t", "arn:aws:cloudfront::"+account+":distribution/r"
	w.indexed = map[string][]string{"region:" + seoul: {topic, ec2ARN + "instance/i-1"}, "region:global": {role}}
	w.recorded = []string{
		`{"arn":"arn:aws:dynamodb:` + seoul + `:` + account + `:table/t","resourceType":"AWS::DynamoDB::Table","resourceName":"t","awsRegion":"` + seoul +
			`","resourceCreationTime":"2025-03-01T19:00:00.000Z","tags":[{"key":"Owner","value":"Config","tag":"Owner=Config"}]}`,
		`{"resourceType":"AWS::SSM::AssociationCompliance"}`,
	}
	w.sweep(t, w.handler(seoul), `{}`)
	rows := w.register(t, contract.RegisterLatestCSV)
	require.Len(t, rows, 10)
	require.Equal(t, "sns:topic", rows[topic]["Type"])
	require.Equal(t, "resource-explorer", rows[topic]["Sources"])
	require.Equal(t, "service tagging-api resource-explorer", rows[ec2ARN+"instance/i-1"]["Sources"])
	table := rows["arn:aws:dynamodb:"+seoul+":"+account+":table/t"]
	require.Equal(t, "365", table["AgeDays"])
	require.Equal(t, "Config", table["Owner"])
	require.Equal(t, "global", rows[role]["Region"])
	require.Equal(t, "r", rows[role]["Name"])
	require.Equal(t, "PROD", w.tags[role]["Environment"])
	require.True(t, slices.ContainsFunc(w.calls, func(c string) bool { return c == virginia+" TagResources 1" }), "global assets are tagged there")
}

func TestSearchIsSplitWhereItEnds(t *testing.T) {
	w := newWorld()
	arns := func(kind string, n int) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprintf("%s%s/%s-%04d", ec2ARN, kind, kind, i))
		}
		return list
	}
	subnets, images := arns("subnet", 900), arns("image", 1500)
	r := "region:" + seoul
	w.indexed = map[string][]string{
		r: slices.Concat(subnets, images), r + " service:ec2": slices.Concat(subnets, images),
		r + " resourcetype:ec2:subnet": subnets, r + " resourcetype:ec2:image": images,
		r + " resourcetype:ec2:image tag:none": images[:400], r + " resourcetype:ec2:image tag:all": images[400:],
	}
	for _, kind := range []string{"subnet", "image"} {
		w.supported = append(w.supported, extypes.SupportedResourceType{Service: aws.String("ec2"), ResourceType: aws.String("ec2:" + kind)})
	}
	w.supported = append(w.supported, extypes.SupportedResourceType{Service: aws.String("sns"), ResourceType: aws.String("sns:topic")})
	answer := w.sweep(t, w.handler(seoul), `{}`)
	require.Len(t, w.register(t, contract.RegisterLatestCSV), 900+400+1000)
	require.Len(t, answer.Faults, 1, "what cannot be seen is said")
	require.Contains(t, answer.Faults[0].Error, "tag:all")
}

// The time of one invocation is enough for one page only: the run goes on by messages.
func TestRunGoesOnInTheNextInvocation(t *testing.T) {
	whole, cut := newWorld(), newWorld()
	whole.fill()
	cut.fill()
	whole.sweep(t, whole.handler(seoul, virginia), `{}`)
	h := cut.handler(seoul, virginia)
	_, err := h.Handle(t.Context(), message(t, "other-run", `{"run":"2026-03-02-x","at":"2026-03-01T19:00:00Z","stage":"list","region":1,"source":3}`))
	require.NoError(t, err)
	short, cancel := context.WithTimeout(t.Context(), deadlineReserve-time.Second)
	defer cancel()
	answer, err := h.Handle(short, json.RawMessage(`{}`))
	require.NoError(t, err)
	require.Equal(t, stageList, answer.Stage)
	require.Len(t, cut.sent, 1)
	answer, err = h.Handle(t.Context(), message(t, "m", *cut.sent[0].MessageBody))
	require.NoError(t, err)
	require.Equal(t, stageDone, answer.Stage)
	require.Equal(t, slices.Sorted(maps.Keys(whole.register(t, contract.RegisterLatestCSV))), slices.Sorted(maps.Keys(cut.register(t, contract.RegisterLatestCSV))))
	// The same message once more changes nothing.
	before := string(cut.objects[contract.RegisterLatestCSV])
	answer, err = h.Handle(t.Context(), message(t, "m", *cut.sent[0].MessageBody))
	require.NoError(t, err)
	require.Equal(t, stageDone, answer.Stage)
	require.Equal(t, before, string(cut.objects[contract.RegisterLatestCSV]))
}

func TestRegisterIsTheSameHoweverItIsCut(t *testing.T) {
	w := newWorld()
	var found []asset
	for i := range 1700 {
		a, _ := newAsset(fmt.Sprintf("%sinstance/i-%04d", ec2ARN, i*7919%1700), seoul, account)
		a.Sources = []string{sourceService}
		found = append(found, a)
	}
	h := w.handler(seoul)
	register := func(run string, chunk int, ended bool) string {
		step := Step{Run: run, At: w.clock, Stage: stageDecide}
		n := 0
		for some := range slices.Chunk(slices.Clone(found), chunk) {
			require.NoError(t, writeChunk(t.Context(), w, object(step.foundPrefix(), n), some))
			n++
		}
		ctx := t.Context()
		if !ended { // one window an invocation
			short, cancel := context.WithTimeout(ctx, deadlineReserve/2)
			defer cancel()
			ctx = short
		}
		for step.Stage == stageDecide {
			var err error
			step, err = h.decide(ctx, step)
			require.NoError(t, err)
		}
		_, err := h.write(ctx, step)
		require.NoError(t, err)
		return string(w.objects[contract.RegisterLatestCSV])
	}
	want := register("a", 2000, true)
	require.Equal(t, 1701, strings.Count(want, "\r\n"))
	require.Equal(t, want, register("b", 13, false))
	require.Equal(t, want, register("c", 900, true))
}

func TestBadEvents(t *testing.T) {
	w := newWorld()
	for event, want := range map[string]string{
		`[]`:                               "event",
		`{"Records":[{},{}]}`:              "set the batch size to 1",
		`{"Records":[{"body":"no JSON"}]}`: "step",
		`{"run":"x","stage":"dance"}`:      "no such stage",
	} {
		_, err := w.handler(seoul).Handle(t.Context(), json.RawMessage(event))
		require.ErrorContains(t, err, want, event)
	}
}
