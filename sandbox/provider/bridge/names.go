package bridge

import (
	"context"
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"assetguard/sandbox/provider/mapping"
)

// usualName is how pulumi-aws names a resource that is given no name: the resource's name in the program, a hyphen and
// seven hexadecimal digits.
var usualName = tfbridge.AutoNameOptions{Separator: "-", Maxlen: 255, Randlen: 7}

// nameRules are the generated names that differ from the usual, by "Terraform type|attribute", for the service's
// limits on length and letters. An attribute that is optional in Terraform is generated only if it is listed here or
// called "name".
var nameRules = map[string]tfbridge.AutoNameOptions{
	"aws_cloudwatch_event_rule|name":            atMost(64),
	"aws_iam_role|name":                         atMost(64),
	"aws_kinesis_firehose_delivery_stream|name": atMost(64),
	"aws_lambda_function|function_name":         atMost(64),
	"aws_sqs_queue|name":                        atMost(80),
	"aws_lb|name":                               atMost(32),
	"aws_alb|name":                              atMost(32),
	"aws_lb_target_group|name":                  atMost(32),
	"aws_alb_target_group|name":                 atMost(32),
	"aws_s3_bucket|bucket":                      lowerCase(63),
	"aws_ecr_repository|name":                   lowerCase(255),
	"aws_db_instance|identifier":                lowerCase(255),
	"aws_db_parameter_group|name":               lowerCase(255),
	"aws_db_subnet_group|name":                  lowerCase(255),
	"aws_rds_cluster|cluster_identifier":        lowerCase(255),
	"aws_rds_cluster_instance|identifier":       lowerCase(255),
	// The key of an object is its path for readers: pulumi-aws adds nothing to it.
	"aws_s3_object|key":        {Maxlen: 1024},
	"aws_s3_bucket_object|key": {Maxlen: 1024},
}

func atMost(length int) tfbridge.AutoNameOptions {
	rule := usualName
	rule.Maxlen = length
	return rule
}

func lowerCase(length int) tfbridge.AutoNameOptions {
	rule := atMost(length)
	rule.Transform = strings.ToLower
	return rule
}

// generateNames adds the rule of a generated name to each attribute of a resource type that has one.
func generateNames(tf string, e *mapping.Entry, schema shim.SchemaMap, infos map[string]*tfbridge.SchemaInfo) {
	schema.Range(func(attribute string, s shim.Schema) bool {
		rule, listed := nameRules[tf+"|"+attribute]
		f := e.Fields[attribute]
		required := f != nil && f.Generated
		named := attribute == "name" && s.Type() == shim.TypeString && (s.Optional() || s.Required())
		if !listed && !required && !named {
			return true
		}
		if !listed {
			rule = usualName
		}
		name := tfbridge.TerraformToPulumiNameV2(attribute, schema, infos)
		info := tfbridge.AutoNameWithCustomOptions(name, rule)
		info.Default.ComputeDefault = unlessPrefixed(name, info.Default.ComputeDefault)
		infos[attribute] = info
		return true
	})
}

type computeDefault = func(context.Context, tfbridge.ComputeDefaultOptions) (any, error)

// unlessPrefixed generates no name when the program gives a prefix, from which AWS or Terraform makes one.
func unlessPrefixed(name string, generate computeDefault) computeDefault {
	return func(ctx context.Context, o tfbridge.ComputeDefaultOptions) (any, error) {
		if prefix, ok := o.Properties[resource.PropertyKey(name+"Prefix")]; ok && !prefix.IsNull() {
			return nil, nil
		}
		return generate(ctx, o)
	}
}
