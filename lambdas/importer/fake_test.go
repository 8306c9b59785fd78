package importer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	configtypes "github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	taggingtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	hubtypes "github.com/aws/aws-sdk-go-v2/service/securityhub/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"
)

const (
	home    = "ap-northeast-2"
	other   = "us-east-1"
	account = "123456789012"
	packID  = "conformance-pack-6cruwvtg2"
)

// world is a fake account: packs and evaluations by region, findings, and what goes wrong.
type world struct {
	clock    time.Time
	packs    map[string][]configtypes.ConformancePackDetail
	results  map[string][]configtypes.ConformancePackEvaluationResult // in pages of two
	arns     map[string]string                                        // by type and id
	tags     map[string]map[string]string                             // by ARN
	findings map[string]hubtypes.AwsSecurityFinding                   // by id; as Security Hub keeps them
	refuse   map[string]string                                        // error codes of FailedFindings, by part of the id
	poison   string                                                   // part of the id of a finding for which a whole import is refused
	fail     func(call string) error                                  // asked before each call
	sent     []string                                                 // steps, with their delay
	calls    []string
	out      bytes.Buffer
}

func newWorld() *world {
	pack := func(name, id string) configtypes.ConformancePackDetail {
		return configtypes.ConformancePackDetail{ConformancePackName: aws.String(name), ConformancePackId: aws.String(id)}
	}
	return &world{
		clock: time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC),
		packs: map[string][]configtypes.ConformancePackDetail{
			home:  {pack("somebody-elses", "conformance-pack-zzzzzzzzz"), pack("k-isms", packID)},
			other: {pack("k-isms", packID)},
		},
		results: map[string][]configtypes.ConformancePackEvaluationResult{},
		arns: map[string]string{
			"AWS::S3::Bucket lecture-files":          "arn:aws:s3:::lecture-files",
			"AWS::EC2::Instance i-0a1b2c3d4e5f60718": "arn:aws:ec2:us-east-1:123456789012:instance/i-0a1b2c3d4e5f60718",
		},
		tags:     map[string]map[string]string{"arn:aws:s3:::lecture-files": {"PersonalInformation": "Y"}},
		findings: map[string]hubtypes.AwsSecurityFinding{},
	}
}

func (w *world) handler(language string) *Handler {
	h := New(Settings{
		Partition: "aws", Account: account, Regions: []string{home, other}, Pack: "k-isms", QueueURL: "queue", Language: language, MaxReceives: 3,
	}, func(region string) Region { there := &place{w, region}; return Region{there, there, there} }, w, &w.out)
	h.now = func() time.Time { return w.clock }
	return h
}

func (w *world) call(format string, arguments ...any) error {
	call := fmt.Sprintf(format, arguments...)
	w.calls = append(w.calls, call)
	if w.fail == nil {
		return nil
	}
	return w.fail(call)
}

// place is the account in one region.
type place struct {
	*world
	region string
}

func (p *place) DescribeConformancePacks(_ context.Context, in *configservice.DescribeConformancePacksInput, _ ...func(*configservice.Options)) (*configservice.DescribeConformancePacksOutput, error) {
	if err := p.call("%s DescribeConformancePacks", p.region); err != nil {
		return nil, err
	}
	out := &configservice.DescribeConformancePacksOutput{} // a page has one pack
	at := len(aws.ToString(in.NextToken))
	if at < len(p.packs[p.region]) {
		out.ConformancePackDetails = p.packs[p.region][at : at+1]
	}
	if at+1 < len(p.packs[p.region]) {
		out.NextToken = aws.String(strings.Repeat("n", at+1))
	}
	return out, nil
}

func (p *place) GetConformancePackComplianceDetails(_ context.Context, in *configservice.GetConformancePackComplianceDetailsInput, _ ...func(*configservice.Options)) (*configservice.GetConformancePackComplianceDetailsOutput, error) {
	if err := p.call("%s GetConformancePackComplianceDetails %s%s", p.region, aws.ToString(in.ConformancePackName), aws.ToString(in.NextToken)); err != nil {
		return nil, err
	}
	all, at := p.results[p.region], 2*len(aws.ToString(in.NextToken))
	out := &configservice.GetConformancePackComplianceDetailsOutput{ConformancePackRuleEvaluationResults: all[at:min(at+2, len(all))]}
	if at+2 < len(all) {
		out.NextToken = aws.String(aws.ToString(in.NextToken) + "+")
	}
	return out, nil
}

