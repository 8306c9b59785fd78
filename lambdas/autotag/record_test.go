package autotag

import (
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/internal/createevent"
	"assetguard/internal/tagpolicy"
)

func nopLog() *slog.Logger { return slog.New(slog.NewJSONHandler(io.Discard, nil)) }

func TestTableCoversTheEvents(t *testing.T) {
	var inTable []createevent.Event
	for _, w := range table {
		inTable = append(inTable, w.event)
	}
	assert.ElementsMatch(t, createevent.All(), inTable)
}

// arns are the assets of each fixture by "service/event": testdata/arns.txt, one asset a line.
func arns(t testing.TB) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("testdata/arns.txt")
	require.NoError(t, err)
	expected := map[string][]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		words := strings.SplitN(line, " ", 3)
		require.Len(t, words, 3, line)
		event := words[0] + "/" + words[1]
		expected[event] = append(expected[event], words[2])
	}
	return expected
}

// fixtureName is "service/event", the file of an event below testdata.
func fixtureName(e createevent.Event) string {
	return strings.TrimSuffix(e.EventSource, ".amazonaws.com") + "/" + e.Name
}

func TestEveryEventHasAFixture(t *testing.T) {
	expected := arns(t)
	for _, e := range createevent.All() {
		t.Run(fixtureName(e), func(t *testing.T) {
			r, err := parseRecord(fixture(t, fixtureName(e)), queueARN)
			require.NoError(t, err)
			assert.Equal(t, e, r.event)
			require.Contains(t, rows, e)
			var found []string
			for _, a := range rows[e].assets(r) {
				found = append(found, a.ARN)
				assert.Equal(t, strings.Split(a.ARN, ":")[2], a.Service, "the service is that of the ARN")
				assert.True(t, strings.HasPrefix(a.ResourceType, a.Service+":"))
				assert.NotEmpty(t, a.Region)
			}
			assert.Equal(t, expected[fixtureName(e)], found)
		})
		delete(expected, fixtureName(e))
	}
	assert.Empty(t, expected, "ARNs of no event")
	files, err := filepath.Glob("testdata/*/*.json")
	require.NoError(t, err)
	assert.Len(t, files, len(createevent.All()), "a fixture of no event")
}

// Tags of the event stand in for those that the tagging API does not show yet, so every shape is read.
func TestTagsOfEveryShape(t *testing.T) {
	without := []string{"RunInstances", "CreateVolume", "CreateNetworkInterface", "CreateSecurityGroup", "CreateFunction20150331",
		"CreateBucket", "RestoreTableFromBackup", "CreateElasticsearchDomain", "CreateStream", "CreateDistribution",
		"CreateHostedZone", "CreateHealthCheck", "ImportRestApi"}
	for _, e := range createevent.All() {
		if slices.Contains(without, e.Name) {
			continue
		}
		r, err := parseRecord(fixture(t, fixtureName(e)), queueARN)
		require.NoError(t, err)
		assert.Equal(t, map[string]string{"Course": "Go"}, rows[e].assets(r)[0].Tags, fixtureName(e))
	}
}

func TestRegionOfTheAsset(t *testing.T) {
	for name, region := range map[string]string{"ec2/CreateVpc": "ap-northeast-2", "iam/CreateRole": "us-east-1",
		"cloudfront/CreateDistribution": "us-east-1", "route53/CreateHostedZone": "us-east-1", "kms/ReplicateKey": "us-east-1"} {
		r, err := parseRecord(fixture(t, name), queueARN)
		require.NoError(t, err)
		assert.Equal(t, region, rows[r.event].assets(r)[0].Region, name)
	}
}

func TestNamesAndTagsOfTheEvent(t *testing.T) {
	for _, c := range []struct {
		fixture string
		names   []string
		tags    map[string]string
	}{
		{"RunInstances", []string{"i-0000000000000000a"}, map[string]string{"Name": "web-1"}},
		{"CreateVolume", []string{"vol-0000000000000000c"}, map[string]string{}},
		{"CreateSecurityGroup", []string{"sg-0000000000000000f", "web-public"}, map[string]string{"Owner": "Network"}},
		{"CreateFunction20150331", []string{"grade-report"}, map[string]string{"Team": "LMS"}},
		{"CreateDBInstance", []string{"student-lms", "Student-LMS"}, map[string]string{"Course": "Go"}},
		{"CreateBucket", []string{"yourclass-lectures"}, map[string]string{}},
		{"CreateLaunchTemplate", []string{"lt-0000000000000000a", "web"}, map[string]string{"Course": "Go"}},
		{"RegisterTaskDefinition", []string{"3", "was"}, map[string]string{"Course": "Go"}},
		{"CreateLogGroup", []string{"was", "/lms/was"}, map[string]string{"Course": "Go"}},
	} {
		t.Run(c.fixture, func(t *testing.T) {
			r, err := parseRecord(fixture(t, c.fixture), queueARN)
			require.NoError(t, err)
			a := rows[r.event].assets(r)[0]
			assert.Equal(t, c.names, a.Names)
			assert.Equal(t, c.tags, a.Tags)
		})
	}
}

func TestPartition(t *testing.T) {
	china := fixture(t, "CreateVolume", "arn:aws:", "arn:aws-cn:", `"awsRegion": "ap-northeast-2"`, `"awsRegion": "cn-north-1"`)
	r, err := parseRecord(china, "")
	require.NoError(t, err)
	assert.Equal(t, "arn:aws-cn:ec2:cn-north-1:123456789012:volume/vol-0000000000000000c", rows[r.event].assets(r)[0].ARN)

	service := fixture(t, "CreateVolume", `"arn:aws:sts::123456789012:assumed-role/Engineer/lee@example.com"`, `""`)
	r, err = parseRecord(service, "arn:aws-us-gov:sqs:us-gov-west-1:123456789012:q")
	require.NoError(t, err)
	assert.Equal(t, "aws-us-gov", r.partition, "without an ARN in userIdentity the queue's counts")

	_, err = parseRecord(service, "")
	assert.ErrorContains(t, err, "lacks an ARN")
}

