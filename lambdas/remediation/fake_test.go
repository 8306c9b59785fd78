package remediation

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	tagtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	hubtypes "github.com/aws/aws-sdk-go-v2/service/securityhub/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"assetguard/internal/contract"
	"assetguard/internal/notice"
	"assetguard/internal/remediation"
)

const (
	home    = "ap-northeast-2"
	account = "111122223333"
)

// world is a fake account: its table, its executions, its security group, and what goes wrong.
type world struct {
	clock    time.Time
	config   contract.Remediation
	items    map[string]map[string]dbtypes.AttributeValue
	tags     map[string]string // of every resource
	open     bool              // port 22 of the security group
	starts   []*ssm.StartAutomationExecutionInput
	byToken  map[string]string // execution by ClientToken
	status   map[string]ssmtypes.AutomationExecutionStatus
	failures map[string]error // by call, once
	always   map[string]error // by call
	sent     []sent
	told     []notice.Notice
	notes    []string
	unnoted  []hubtypes.BatchUpdateFindingsUnprocessedFinding
	regions  []string
	workflow hubtypes.WorkflowStatus // of every finding, as Security Hub has it now
	gone     bool                    // Security Hub has no findings
	asked    int                     // how findings stand
	out      bytes.Buffer
	queued   int
}

type sent struct {
	body  string
	delay int32
}

func newWorld(t *testing.T) (*world, *Handler) {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Seoul")
	require.NoError(t, err)
	locale, err := notice.NewLocale("en", "Asia/Seoul")
	require.NoError(t, err)
	w := &world{
		clock: time.Date(2026, 11, 22, 5, 45, 0, 0, time.UTC), // a Sunday, 14:45 in Seoul
		items: map[string]map[string]dbtypes.AttributeValue{}, tags: map[string]string{contract.TagOwner: "Data"}, open: true, workflow: hubtypes.WorkflowStatusNotified,
		byToken: map[string]string{}, status: map[string]ssmtypes.AutomationExecutionStatus{}, failures: map[string]error{}, always: map[string]error{},
	}
	w.config = contract.Remediation{
		Modes: remediation.DefaultModes(true), Roles: map[string]string{}, OptOut: contract.OptOutTag, Document: "assetguard-test-patch",
		Limits: contract.RepairLimits{InFlight: 3, Failures: 2, PerDay: 2, NoticesPerHour: 5},
		Window: contract.Window{Days: []string{"sun"}, Start: "02:00", Hours: 4},
	}
	for _, runbook := range remediation.Runbooks() {
		w.config.Roles[runbook.ID] = "arn:aws:iam::" + account + ":role/assetguard-test-repair-" + runbook.ID
	}
	h := New(Settings{
		Partition: "aws", Account: account, Home: home, Stack: "test", Parameter: contract.ParameterRemediation, Table: "state",
		TopicARN: "arn:topic", QueueURL: "queue", MaxReceives: 3, Locale: locale, Language: "en", Zone: zone,
	}, Clients{
		Hub: w, Topic: w, Queue: w, Table: w, Parameters: w,
		Automation: func(region string) Automation { return automation{w, region} },
		Services: func(string, string) Services {
			s := servicesOf(false)
			s.Tagging, s.Databases, s.Compute, s.Identities, s.Buckets = w, w, compute{siteCompute{}, w}, identities{world: w}, buckets{siteBuckets{}, w}
			return s
		},
	}, &w.out)
	h.now = func() time.Time { return w.clock }
	return w, h
}

// fails gives the error that a call is to fail with.
func (w *world) fails(call string) error {
	err := w.failures[call]
	delete(w.failures, call)
	return errors.Join(err, w.always[call])
}

func apiError(code string) error { return &smithy.GenericAPIError{Code: code, Message: "as told"} }

func (w *world) GetParameter(context.Context, *ssm.GetParameterInput, ...func(*ssm.Options)) (*ssm.GetParameterOutput, error) {
	document, err := json.Marshal(w.config)
	if err != nil {
		return nil, err
	}
	return &ssm.GetParameterOutput{Parameter: &ssmtypes.Parameter{Value: aws.String(string(document))}}, w.fails("GetParameter")
}

func keyIn(item map[string]dbtypes.AttributeValue) string {
	return item[contract.StateKey].(*dbtypes.AttributeValueMemberS).Value
}

func (w *world) GetItem(_ context.Context, in *dynamodb.GetItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	if err := w.fails("GetItem"); err != nil {
		return nil, err
	}
	return &dynamodb.GetItemOutput{Item: w.items[keyIn(in.Key)]}, nil
}

