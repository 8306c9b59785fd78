package evaluation

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

const bucketType = "AWS::S3::Bucket"

// names are the buckets of the region.
func (s *State) names(ctx context.Context) ([]string, error) {
	return once(s, "buckets", func() ([]string, error) {
		listed, err := s.buckets.ListBuckets(ctx, &s3.ListBucketsInput{})
		if err != nil {
			return nil, err
		}
		names := []string{}
		for _, bucket := range listed.Buckets {
			at, err := s.buckets.GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: bucket.Name})
			if is(err, "NoSuchBucket") { // deleted meanwhile
				continue
			}
			if err != nil {
				return nil, err
			}
			region := string(at.LocationConstraint)
			if region == "" {
				region = "us-east-1"
			}
			if region == s.region {
				names = append(names, aws.ToString(bucket.Name))
			}
		}
		return names, nil
	})
}

// is says whether an error has one of the codes.
func is(err error, codes ...string) bool {
	var fault smithy.APIError
	return errors.As(err, &fault) && slices.Contains(codes, fault.ErrorCode())
}

// eachBucket evaluates the buckets of the region; one that is deleted meanwhile is left out.
func (s *State) eachBucket(ctx context.Context, evaluate func(name string) (why string, err error)) ([]Outcome, error) {
	names, err := s.names(ctx)
	if err != nil {
		return nil, err
	}
	var outcomes []Outcome
	for _, name := range names {
		why, err := evaluate(name)
		if is(err, "NoSuchBucket") {
			continue
		}
		if err != nil {
			return nil, err
		}
		outcomes = append(outcomes, Outcome{Type: bucketType, ID: name, Compliant: why == "", Annotation: why})
	}
	return outcomes, nil
}

// block is a bucket's public access block; nothing is blocked without one.
func (s *State) block(ctx context.Context, name string) (types.PublicAccessBlockConfiguration, error) {
	return once(s, "block "+name, func() (types.PublicAccessBlockConfiguration, error) {
		out, err := s.buckets.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: &name})
		if is(err, "NoSuchPublicAccessBlockConfiguration") {
			return types.PublicAccessBlockConfiguration{}, nil
		}
		if err != nil {
			return types.PublicAccessBlockConfiguration{}, err
		}
		return *out.PublicAccessBlockConfiguration, nil
	})
}

func (s *State) publicAccessBlocked(ctx context.Context, _ Rule) ([]Outcome, error) {
	return s.eachBucket(ctx, func(name string) (string, error) {
		b, err := s.block(ctx, name)
		blocked := aws.ToBool(b.BlockPublicAcls) && aws.ToBool(b.BlockPublicPolicy) && aws.ToBool(b.IgnorePublicAcls) && aws.ToBool(b.RestrictPublicBuckets)
		if err == nil && !blocked {
			return "The bucket's public access block does not block all public access.", nil
		}
		return "", err
	})
}

// statement is a statement of a bucket's policy.
type statement struct {
	Effect                                 string
	Principal, Action, Resource, Condition any
}

// policy are the statements of a bucket's policy.
func (s *State) policy(ctx context.Context, name string) ([]statement, error) {
	return once(s, "policy "+name, func() ([]statement, error) {
		out, err := s.policies.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &name})
		if is(err, "NoSuchBucketPolicy") {
			return []statement{}, nil
		}
		if err != nil {
			return nil, err
		}
		return statementsOf(aws.ToString(out.Policy))
	})
}

// statementsOf are the statements of a policy, which may hold one or several.
func statementsOf(policy string) ([]statement, error) {
	var several struct{ Statement []statement }
	if json.Unmarshal([]byte(policy), &several) == nil {
		return several.Statement, nil
	}
	var one struct{ Statement statement }
	err := json.Unmarshal([]byte(policy), &one)
	return []statement{one.Statement}, err
}

// anyone says whether a statement is about everybody.
func (s statement) anyone() bool {
	if object, ok := s.Principal.(map[string]any); ok {
		return slices.Contains(texts(object["AWS"]), "*")
	}
	return s.Principal == "*"
}

// texts is a text or a list of texts as a list.
func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, item := range v {
			if text, ok := item.(string); ok {
				all = append(all, text)
			}
		}
		return all
	default:
		return nil
	}
}

func (s *State) encryptedRequests(ctx context.Context, _ Rule) ([]Outcome, error) {
	return s.eachBucket(ctx, func(name string) (string, error) {
		statements, err := s.policy(ctx, name)
		if err != nil || slices.ContainsFunc(statements, statement.refusesPlain) {
			return "", err
		}
		return "The bucket's policy does not refuse requests without TLS.", nil
	})
}

// refusesPlain says whether a statement refuses all requests without TLS of everybody.
func (s statement) refusesPlain() bool {
	condition, _ := s.Condition.(map[string]any)
	truth, _ := condition["Bool"].(map[string]any)
	refused := slices.Contains(texts(truth["aws:SecureTransport"]), "false") || truth["aws:SecureTransport"] == false
	all := slices.ContainsFunc(texts(s.Action), func(action string) bool { return action == "*" || action == "s3:*" })
	return s.Effect == "Deny" && s.anyone() && refused && all
}

func (s *State) publicRead(ctx context.Context, _ Rule) ([]Outcome, error) {
	return s.eachBucket(ctx, func(name string) (string, error) {
		b, err := s.block(ctx, name)
		if err != nil {
			return "", err
		}
		if !aws.ToBool(b.RestrictPublicBuckets) {
			statements, err := s.policy(ctx, name)
			if err != nil {
				return "", err
			}
			if slices.ContainsFunc(statements, statement.publishes) {
				return "The bucket's policy allows everybody to read.", nil
			}
		}
		if aws.ToBool(b.IgnorePublicAcls) {
			return "", nil
		}
		acl, err := s.buckets.GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: &name})
		if err != nil {
			return "", err
		}
		if slices.ContainsFunc(acl.Grants, publicGrant) {
			return "The bucket's access control list allows everybody to read.", nil
		}
		return "", nil
	})
}

// publishes says whether a statement lets everybody read without a condition.
func (s statement) publishes() bool {
	return s.Effect == "Allow" && s.Condition == nil && s.anyone() && slices.ContainsFunc(texts(s.Action), func(action string) bool {
		return action == "*" || action == "s3:*" || strings.HasPrefix(action, "s3:Get") || strings.HasPrefix(action, "s3:List")
	})
}

func publicGrant(g types.Grant) bool {
	return g.Grantee != nil && strings.HasPrefix(aws.ToString(g.Grantee.URI), "http://acs.amazonaws.com/groups/global/") &&
		(g.Permission == types.PermissionRead || g.Permission == types.PermissionFullControl)
}

func (s *State) versioned(ctx context.Context, _ Rule) ([]Outcome, error) {
	return s.eachBucket(ctx, func(name string) (string, error) {
		out, err := s.policies.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &name})
		if err == nil && out.Status != types.BucketVersioningStatusEnabled {
			return "The bucket's versioning is not enabled.", nil
		}
		return "", err
	})
}

// bucketTags are the tags of a bucket.
func (s *State) bucketTags(ctx context.Context, name string) (map[string]string, error) {
	out, err := s.buckets.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: &name})
	tags := map[string]string{}
	if is(err, "NoSuchTagSet") {
		return tags, nil
	}
	if err != nil {
		return nil, err
	}
	for _, t := range out.TagSet {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return tags, nil
}