func (p *place) BatchGetResourceConfig(_ context.Context, in *configservice.BatchGetResourceConfigInput, _ ...func(*configservice.Options)) (*configservice.BatchGetResourceConfigOutput, error) {
	if err := p.call("%s BatchGetResourceConfig %d", p.region, len(in.ResourceKeys)); err != nil {
		return nil, err
	}
	out := &configservice.BatchGetResourceConfigOutput{}
	for _, key := range in.ResourceKeys {
		if strings.HasPrefix(aws.ToString(key.ResourceId), "busy") {
			out.UnprocessedResourceKeys = append(out.UnprocessedResourceKeys, key)
		}
		if arn := p.arns[string(key.ResourceType)+" "+aws.ToString(key.ResourceId)]; arn != "" {
			out.BaseConfigurationItems = append(out.BaseConfigurationItems, configtypes.BaseConfigurationItem{
				ResourceType: key.ResourceType, ResourceId: key.ResourceId, Arn: aws.String(arn),
			})
		}
	}
	return out, nil
}

func (p *place) GetResources(_ context.Context, in *resourcegroupstaggingapi.GetResourcesInput, _ ...func(*resourcegroupstaggingapi.Options)) (*resourcegroupstaggingapi.GetResourcesOutput, error) {
	if err := p.call("%s GetResources %d", p.region, len(in.ResourceARNList)); err != nil {
		return nil, err
	}
	out := &resourcegroupstaggingapi.GetResourcesOutput{}
	for _, arn := range in.ResourceARNList {
		mapping := taggingtypes.ResourceTagMapping{ResourceARN: aws.String(arn)}
		for key, value := range p.tags[arn] {
			mapping.Tags = append(mapping.Tags, taggingtypes.Tag{Key: aws.String(key), Value: aws.String(value)})
		}
		out.ResourceTagMappingList = append(out.ResourceTagMappingList, mapping)
	}
	return out, nil
}

// BatchImportFindings keeps a finding only when it is later than the one that is there.
func (p *place) BatchImportFindings(_ context.Context, in *securityhub.BatchImportFindingsInput, _ ...func(*securityhub.Options)) (*securityhub.BatchImportFindingsOutput, error) {
	if err := p.call("%s BatchImportFindings %d", p.region, len(in.Findings)); err != nil {
		return nil, err
	}
	out := &securityhub.BatchImportFindingsOutput{}
	for _, f := range in.Findings {
		if p.poison != "" && strings.Contains(aws.ToString(f.Id), p.poison) {
			return nil, &smithy.GenericAPIError{Code: "InvalidInputException", Message: "a finding is malformed"}
		}
	}
	for _, f := range in.Findings {
		id := aws.ToString(f.Id)
		if at := slices.IndexFunc(sortedKeys(p.refuse), func(part string) bool { return strings.Contains(id, part) }); at >= 0 {
			out.FailedFindings = append(out.FailedFindings, hubtypes.ImportFindingsError{
				Id: f.Id, ErrorCode: aws.String(p.refuse[sortedKeys(p.refuse)[at]]), ErrorMessage: aws.String("because"),
			})
			continue
		}
		if known, there := p.findings[id]; !there || aws.ToString(f.UpdatedAt) > aws.ToString(known.UpdatedAt) {
			f.Region = aws.String(p.region)
			if there {
				f.UserDefinedFields = known.UserDefinedFields
			}
			p.findings[id] = f
		}
	}
	return out, nil
}