func (w *world) PutItem(_ context.Context, in *dynamodb.PutItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	if err := w.fails("PutItem"); err != nil {
		return nil, err
	}
	there := w.items[keyIn(in.Item)]
	lost := false
	switch aws.ToString(in.ConditionExpression) {
	case "attribute_not_exists(#k)":
		lost = there != nil
	case "#v = :v":
		lost = there == nil || there[attributeVersion].(*dbtypes.AttributeValueMemberN).Value != in.ExpressionAttributeValues[":v"].(*dbtypes.AttributeValueMemberN).Value
	}
	if lost {
		return nil, &dbtypes.ConditionalCheckFailedException{}
	}
	w.items[keyIn(in.Item)] = in.Item
	return &dynamodb.PutItemOutput{}, nil
}

// UpdateItem knows the three updates of the store.
func (w *world) UpdateItem(_ context.Context, in *dynamodb.UpdateItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	if err := w.fails("UpdateItem"); err != nil {
		return nil, err
	}
	key := keyIn(in.Key)
	item := maps.Clone(w.items[key])
	if item == nil {
		item = maps.Clone(in.Key)
	}
	switch expression := aws.ToString(in.UpdateExpression); expression {
	case "ADD #c :one SET #e = :e":
		count := 0
		if there, is := item[attributeCount].(*dbtypes.AttributeValueMemberN); is {
			count, _ = strconv.Atoi(there.Value)
		}
		limit, _ := strconv.Atoi(in.ExpressionAttributeValues[":limit"].(*dbtypes.AttributeValueMemberN).Value)
		if count >= limit {
			return nil, &dbtypes.ConditionalCheckFailedException{}
		}
		item[attributeCount] = number(count + 1)
	case "ADD #m :m", "DELETE #m :m":
		var set []string
		if there, is := item[attributeMembers].(*dbtypes.AttributeValueMemberSS); is {
			set = slices.Clone(there.Value)
		}
		changed := in.ExpressionAttributeValues[":m"].(*dbtypes.AttributeValueMemberSS).Value
		if limit, limited := in.ExpressionAttributeValues[":limit"].(*dbtypes.AttributeValueMemberN); limited {
			most, _ := strconv.Atoi(limit.Value)
			if len(set) >= most && !slices.Contains(set, changed[0]) {
				return nil, &dbtypes.ConditionalCheckFailedException{}
			}
		}
		set = slices.DeleteFunc(set, func(m string) bool { return slices.Contains(changed, m) })
		if strings.HasPrefix(expression, "ADD") {
			set = append(set, changed...)
		}
		delete(item, attributeMembers)
		if len(set) > 0 {
			item[attributeMembers] = &dbtypes.AttributeValueMemberSS{Value: set}
		}
	default:
		return nil, fmt.Errorf("the fake does not know %q", expression)
	}
	w.items[key] = item
	return &dynamodb.UpdateItemOutput{Attributes: item}, nil
}

func (w *world) set(key string) []string {
	if set, is := w.items[key][attributeMembers].(*dbtypes.AttributeValueMemberSS); is {
		return set.Value
	}
	return nil
}

func (w *world) GetResources(context.Context, *resourcegroupstaggingapi.GetResourcesInput, ...func(*resourcegroupstaggingapi.Options)) (*resourcegroupstaggingapi.GetResourcesOutput, error) {
	if err := w.fails("GetResources"); err != nil {
		return nil, err
	}
	var tags []tagtypes.Tag
	for key, value := range w.tags {
		tags = append(tags, tagtypes.Tag{Key: aws.String(key), Value: aws.String(value)})
	}
	return &resourcegroupstaggingapi.GetResourcesOutput{ResourceTagMappingList: []tagtypes.ResourceTagMapping{{Tags: tags}}}, nil
}

// buckets have the tags of every resource, and the account and region of the world.
type buckets struct {
	siteBuckets
	world *world
}

func (b buckets) GetBucketTagging(_ context.Context, in *s3.GetBucketTaggingInput, _ ...func(*s3.Options)) (*s3.GetBucketTaggingOutput, error) {
	if err := b.world.fails("GetBucketTagging"); err != nil {
		return nil, err
	}
	if aws.ToString(in.ExpectedBucketOwner) != account {
		return nil, apiError("AccessDenied")
	}
	if len(b.world.tags) == 0 {
		return nil, apiError("NoSuchTagSet")
	}
	out := &s3.GetBucketTaggingOutput{}
	for key, value := range b.world.tags {
		out.TagSet = append(out.TagSet, s3types.Tag{Key: aws.String(key), Value: aws.String(value)})
	}
	return out, nil
}

// compute knows the one security group.
type compute struct {
	siteCompute
	world *world
}

