package supplement

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"assetguard/sandbox/api"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroups"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/aws/smithy-go"
)

// resourceGroups is AWS Resource Groups: moto keeps groups and their queries but never asks them.
func resourceGroups(o Options) api.Supplement {
	return api.Supplement{Service: "resource-groups", Handle: map[string]api.Handler{"ListGroupResources": o.listGroupResources}}
}

// listGroupResources answers with the resources whose tags match the group's query. The types that the query names are
// not looked at: every group of the platform takes all.
func (o Options) listGroupResources(ctx context.Context, c *api.Call) (*api.Answer, error) {
	name := cmp.Or(text(c, "Group"), text(c, "GroupName"))
	groups := resourcegroups.NewFromConfig(o.Emulator(c.Region))
	read, err := groups.GetGroupQuery(ctx, &resourcegroups.GetGroupQueryInput{Group: aws.String(lastPart(name))})
	if err != nil {
		return nil, groupFault(err)
	}
	var query struct{ TagFilters []types.TagFilter }
	if err := json.Unmarshal([]byte(aws.ToString(read.GroupQuery.ResourceQuery.Query)), &query); err != nil {
		return nil, &api.Error{Code: "BadRequestException", Message: "the query of " + name + " is no JSON: " + err.Error()}
	}
	found := []any{}
	pages := resourcegroupstaggingapi.NewGetResourcesPaginator(resourcegroupstaggingapi.NewFromConfig(o.Emulator(c.Region)),
		&resourcegroupstaggingapi.GetResourcesInput{TagFilters: query.TagFilters})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range page.ResourceTagMappingList {
			found = append(found, map[string]string{"ResourceArn": aws.ToString(r.ResourceARN), "ResourceType": typeOf(aws.ToString(r.ResourceARN))})
		}
	}
	resources := make([]any, len(found))
	for i, identifier := range found {
		resources[i] = map[string]any{"Identifier": identifier}
	}
	return api.JSON(http.StatusOK, map[string]any{"Resources": resources, "ResourceIdentifiers": found, "QueryErrors": []any{}}), nil
}

// groupFault is moto's refusal as the gateway answers it.
func groupFault(err error) error {
	var fault smithy.APIError
	if errors.As(err, &fault) {
		return &api.Error{Code: fault.ErrorCode(), Message: fault.ErrorMessage(), Status: http.StatusNotFound}
	}
	return err
}

// typeOf is the CloudFormation type of an ARN, as Resource Groups names types, where it is known here.
func typeOf(resource string) string {
	a, err := arn.Parse(resource)
	if err != nil {
		return ""
	}
	kind, _, _ := strings.Cut(strings.ReplaceAll(a.Resource, ":", "/"), "/")
	return map[string]string{
		"ec2/instance": "AWS::EC2::Instance", "ec2/volume": "AWS::EC2::Volume", "ec2/security-group": "AWS::EC2::SecurityGroup",
		"ec2/network-interface": "AWS::EC2::NetworkInterface", "rds/db": "AWS::RDS::DBInstance", "lambda/function": "AWS::Lambda::Function",
	}[a.Service+"/"+kind]
}