func TestParseRecordNamesAllThatLacks(t *testing.T) {
	_, err := parseRecord(`{"detail-type":"x","detail":{}}`, "")
	for _, fault := range []string{`detail-type is "x"`, "lacks source", "lacks eventSource", "lacks eventName", "lacks awsRegion",
		"lacks recipientAccountId", "lacks eventTime"} {
		assert.ErrorContains(t, err, fault)
	}
}

func TestCreator(t *testing.T) {
	for _, c := range []struct{ name, identity, creator string }{
		{"user", `{"type":"IAMUser","userName":"kim","arn":"arn:aws:iam::1:user/team/kim","principalId":"AIDA"}`, "kim"},
		{"user through a service", `{"type":"IAMUser","userName":"kim","invokedBy":"cloudformation.amazonaws.com"}`, "kim"},
		{"role session", `{"type":"AssumedRole","principalId":"AROA:lee@example.com","arn":"arn:aws:sts::1:assumed-role/Engineer/lee@example.com"}`, "lee@example.com"},
		{"root", `{"type":"Root","arn":"arn:aws:iam::1:root","principalId":"1"}`, "root"},
		{"root with an alias", `{"type":"Root","userName":"company","arn":"arn:aws:iam::1:root"}`, "root"},
		{"service", `{"type":"AWSService","invokedBy":"autoscaling.amazonaws.com"}`, "autoscaling.amazonaws.com"},
		{"service-linked role", `{"type":"AssumedRole","principalId":"AROA:AutoScaling","invokedBy":"autoscaling.amazonaws.com","sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::1:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"}}}`, "autoscaling.amazonaws.com"},
		{"service-linked role of which nothing else is said", `{"type":"AssumedRole","principalId":"AROA:AutoScaling","arn":"arn:aws:sts::1:assumed-role/AWSServiceRoleForAutoScaling/AutoScaling"}`, "AWSServiceRoleForAutoScaling"},
		{"service-linked role by AWS itself", `{"type":"AssumedRole","principalId":"AROA:AmazonEKS","invokedBy":"AWS Internal","sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::1:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS"}}}`, "eks.amazonaws.com"},
		{"role that CloudFormation was given", `{"type":"AssumedRole","principalId":"AROA:AWSCloudFormation","arn":"arn:aws:sts::1:assumed-role/Deploy/AWSCloudFormation"}`, "cloudformation.amazonaws.com"},
		{"StackSets", `{"type":"AssumedRole","principalId":"AROA:16b4abdd-1d1f-4aeb-8930-3e65dcef6bab","arn":"arn:aws:sts::1:assumed-role/AWSCloudFormationStackSetExecutionRole/16b4abdd-1d1f-4aeb-8930-3e65dcef6bab"}`, "cloudformation.amazonaws.com"},
		{"StackSets of an organization", `{"type":"AssumedRole","principalId":"AROA:16b4abdd","arn":"arn:aws:sts::1:assumed-role/stacksets-exec-0123456789abcdef/16b4abdd"}`, "cloudformation.amazonaws.com"},
		{"role of a service", `{"type":"AssumedRole","principalId":"AROA:AWSBackup-AWSBackupDefaultServiceRole","invokedBy":"backup.amazonaws.com","sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::1:role/service-role/AWSBackupDefaultServiceRole"}}}`, "backup.amazonaws.com"},
		{"session that a service used for its person", `{"type":"AssumedRole","principalId":"AROA:lee@example.com","arn":"arn:aws:sts::1:assumed-role/Engineer/lee@example.com","invokedBy":"cloudformation.amazonaws.com"}`, "lee@example.com"},
		{"federated user", `{"type":"FederatedUser","principalId":"1:park","arn":"arn:aws:sts::1:federated-user/park"}`, "park"},
		{"web identity", `{"type":"WebIdentityUser","principalId":"accounts.google.com:app:user","userName":"user"}`, "user"},
		{"other account", `{"type":"AWSAccount","principalId":"AIDAX","accountId":"2"}`, "AIDAX"},
		{"characters that no tag takes", `{"type":"IAMUser","userName":"kim,<lee>*"}`, "kim__lee__"},
		{"nobody", `{}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var i identity
			require.NoError(t, json.Unmarshal([]byte(c.identity), &i))
			assert.Equal(t, c.creator, tagpolicy.Legalise(i.creator()))
		})
	}
}

// FuzzRecord: whatever the queue holds, reading it ends in assets with ARNs or in a result.
func FuzzRecord(f *testing.F) {
	for name := range arns(f) {
		f.Add(fixture(f, name))
	}
	for _, seed := range []string{ready(f), tagChangeEvent(f), ``, `null`, `[]`, `{"detail":[]}`, `{"detail":{"responseElements":{"instancesSet":{"items":[null,{"instanceId":7}]}}}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		b := readBatch(queue(body, body).Records)
		require.NotEmpty(t, b.assets)
		for _, m := range b.messages {
			require.NotEmpty(t, m.assets, "a message without an asset would vanish")
		}
		for _, a := range b.assets {
			if a.result.outcome == "" {
				require.True(t, strings.HasPrefix(a.ARN, "arn:"), a.ARN)
				require.NotEmpty(t, a.Service)
			}
		}
	})
}

func BenchmarkParseRecord(b *testing.B) {
	body := fixture(b, "RunInstances")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parseRecord(body, queueARN); err != nil {
			b.Fatal(err)
		}
	}
}