func (c compute) DescribeSecurityGroups(context.Context, *ec2.DescribeSecurityGroupsInput, ...func(*ec2.Options)) (*ec2.DescribeSecurityGroupsOutput, error) {
	group := ec2types.SecurityGroup{}
	if c.world.open {
		group.IpPermissions = []ec2types.IpPermission{{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(22), ToPort: aws.Int32(22),
			IpRanges: []ec2types.IpRange{{CidrIp: aws.String("0.0.0.0/0")}}}}
	}
	return &ec2.DescribeSecurityGroupsOutput{SecurityGroups: []ec2types.SecurityGroup{group}}, c.world.fails("DescribeSecurityGroups")
}

func (w *world) DescribeDBInstances(context.Context, *rds.DescribeDBInstancesInput, ...func(*rds.Options)) (*rds.DescribeDBInstancesOutput, error) {
	if err := w.fails("DescribeDBInstances"); err != nil {
		return nil, err
	}
	return &rds.DescribeDBInstancesOutput{DBInstances: []rdstypes.DBInstance{{DbiResourceId: aws.String("db-ABCDEFGHIJKLMNOPQRSTUVWXYZ")}}}, nil
}

func (w *world) DescribeDBClusters(context.Context, *rds.DescribeDBClustersInput, ...func(*rds.Options)) (*rds.DescribeDBClustersOutput, error) {
	return &rds.DescribeDBClustersOutput{DBClusters: []rdstypes.DBCluster{{DbClusterResourceId: aws.String("cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ")}}}, nil
}

type identities struct {
	Identities
	world *world
}

func (i identities) GetUser(context.Context, *iam.GetUserInput, ...func(*iam.Options)) (*iam.GetUserOutput, error) {
	user := &iamtypes.User{UserId: aws.String("AIDAEXAMPLEEXAMPLE01")}
	for key, value := range i.world.tags {
		user.Tags = append(user.Tags, iamtypes.Tag{Key: aws.String(key), Value: aws.String(value)})
	}
	return &iam.GetUserOutput{User: user}, nil
}

func (i identities) ListAccessKeys(context.Context, *iam.ListAccessKeysInput, ...func(*iam.Options)) (*iam.ListAccessKeysOutput, error) {
	return &iam.ListAccessKeysOutput{}, nil
}

func (i identities) GetAccountPasswordPolicy(context.Context, *iam.GetAccountPasswordPolicyInput, ...func(*iam.Options)) (*iam.GetAccountPasswordPolicyOutput, error) {
	return nil, apiError("NoSuchEntity")
}

type automation struct {
	world  *world
	region string
}

func (a automation) StartAutomationExecution(_ context.Context, in *ssm.StartAutomationExecutionInput, _ ...func(*ssm.Options)) (*ssm.StartAutomationExecutionOutput, error) {
	w := a.world
	if err := w.fails("Start"); err != nil {
		return nil, err
	}
	id, started := w.byToken[aws.ToString(in.ClientToken)]
	if !started {
		w.starts = append(w.starts, in)
		w.regions = append(w.regions, a.region)
		id = fmt.Sprintf("00000000-0000-4000-8000-%012d", len(w.starts))
		w.byToken[aws.ToString(in.ClientToken)] = id
		w.status[id] = ssmtypes.AutomationExecutionStatusInprogress
	}
	if err := w.fails("StartAnswer"); err != nil { // it started, and the answer was lost
		return nil, err
	}
	return &ssm.StartAutomationExecutionOutput{AutomationExecutionId: aws.String(id)}, nil
}

func (a automation) GetAutomationExecution(_ context.Context, in *ssm.GetAutomationExecutionInput, _ ...func(*ssm.Options)) (*ssm.GetAutomationExecutionOutput, error) {
	id := aws.ToString(in.AutomationExecutionId)
	execution := &ssmtypes.AutomationExecution{AutomationExecutionId: aws.String(id), AutomationExecutionStatus: a.world.status[id]}
	if execution.AutomationExecutionStatus == ssmtypes.AutomationExecutionStatusFailed {
		execution.FailureMessage = aws.String("Step fails when it is Execute/Cancelling action")
	}
	return &ssm.GetAutomationExecutionOutput{AutomationExecution: execution}, a.world.fails("GetAutomationExecution")
}

func (w *world) SendMessage(_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	if err := w.fails("SendMessage"); err != nil {
		return nil, err
	}
	w.sent = append(w.sent, sent{aws.ToString(in.MessageBody), in.DelaySeconds})
	return &sqs.SendMessageOutput{}, nil
}