func (p *place) GetFindings(_ context.Context, in *securityhub.GetFindingsInput, _ ...func(*securityhub.Options)) (*securityhub.GetFindingsOutput, error) {
	if err := p.call("%s GetFindings", p.region); err != nil {
		return nil, err
	}
	f, out := in.Filters, &securityhub.GetFindingsOutput{}
	for _, id := range sortedKeys(p.findings) {
		found := p.findings[id]
		at := aws.ToString(found.UpdatedAt)
		if strings.HasPrefix(aws.ToString(found.GeneratorId), aws.ToString(f.GeneratorId[0].Value)) &&
			string(found.RecordState) == aws.ToString(f.RecordState[0].Value) && aws.ToString(found.Region) == aws.ToString(f.Region[0].Value) &&
			aws.ToString(found.AwsAccountId) == aws.ToString(f.AwsAccountId[0].Value) &&
			(f.UpdatedAt == nil || at >= aws.ToString(f.UpdatedAt[0].Start) && at <= aws.ToString(f.UpdatedAt[0].End)) &&
			(f.ComplianceStatus == nil || string(found.Compliance.Status) == aws.ToString(f.ComplianceStatus[0].Value)) {
			out.Findings = append(out.Findings, found)
		}
	}
	return out, nil
}

// BatchUpdateFindings replaces the fields.
func (p *place) BatchUpdateFindings(_ context.Context, in *securityhub.BatchUpdateFindingsInput, _ ...func(*securityhub.Options)) (*securityhub.BatchUpdateFindingsOutput, error) {
	if err := p.call("%s BatchUpdateFindings %d", p.region, len(in.FindingIdentifiers)); err != nil {
		return nil, err
	}
	out := &securityhub.BatchUpdateFindingsOutput{}
	for _, id := range in.FindingIdentifiers {
		found, there := p.findings[aws.ToString(id.Id)]
		if !there || p.refuse[aws.ToString(id.Id)] != "" {
			out.UnprocessedFindings = append(out.UnprocessedFindings, hubtypes.BatchUpdateFindingsUnprocessedFinding{
				FindingIdentifier: &id, ErrorCode: aws.String(p.refuse[aws.ToString(id.Id)]), ErrorMessage: aws.String("because"),
			})
			continue
		}
		found.UserDefinedFields = in.UserDefinedFields
		p.findings[aws.ToString(id.Id)] = found
	}
	return out, nil
}

func (w *world) SendMessage(_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	if err := w.call("SendMessage"); err != nil {
		return nil, err
	}
	w.sent = append(w.sent, fmt.Sprintf("%d %s", in.DelaySeconds, aws.ToString(in.MessageBody)))
	return &sqs.SendMessageOutput{}, nil
}

func fixture(t *testing.T, name string) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	require.NoError(t, err)
	return string(body)
}

// batch is an SQS event with the bodies as messages 0, 1, ..., received so often.
func batch(receives int, bodies ...string) events.SQSEvent {
	var event events.SQSEvent
	for i, body := range bodies {
		event.Records = append(event.Records, events.SQSMessage{
			MessageId: fmt.Sprint(i), Body: body, Attributes: map[string]string{"ApproximateReceiveCount": fmt.Sprint(receives)},
		})
	}
	return event
}

// handle runs a batch and returns the messages that come again.
func (w *world) handle(t *testing.T, event events.SQSEvent) []string {
	t.Helper()
	response, err := w.handler("en").Handle(t.Context(), event)
	require.NoError(t, err)
	ids := []string{}
	for _, failure := range response.BatchItemFailures {
		ids = append(ids, failure.ItemIdentifier)
	}
	return ids
}

// metrics are the counts that were written, as "metric outcome reason source" and their sum.
func (w *world) metrics(t *testing.T) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for line := range strings.Lines(w.out.String()) {
		var entry map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &entry))
		for _, name := range []string{"ImportOutcome", "ImportRetry", "ImportLacks", "ImportFinished"} {
			if value, there := entry[name]; there {
				key := name
				for _, dimension := range []string{"Outcome", "Reason", "Source"} {
					if text, is := entry[dimension].(string); is {
						key += " " + text
					}
				}
				counts[key] += int(value.(float64))
			}
		}
	}
	return counts
}
