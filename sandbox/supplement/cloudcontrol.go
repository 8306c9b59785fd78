package supplement

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"assetguard/sandbox/api"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// lister gives the primary identifiers of all resources of a type in a region.
type lister func(ctx context.Context, cfg aws.Config) ([]string, error)

// listers are the types that the emulator lists, of services whose tags the tagging API of the sandbox writes. Any
// other type is refused as AWS refuses a type without a list handler.
var listers = map[string]lister{
	"AWS::EC2::EIP":             listAddresses,
	"AWS::EC2::InternetGateway": listGateways,
	"AWS::EC2::NetworkAcl":      listACLs,
	"AWS::EC2::RouteTable":      listRouteTables,
	"AWS::EC2::Subnet":          listSubnets,
	"AWS::EC2::VPC":             listVPCs,
	"AWS::DynamoDB::Table":      listTables,
	"AWS::EFS::FileSystem":      listFileSystems,
	"AWS::KMS::Key":             listKeys,
	"AWS::Lambda::Function":     listFunctions,
	"AWS::Logs::LogGroup":       listLogGroups,
	"AWS::RDS::DBCluster":       listClusters,
	"AWS::RDS::DBSubnetGroup":   listSubnetGroups,
	"AWS::SNS::Topic":           listTopics,
	"AWS::SQS::Queue":           listQueues,
	"AWS::SSM::Parameter":       listParameters,
}

// cloudControl is the list of AWS Cloud Control API, which moto lacks. It gives all resources at once.
// https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/API_ListResources.html
func cloudControl(o Options) api.Supplement {
	return api.Supplement{Service: "cloudcontrolapi", Handle: map[string]api.Handler{"ListResources": o.listResources}}
}

func (o Options) listResources(ctx context.Context, c *api.Call) (*api.Answer, error) {
	kind := text(c, "TypeName")
	list := listers[kind]
	if list == nil {
		return nil, &api.Error{Code: "UnsupportedActionException", Message: "Resource type " + kind + " does not support LIST action"}
	}
	ids, err := list(ctx, o.Emulator(c.Region))
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", kind, err)
	}
	descriptions := make([]map[string]string, len(ids))
	for i, id := range ids {
		descriptions[i] = map[string]string{"Identifier": id, "Properties": "{}"}
	}
	return api.JSON(http.StatusOK, map[string]any{"TypeName": kind, "ResourceDescriptions": descriptions}), nil
}

// idsOf collects one text of each item.
func idsOf[T any](items []T, id func(T) *string) []string {
	ids := make([]string, len(items))
	for i, item := range items {
		ids[i] = aws.ToString(id(item))
	}
	return ids
}

// pages is a paginator of the SDK.
type pages[O, F any] interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*F)) (*O, error)
}

// allOf collects one text of each item of all pages.
func allOf[O, F, T any](ctx context.Context, p pages[O, F], items func(*O) []T, id func(T) *string) (ids []string, err error) {
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		ids = append(ids, idsOf(items(page), id)...)
	}
	return ids, nil
}

func listAddresses(ctx context.Context, cfg aws.Config) ([]string, error) {
	out, err := ec2.NewFromConfig(cfg).DescribeAddresses(ctx, &ec2.DescribeAddressesInput{})
	if err != nil {
		return nil, err
	}
	return idsOf(out.Addresses, func(r ec2types.Address) *string {
		return aws.String(aws.ToString(r.PublicIp) + "|" + aws.ToString(r.AllocationId))
	}), nil
}

func listGateways(ctx context.Context, cfg aws.Config) ([]string, error) {
	return allOf(ctx, ec2.NewDescribeInternetGatewaysPaginator(ec2.NewFromConfig(cfg), &ec2.DescribeInternetGatewaysInput{}),
		func(o *ec2.DescribeInternetGatewaysOutput) []ec2types.InternetGateway { return o.InternetGateways }, func(r ec2types.InternetGateway) *string { return r.InternetGatewayId })
}

func listACLs(ctx context.Context, cfg aws.Config) ([]string, error) {
	return allOf(ctx, ec2.NewDescribeNetworkAclsPaginator(ec2.NewFromConfig(cfg), &ec2.DescribeNetworkAclsInput{}),
		func(o *ec2.DescribeNetworkAclsOutput) []ec2types.NetworkAcl { return o.NetworkAcls }, func(r ec2types.NetworkAcl) *string { return r.NetworkAclId })
}

func listRouteTables(ctx context.Context, cfg aws.Config) ([]string, error) {
	return allOf(ctx, ec2.NewDescribeRouteTablesPaginator(ec2.NewFromConfig(cfg), &ec2.DescribeRouteTablesInput{}),
		func(o *ec2.DescribeRouteTablesOutput) []ec2types.RouteTable { return o.RouteTables }, func(r ec2types.RouteTable) *string { return r.RouteTableId })
}

func listSubnets(ctx context.Context, cfg aws.Config) ([]string, error) {
	return allOf(ctx, ec2.NewDescribeSubnetsPaginator(ec2.NewFromConfig(cfg), &ec2.DescribeSubnetsInput{}),
		func(o *ec2.DescribeSubnetsOutput) []ec2types.Subnet { return o.Subnets }, func(r ec2types.Subnet) *string { return r.SubnetId })
}

