package findings

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/internal/contract"
	"assetguard/internal/finding"
)

func TestFindingIsToldAndNotified(t *testing.T) {
	w := newWorld(t)
	w.tags[instance(1)] = classification("PROD", "Y")
	w.send(event(start, asff(1))) // HIGH
	w.drain()

	require.Len(t, w.topics, 2)
	for n, topic := range []string{"security", "devops"} {
		assert.Equal(t, topic, w.topics[n].topic)
		assert.Contains(t, w.topics[n].email, "openssl")
		f := w.topics[n].notice.Finding
		assert.Equal(t, "test", w.topics[n].notice.Stack)
		assert.Equal(t, finding.Critical, f.Severity, "raised by one for personal information")
		assert.Equal(t, finding.High, f.Rated)
		assert.True(t, f.Raised)
		require.Len(t, f.Assets, 1)
		assert.Equal(t, "web-1", f.Assets[0].Name)
		assert.Equal(t, "Platform", f.Assets[0].Owner)
		assert.Equal(t, "https://console.aws.amazon.com/go/view?arn=arn%3Aaws%3Aec2%3Aap-northeast-2%3A111122223333%3Ainstance%2Fi-00001", f.Links.Resource)
		assert.Contains(t, f.Links.Finding, "https://ap-northeast-2.console.aws.amazon.com/securityhub/home")
		assert.Zero(t, f.Known)
	}
	assert.Equal(t, finding.WorkflowNotified, w.hub[identity(1)])
	assert.Equal(t, map[string]int{"FindingOutcome told none": 1, "FindingMark marked none": 1}, w.counted())
	assert.Equal(t, "told by message-1", w.table.state(contract.StateFinding+identity(1)))
	assert.Empty(t, w.dead)
}

func TestFindingOfFixturesIsTold(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"control.json", "inspector.json", "ocsf-vulnerability.json", "ocsf-compliance-closed.json", "pack-custom-action.json"} {
		body, err := os.ReadFile(filepath.Join("..", "..", "internal", "finding", "testdata", name))
		require.NoError(t, err)
		w.send(string(body))
	}
	w.drain()
	counted := w.counted()
	assert.Equal(t, 2, counted["FindingOutcome told none"], "the control, and Inspector's once")
	assert.Equal(t, 1, counted["FindingOutcome duplicate same-batch"], "Inspector's in the other format")
	assert.Equal(t, 1, counted["FindingOutcome skipped archived"])
	assert.Equal(t, 2, counted["FindingOutcome skipped custom-action"])
	assert.Equal(t, 1, w.calls["securityhub:BatchUpdateFindingsV2"])
	assert.Equal(t, 1, w.calls["securityhub:BatchUpdateFindings"])
}

func TestSkipped(t *testing.T) {
	for reason, changes := range map[string][]change{
		reasonNotNew:   {workflow("NOTIFIED")},
		reasonArchived: {with("RecordState", "ARCHIVED")},
		reasonPassed:   {with("Compliance", map[string]any{"Status": "PASSED"})},
		reasonNoRoute:  {label("LOW")},
	} {
		w := newWorld(t)
		w.send(event(start, asff(1, changes...)))
		w.drain()
		assert.Equal(t, 1, w.counted()["FindingOutcome skipped "+reason], reason)
		assert.Empty(t, w.topics, reason)
		assert.Empty(t, w.hub, reason)
		assert.Empty(t, w.table.items, reason)
	}
}

func TestRoutes(t *testing.T) {
	for name, c := range map[string]struct {
		tags   map[string]string
		change change
		topics []string
		raised bool
	}{
		"production":                    {classification("PROD", "N"), label("HIGH"), []string{"security", "devops"}, false},
		"development":                   {classification("DEV", "N"), label("HIGH"), []string{"security"}, false},
		"nobody knows the environment":  {map[string]string{"Owner": "x"}, label("HIGH"), []string{"security", "devops"}, false},
		"no tags at all":                {nil, label("HIGH"), []string{"security", "devops"}, false},
		"low with personal information": {classification("PROD", "Y"), label("LOW"), []string{"security"}, true},
		"a rule raised it already": {classification("PROD", "Y"), func(f map[string]any) {
			label("MEDIUM")(f)
			f["Severity"] = map[string]any{"Label": "HIGH"}
		}, []string{"security", "devops"}, true},
		"a person lowered it": {classification("PROD", "Y"), func(f map[string]any) {
			label("HIGH")(f)
			f["Severity"] = map[string]any{"Label": "MEDIUM"}
		}, []string{"security"}, false},
	} {
		w := newWorld(t)
		if c.tags != nil {
			w.tags[instance(1)] = c.tags
		}
		w.send(event(start, asff(1, c.change)))
		w.drain()
		var topics []string
		for _, p := range w.topics {
			topics = append(topics, p.topic)
			assert.Equal(t, c.raised, p.notice.Finding.Raised, name)
		}
		assert.Equal(t, c.topics, topics, name)
	}
}