func (w *world) Publish(_ context.Context, in *sns.PublishInput, _ ...func(*sns.Options)) (*sns.PublishOutput, error) {
	if err := w.fails("Publish"); err != nil {
		return nil, err
	}
	var texts map[string]string
	if err := json.Unmarshal([]byte(aws.ToString(in.Message)), &texts); err != nil {
		return nil, err
	}
	n, err := notice.Parse([]byte(texts["sqs"]))
	if err != nil {
		return nil, err
	}
	w.told = append(w.told, n)
	return &sns.PublishOutput{}, nil
}

// GetFindings gives the finding that is asked for as it stands now: open, unless the world says otherwise.
func (w *world) GetFindings(_ context.Context, in *securityhub.GetFindingsInput, _ ...func(*securityhub.Options)) (*securityhub.GetFindingsOutput, error) {
	if err := w.fails("GetFindings"); err != nil {
		return nil, err
	}
	w.asked++
	if w.gone {
		return &securityhub.GetFindingsOutput{}, nil
	}
	return &securityhub.GetFindingsOutput{Findings: []hubtypes.AwsSecurityFinding{{
		Id: in.Filters.Id[0].Value, ProductArn: in.Filters.ProductArn[0].Value, RecordState: hubtypes.RecordStateActive,
		Workflow: &hubtypes.Workflow{Status: w.workflow}, Compliance: &hubtypes.Compliance{Status: hubtypes.ComplianceStatusFailed},
	}}}, nil
}

func (w *world) BatchUpdateFindings(_ context.Context, in *securityhub.BatchUpdateFindingsInput, _ ...func(*securityhub.Options)) (*securityhub.BatchUpdateFindingsOutput, error) {
	if err := w.fails("BatchUpdateFindings"); err != nil {
		return nil, err
	}
	left := w.unnoted
	w.unnoted = nil
	if len(left) == 0 {
		w.notes = append(w.notes, aws.ToString(in.Note.Text))
	}
	return &securityhub.BatchUpdateFindingsOutput{UnprocessedFindings: left}, nil
}

// eventOf is the event of a row, as internal/remediation has them.
func eventOf(t *testing.T, row string) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("..", "..", "internal", "remediation", "testdata", "events", row+".json"))
	require.NoError(t, err)
	return string(body)
}

// updated is the event after the product looked at the resource again.
func updated(event string, at time.Time) string {
	return strings.ReplaceAll(event, "2026-11-22T05:39:50.120Z", at.UTC().Format(time.RFC3339Nano))
}

// pressed is the event of somebody selecting the custom action on the finding.
func pressed(event string, at time.Time) string {
	event = strings.ReplaceAll(event, contract.DetailTypeFindingsImported, contract.DetailTypeCustomAction)
	return strings.ReplaceAll(event, "2026-11-22T05:40:00Z", at.UTC().Format(time.RFC3339))
}

func statusEvent(execution string, status ssmtypes.AutomationExecutionStatus) string {
	return fmt.Sprintf(`{"source":"aws.ssm","detail-type":%q,"region":%q,"time":"2026-11-22T05:46:00Z","detail":{"ExecutionId":%q,"Definition":"D","Status":%q}}`,
		contract.DetailTypeAutomationStatus, home, execution, status)
}

// give hands one message over for the first time and says whether it comes again.
func (w *world) give(t *testing.T, h *Handler, body string) bool {
	t.Helper()
	w.queued++
	return w.giveAs(t, h, "message-"+strconv.Itoa(w.queued), 1, body)
}

func (w *world) giveAs(t *testing.T, h *Handler, id string, receives int, body string) bool {
	t.Helper()
	response, err := h.Handle(t.Context(), events.SQSEvent{Records: []events.SQSMessage{{
		MessageId: id, Body: body, Attributes: map[string]string{"ApproximateReceiveCount": strconv.Itoa(receives)},
	}}})
	require.NoError(t, err)
	return len(response.BatchItemFailures) > 0
}

// end has the latest execution end, and tells it.
func (w *world) end(t *testing.T, h *Handler, status ssmtypes.AutomationExecutionStatus) {
	t.Helper()
	id := fmt.Sprintf("00000000-0000-4000-8000-%012d", len(w.starts))
	w.status[id] = status
	w.open = status != ssmtypes.AutomationExecutionStatusSuccess
	require.False(t, w.give(t, h, statusEvent(id, status)))
}

// outcomes counts a metric by outcome and reason, over all that was written.
func (w *world) outcomes(t *testing.T, metric string) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for line := range strings.Lines(w.out.String()) {
		var m map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &m))
		if _, is := m[metric]; is {
			key := strings.TrimPrefix(fmt.Sprintf("%v/%v", m[contract.DimensionOutcome], m[contract.DimensionReason]), "<nil>/")
			counts[strings.TrimSuffix(key, "/<nil>")]++
		}
	}
	return counts
}