func listVPCs(ctx context.Context, cfg aws.Config) ([]string, error) {
	return allOf(ctx, ec2.NewDescribeVpcsPaginator(ec2.NewFromConfig(cfg), &ec2.DescribeVpcsInput{}),
		func(o *ec2.DescribeVpcsOutput) []ec2types.Vpc { return o.Vpcs }, func(r ec2types.Vpc) *string { return r.VpcId })
}

func listKeys(ctx context.Context, cfg aws.Config) ([]string, error) {
	return allOf(ctx, kms.NewListKeysPaginator(kms.NewFromConfig(cfg), &kms.ListKeysInput{}),
		func(o *kms.ListKeysOutput) []kmstypes.KeyListEntry { return o.Keys }, func(r kmstypes.KeyListEntry) *string { return r.KeyId })
}

func listFunctions(ctx context.Context, cfg aws.Config) ([]string, error) {
	return allOf(ctx, lambda.NewListFunctionsPaginator(lambda.NewFromConfig(cfg), &lambda.ListFunctionsInput{}),
		func(o *lambda.ListFunctionsOutput) []lambdatypes.FunctionConfiguration { return o.Functions }, func(r lambdatypes.FunctionConfiguration) *string { return r.FunctionName })
}

func listLogGroups(ctx context.Context, cfg aws.Config) ([]string, error) {
	return allOf(ctx, cloudwatchlogs.NewDescribeLogGroupsPaginator(cloudwatchlogs.NewFromConfig(cfg), &cloudwatchlogs.DescribeLogGroupsInput{}),
		func(o *cloudwatchlogs.DescribeLogGroupsOutput) []logstypes.LogGroup { return o.LogGroups }, func(r logstypes.LogGroup) *string { return r.LogGroupName })
}

func listClusters(ctx context.Context, cfg aws.Config) ([]string, error) {
	return allOf(ctx, rds.NewDescribeDBClustersPaginator(rds.NewFromConfig(cfg), &rds.DescribeDBClustersInput{}),
		func(o *rds.DescribeDBClustersOutput) []rdstypes.DBCluster { return o.DBClusters }, func(r rdstypes.DBCluster) *string { return r.DBClusterIdentifier })
}

func listSubnetGroups(ctx context.Context, cfg aws.Config) ([]string, error) {
	return allOf(ctx, rds.NewDescribeDBSubnetGroupsPaginator(rds.NewFromConfig(cfg), &rds.DescribeDBSubnetGroupsInput{}),
		func(o *rds.DescribeDBSubnetGroupsOutput) []rdstypes.DBSubnetGroup { return o.DBSubnetGroups }, func(r rdstypes.DBSubnetGroup) *string { return r.DBSubnetGroupName })
}

func listTopics(ctx context.Context, cfg aws.Config) ([]string, error) {
	return allOf(ctx, sns.NewListTopicsPaginator(sns.NewFromConfig(cfg), &sns.ListTopicsInput{}),
		func(o *sns.ListTopicsOutput) []snstypes.Topic { return o.Topics }, func(r snstypes.Topic) *string { return r.TopicArn })
}

func listParameters(ctx context.Context, cfg aws.Config) ([]string, error) {
	return allOf(ctx, ssm.NewDescribeParametersPaginator(ssm.NewFromConfig(cfg), &ssm.DescribeParametersInput{}),
		func(o *ssm.DescribeParametersOutput) []ssmtypes.ParameterMetadata { return o.Parameters }, func(r ssmtypes.ParameterMetadata) *string { return r.Name })
}

func listQueues(ctx context.Context, cfg aws.Config) ([]string, error) {
	out, err := sqs.NewFromConfig(cfg).ListQueues(ctx, &sqs.ListQueuesInput{})
	if err != nil {
		return nil, err
	}
	return out.QueueUrls, nil
}

// listTables and listFileSystems make raw calls: the services have no client in this module.
func listTables(ctx context.Context, cfg aws.Config) ([]string, error) {
	var out struct{ TableNames []string }
	err := rawCall(ctx, cfg, "dynamodb", http.MethodPost, "/", "DynamoDB_20120810.ListTables", &out)
	return out.TableNames, err
}

func listFileSystems(ctx context.Context, cfg aws.Config) ([]string, error) {
	type fileSystem struct{ FileSystemId *string }
	var out struct{ FileSystems []fileSystem }
	err := rawCall(ctx, cfg, "elasticfilesystem", http.MethodGet, "/2015-02-01/file-systems", "", &out)
	return idsOf(out.FileSystems, func(f fileSystem) *string { return f.FileSystemId }), err
}

// rawCall makes a signed call without parameters and reads its JSON answer.
func rawCall(ctx context.Context, cfg aws.Config, service, method, path, target string, out any) error {
	body := ""
	if method == http.MethodPost {
		body = "{}"
	}
	request, err := http.NewRequestWithContext(ctx, method, aws.ToString(cfg.BaseEndpoint)+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	if target != "" {
		request.Header.Set("X-Amz-Target", target)
		request.Header.Set("Content-Type", "application/x-amz-json-1.0")
	}
	key, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(ctx, key, request, hex.EncodeToString(sum[:]), service, cfg.Region, time.Now()); err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
		return fmt.Errorf("%s %s: %s: %s", service, path, answer.Status, said)
	}
	return json.NewDecoder(answer.Body).Decode(out)
}