func TestProductsOfARoute(t *testing.T) {
	route := contract.AlertRoute{Products: []string{"guardduty", "INSPECTOR"}, AssetTypes: []string{"x"}}
	i := &item{Finding: finding.Finding{Product: "Inspector"}}
	assert.True(t, takes(route, i))
	i.Product = "Macie"
	assert.False(t, takes(route, i))
}

func TestClassificationComesFromWhereItIsKnown(t *testing.T) {
	tags := map[string]any{}
	for key, value := range classification("PROD", "N") {
		tags[key] = value
	}
	carried := func(id string, tags any) change {
		return with("Resources", []any{map[string]any{"Type": "x", "Id": id, "Region": home, "Tags": tags}})
	}
	w := newWorld(t)
	w.register = zipped(`{"arn":"arn:aws:iam::111122223333:user/kim","name":"kim","owner":"HR","personalInformation":"Y"}`,
		`{"arn":"arn:aws:s3:::nothing"}`, `{"arn":"arn:aws:ec2:us-east-1:444455556666:instance/i-other","owner":"Other"}`)
	w.tags["arn:aws:s3:::lectures"] = classification("DEV", "N")
	w.send(event(start,
		asff(1, carried("arn:aws:ec2:ap-northeast-2:111122223333:instance/i-1", tags)),
		asff(2, carried("arn:aws:s3:::lectures", map[string]any{"Owner": "old"})),
		asff(3, carried("arn:aws:iam::111122223333:user/kim", nil)),
		asff(4, carried("arn:aws:ec2:us-east-1:444455556666:instance/i-other", nil), with("AwsAccountId", "444455556666")),
		asff(5, carried("AWS::::Account:111122223333", nil)),
	))
	w.drain()
	owners := map[string]string{}
	for _, p := range w.topics {
		if p.topic == "security" {
			owners[p.notice.Finding.ID] = p.notice.Finding.Assets[0].Owner
		}
	}
	assert.Equal(t, map[string]string{"finding-00001": "Platform", "finding-00002": "Platform", "finding-00003": "HR",
		"finding-00004": "Other", "finding-00005": ""}, owners)
	assert.Equal(t, 1, w.calls["tag:GetResources us-east-1"], "global assets")
	assert.Equal(t, 1, w.calls["tag:GetResources "+home])
	assert.Equal(t, 1, w.calls["s3:GetObject"])
	assert.Equal(t, 1, w.counted()["FindingLacks none unclassified"])

	w.send(event(start, asff(6, carried("arn:aws:s3:::lectures", nil), label("MEDIUM"))))
	w.drain()
	assert.Equal(t, 1, w.calls["tag:GetResources "+home], "known for some minutes")
}

func TestLookUpsThatFailLoseNothing(t *testing.T) {
	w := newWorld(t)
	w.fault = func(operation string, _ int, _ bool) error {
		if operation == "tag:GetResources "+home || operation == "s3:GetObject" {
			return &smithy.GenericAPIError{Code: "AccessDenied"}
		}
		return nil
	}
	w.send(event(start, asff(2)))
	w.drain()
	assert.Equal(t, map[string]int{"finding-00002": 1}, w.told("devops"), "what is unknown is told")
	counted := w.counted()
	assert.Equal(t, 1, counted["FindingLacks tagging access-denied"])
	assert.Equal(t, 1, counted["FindingLacks register access-denied"])
}

func TestFindingIsToldAnewOnlyWithNews(t *testing.T) {
	w := newWorld(t)
	send := func(at time.Time, changes ...change) {
		w.clock = at
		w.send(event(at, asff(1, changes...)))
		w.drain()
	}
	medium := label("MEDIUM")
	send(start, medium)
	require.Len(t, w.told("security"), 1)
	send(start.Add(10*time.Second), medium)
	assert.Equal(t, 1, w.counted()["FindingOutcome duplicate known"], "an update on its way while it became NOTIFIED")
	send(start.Add(-time.Hour), medium)
	assert.Equal(t, 2, w.counted()["FindingOutcome duplicate known"], "late")
	send(start.Add(5*time.Minute), medium)
	assert.Equal(t, 3, w.counted()["FindingOutcome duplicate known"], "Security Hub takes several minutes to make it NOTIFIED")

	send(start.Add(24*time.Hour), medium)
	assert.Equal(t, 1, w.counted()["FindingOutcome told reopened"], "NEW again, long after it was NOTIFIED")
	last := w.topics[len(w.topics)-1].notice.Finding
	assert.Equal(t, start, last.Known, "people see when they heard of it")

	send(start.Add(24*time.Hour+time.Second), label("HIGH"))
	assert.Equal(t, 1, w.counted()["FindingOutcome told worse"])
	assert.Equal(t, 3, w.told("security")["finding-00001"])
	assert.Equal(t, 3, w.counted()["FindingMark marked none"])

	send(start.Add(200*24*time.Hour), medium)
	assert.Equal(t, 2, w.counted()["FindingOutcome told none"], "forgotten after 100 days, also where the table still has it")
}

// Where both Security Hubs are on, each sends the finding in its own format, time and again.
func TestFindingOfBothSecurityHubsIsToldOnce(t *testing.T) {
	for name, burst := range map[string]int{"singly": 0, "in a digest": 10} {
		w := newWorld(t)
		other := ocsf(1)
		for n := range burst {
			w.send(event(start, asff(n+10, label("CRITICAL"))))
		}
		w.send(event(start, asff(1)))
		w.drain()
		for hour := 1; hour <= 2; hour++ {
			w.clock = w.clock.Add(time.Hour)
			w.send(other(w.clock))
			w.drain()
			assert.Equal(t, hour, w.counted()["FindingOutcome duplicate known"]+w.counted()["FindingOutcome told reopened"], name)
			if hour == 1 {
				assert.Equal(t, 1, w.calls["securityhub:BatchUpdateFindingsV2"], "%s: the other one learns that people know", name)
				assert.Zero(t, w.counted()["FindingOutcome told reopened"], name)
			}
		}
		assert.Equal(t, 1, w.counted()["FindingOutcome told reopened"], "%s: opened again there, long after it was in progress", name)
	}
}

// A finding can name a resource by an ARN that the tagging API takes for none.
func TestOneOddARNHidesNoTags(t *testing.T) {
	w := newWorld(t)
	odd := "arn:aws:ec2:" + home + ":" + account + ":i-0825a83d29e870145"
	w.oddARNs = map[string]bool{odd: true}
	for n := range 9 {
		w.tags[instance(n)] = classification("PROD", "Y")
		w.send(event(start, asff(n, label("MEDIUM"))))
	}
	w.send(event(start, asff(9, label("MEDIUM"), with("Resources", []any{map[string]any{"Type": "AwsEc2Instance", "Id": odd, "Region": home}}))))
	require.True(t, w.step(w.handler))
	calls := w.calls["tag:GetResources "+home]
	w.send(event(start.Add(time.Second), asff(10, with("Resources", []any{map[string]any{"Type": "AwsEc2Instance", "Id": odd, "Region": home}}))))
	require.True(t, w.step(w.handler))
	assert.Equal(t, calls, w.calls["tag:GetResources "+home], "it is not asked for again")
	w.drain()
	raised := 0
	for _, p := range w.topics {
		for _, f := range append(topOf(p.notice), singleOf(p.notice)...) {
			if p.topic == "security" && f.Severity == finding.High && f.ID != "finding-00010" {
				raised++
			}
		}
	}
	assert.Equal(t, 9, raised, "all but the odd one are known to have personal information")
	assert.Equal(t, 1, w.counted()["FindingLacks tagging refused"])
}

func TestFindingThatCannotBeNotifiedIsToldOnce(t *testing.T) {
	w := newWorld(t)
	w.refuses[identity(1)] = "FindingSizeExceeded"
	for day := range 3 {
		w.clock = start.Add(time.Duration(day) * 24 * time.Hour)
		w.send(event(w.clock, asff(1)))
		w.drain()
	}
	assert.Equal(t, map[string]int{"finding-00001": 1}, w.told("security"))
	assert.Equal(t, 3, w.counted()["FindingMark unmarked size-exceeded"])
	assert.Equal(t, 2, w.counted()["FindingOutcome duplicate known"])
	assert.Empty(t, w.dead)
}

func TestFindingsOfADigestThatCannotBeNotifiedAreToldOnce(t *testing.T) {
	w := newWorld(t)
	for n := range 20 {
		w.refuses[identity(n)] = "FindingSizeExceeded"
		w.send(event(start, asff(n, label("HIGH"))))
	}
	w.drain()
	require.Len(t, w.digests("security"), 1)
	require.Equal(t, 20, w.counted()["FindingMark unmarked size-exceeded"])
	for day := 1; day <= 2; day++ {
		w.clock = w.clock.Add(24 * time.Hour)
		for n := range 20 {
			w.send(event(w.clock, asff(n, label("HIGH"))))
		}
		w.drain()
	}
	assert.Equal(t, 40, w.counted()["FindingOutcome duplicate known"])
	assert.Zero(t, w.counted()["FindingOutcome told reopened"]+w.counted()["FindingOutcome folded reopened"], "nobody opened them again")
	assert.Len(t, w.digests("security"), 1)

	clear(w.refuses)
	for range 2 {
		w.clock = w.clock.Add(24 * time.Hour)
		w.send(event(w.clock, asff(1, label("HIGH"))), event(w.clock, asff(19, label("HIGH"))))
		w.drain()
	}
	assert.Equal(t, 2, w.counted()["FindingMark marked none"]-sum(w.counted(), "FindingOutcome told reopened"), "marked once Security Hub takes it")
	assert.Equal(t, 2, w.counted()["FindingOutcome told reopened"], "and told when they are NEW a day after that")
}

func TestMarkIsTriedAgain(t *testing.T) {
	w := newWorld(t)
	w.refuses[identity(1)] = "ConcurrentUpdateError"
	w.send(event(start, asff(1)), event(start, asff(2)))
	w.drain()
	assert.Equal(t, 2, w.calls["securityhub:BatchUpdateFindings"], "the one that was busy alone")
	assert.Equal(t, 2, w.counted()["FindingMark marked none"])

	w.refuses[identity(3)] = "FindingNotFound"
	w.send(event(start, asff(3)), event(start, asff(4)))
	for range 3 {
		w.step(w.handler)
		w.pass()
	}
	assert.Len(t, w.queue, 1, "only the message of the finding that is not found comes again")
	delete(w.refuses, identity(3))
	w.drain()
	assert.Equal(t, 4, w.counted()["FindingMark marked none"])
	assert.Equal(t, 1, w.told("security")["finding-00003"], "it was told at the first attempt")
	assert.Equal(t, 3, w.counted()["FindingRetry not-found"])

	w.refuses[identity(5)] = "FindingNotFound"
	w.send(event(start, asff(5)))
	w.drain()
	assert.Equal(t, 1, w.counted()["FindingMark unmarked not-found"])
	assert.Equal(t, 5, w.counted()["FindingOutcome told none"], "people know, so nothing lies in the dead letters")
	assert.Empty(t, w.dead)
}

func TestPoisonGoesToTheDeadLettersAlone(t *testing.T) {
	w := newWorld(t)
	w.send("{", event(start, asff(1)), `{"source":"aws.config","detail-type":"x"}`, event(start, map[string]any{"Id": 7}))
	w.drain()
	assert.Len(t, w.dead, 3)
	assert.Equal(t, 3, w.counted()["FindingOutcome failed malformed"])
	assert.Equal(t, 3*(contract.FindingsMaxReceives-1), w.counted()["FindingRetry malformed"])
	assert.Equal(t, map[string]int{"finding-00001": 1}, w.told("security"))
}

func TestOneFailedFindingBringsItsMessageBack(t *testing.T) {
	w := newWorld(t)
	broken := true
	w.fault = func(operation string, count int, after bool) error {
		if broken && operation == "sns:Publish" && count == 3 && !after { // security and DevOps heard of the first
			return errors.New("no answer, three times")
		}
		if broken && operation == "sns:Publish" && count > 3 && !after {
			return errors.New("no answer, three times")
		}
		return nil
	}
	w.send(event(start, asff(2), asff(5)), event(start, asff(1)))
	require.True(t, w.step(w.handler))
	broken = false
	assert.Len(t, w.queue, 2)
	w.drain()
	assert.Equal(t, map[string]int{"finding-00001": 1, "finding-00002": 1, "finding-00005": 1}, w.told("security"))
	assert.Equal(t, 3, w.counted()["FindingOutcome told none"], "each once, when its message was done")
	assert.Equal(t, 2, w.counted()["FindingRetry service-error"])
}

func TestClaimOfAnotherMessageIsWaitedFor(t *testing.T) {
	w := newWorld(t)
	w.fault = func(operation string, count int, after bool) error {
		if operation == "sns:Publish" && count == 1 && !after {
			panic(crash{})
		}
		return nil
	}
	w.send(event(start, asff(1)))
	require.True(t, w.step(w.handler))
	w.send(event(start.Add(time.Second), asff(1)))
	w.clock = start.Add(time.Second)
	require.True(t, w.step(w.handler))
	assert.Empty(t, w.topics)
	assert.Equal(t, 1, w.counted()["FindingRetry claimed"])
	w.drain()
	assert.Equal(t, map[string]int{"finding-00001": 1}, w.told("security"))
	assert.Equal(t, 1, w.counted()["FindingOutcome told none"])
	assert.Equal(t, 1, sum(w.counted(), "FindingOutcome duplicate"))
}

func TestReadGoesOnWithWhatWasLeftOut(t *testing.T) {
	w := newWorld(t)
	w.table.unprocessed = 2
	w.send(event(start, asff(1)), event(start, asff(2)), event(start, asff(3)))
	w.drain()
	assert.Len(t, w.told("security"), 3)
	assert.Equal(t, 2, w.calls["dynamodb:BatchGetItem"])
}

func TestRules(t *testing.T) {
	topics := map[contract.Audience]string{contract.AudienceSecurity: "arn"}
	_, err := ParseRules(`{"routes":[{"audience":"finance","severity":"urgent"}],"singles":0,"gatherSeconds":5}`, topics)
	require.EqualError(t, err, `rules: routes[0].severity "urgent" is unknown: write one of INFORMATIONAL, LOW, MEDIUM, HIGH, CRITICAL
routes[0].audience: "finance" has no topic
singles: 0: 1 to 100
gatherSeconds: 5: 10 to 900`)
	for _, document := range []string{"", `{"route":[]}`, `{} {}`, `{"singles":1,"gatherSeconds":10}`} {
		_, err := ParseRules(document, topics)
		require.Error(t, err, document)
	}
	h := &Handler{Settings: Settings{Rules: Rules{AlertRules: contract.AlertRules{RunbookBase: "https://x/"}}}}
	assert.Equal(t, "https://x/s3-8", h.runbook("S3.8"))
	assert.Equal(t, "https://x/s3-bucket-versioning-enabled", h.runbook("S3_BUCKET_VERSIONING_ENABLED"))
	assert.Empty(t, h.runbook(""))
}

func TestBrokenRegister(t *testing.T) {
	for name, body := range map[string][]byte{"no gzip": []byte("x"), "no lines": zipped("["), "cut off": zipped(`{"arn":"a"}`)[:20]} {
		w := newWorld(t)
		w.register = body
		_, err := w.handler.register.assets(t.Context())
		require.ErrorContains(t, err, "register: ", name)
		_, err = w.handler.register.assets(t.Context())
		require.Error(t, err, name)
		assert.Equal(t, 1, w.calls["s3:GetObject"], "not asked for every batch")
	}
}

func TestCacheOfTagsIsBounded(t *testing.T) {
	c := &tagCache{now: func() time.Time { return start }, known: map[string]taken{}}
	for n := range maxTags + 1 {
		c.keep(instance(n)+string(rune('a'+n%26))+time.Duration(n).String(), nil)
	}
	assert.LessOrEqual(t, len(c.known), maxTags)
	assert.NotEmpty(t, maps.Clone(c.known))
}
