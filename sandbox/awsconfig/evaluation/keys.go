package evaluation

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	secrettypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

// keys are the customer's keys of the region.
func (s *State) keys(ctx context.Context) ([]types.KeyMetadata, error) {
	return once(s, "keys", func() ([]types.KeyMetadata, error) {
		client, all := kms.NewFromConfig(s.emulator), []types.KeyMetadata{}
		pages := kms.NewListKeysPaginator(client, &kms.ListKeysInput{})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			for _, key := range page.Keys {
				described, err := client.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: key.KeyId})
				if err != nil {
					return nil, err
				}
				if described.KeyMetadata.KeyManager == types.KeyManagerTypeCustomer {
					all = append(all, *described.KeyMetadata)
				}
			}
		}
		return all, nil
	})
}

// eachKey evaluates keys; one is left out when the function says so.
func (s *State) eachKey(ctx context.Context, evaluate func(*kms.Client, types.KeyMetadata) (why string, takes bool, err error)) ([]Outcome, error) {
	all, err := s.keys(ctx)
	if err != nil {
		return nil, err
	}
	client, outcomes := kms.NewFromConfig(s.emulator), []Outcome{}
	for _, key := range all {
		why, takes, err := evaluate(client, key)
		if err != nil {
			return nil, err
		}
		if takes {
			outcomes = append(outcomes, Outcome{Type: "AWS::KMS::Key", ID: aws.ToString(key.Arn), Compliant: why == "", Annotation: why})
		}
	}
	return outcomes, nil
}

// rotatedKeys looks at symmetric keys, which alone can rotate, that are not about to be deleted.
func (s *State) rotatedKeys(ctx context.Context, _ Rule) ([]Outcome, error) {
	return s.eachKey(ctx, func(client *kms.Client, key types.KeyMetadata) (string, bool, error) {
		if key.KeySpec != types.KeySpecSymmetricDefault || key.KeyState == types.KeyStatePendingDeletion {
			return "", false, nil
		}
		status, err := client.GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: key.KeyId})
		if err == nil && !status.KeyRotationEnabled {
			return "The key does not rotate.", true, nil
		}
		return "", true, err
	})
}

func (s *State) livingKeys(ctx context.Context, _ Rule) ([]Outcome, error) {
	return s.eachKey(ctx, func(_ *kms.Client, key types.KeyMetadata) (string, bool, error) {
		if key.KeyState == types.KeyStatePendingDeletion {
			return "The key will be deleted.", true, nil
		}
		return "", true, nil
	})
}

func (s *State) privateKeys(ctx context.Context, _ Rule) ([]Outcome, error) {
	return s.eachKey(ctx, func(client *kms.Client, key types.KeyMetadata) (string, bool, error) {
		out, err := client.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: key.KeyId, PolicyName: aws.String("default")})
		if err != nil {
			return "", false, err
		}
		statements, err := statementsOf(aws.ToString(out.Policy))
		if slices.ContainsFunc(statements, statement.allowsAnyone) {
			return "The key's policy allows everybody.", true, nil
		}
		return "", true, err
	})
}

// allowsAnyone says whether a statement allows everybody something without a condition.
func (st statement) allowsAnyone() bool {
	return st.Effect == "Allow" && st.Condition == nil && st.anyone()
}

func (s *State) eachSecret(ctx context.Context, evaluate func(secrettypes.SecretListEntry) (why string)) ([]Outcome, error) {
	outcomes := []Outcome{}
	pages := secretsmanager.NewListSecretsPaginator(secretsmanager.NewFromConfig(s.emulator), &secretsmanager.ListSecretsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, secret := range page.SecretList {
			why := evaluate(secret)
			outcomes = append(outcomes, Outcome{Type: "AWS::SecretsManager::Secret", ID: aws.ToString(secret.ARN), Compliant: why == "", Annotation: why})
		}
	}
	return outcomes, nil
}

func (s *State) rotatedSecrets(ctx context.Context, _ Rule) ([]Outcome, error) {
	return s.eachSecret(ctx, func(secret secrettypes.SecretListEntry) string {
		if !aws.ToBool(secret.RotationEnabled) {
			return "The secret does not rotate."
		}
		return ""
	})
}

func (s *State) secretsWithKeys(ctx context.Context, _ Rule) ([]Outcome, error) {
	return s.eachSecret(ctx, func(secret secrettypes.SecretListEntry) string {
		if key := aws.ToString(secret.KmsKeyId); key == "" || key == "alias/aws/secretsmanager" {
			return "The secret is encrypted with AWS's key."
		}
		return ""
	})
}

func (s *State) privateFunctions(ctx context.Context, _ Rule) ([]Outcome, error) {
	client, outcomes := lambda.NewFromConfig(s.emulator), []Outcome{}
	pages := lambda.NewListFunctionsPaginator(client, &lambda.ListFunctionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, f := range page.Functions {
			policy, err := client.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: f.FunctionName})
			o := Outcome{Type: "AWS::Lambda::Function", ID: aws.ToString(f.FunctionArn), Compliant: true}
			switch {
			case is(err, "ResourceNotFoundException"): // it has none
			case err != nil:
				return nil, err
			default:
				statements, err := statementsOf(aws.ToString(policy.Policy))
				if err != nil {
					return nil, err
				}
				if slices.ContainsFunc(statements, statement.allowsAnyone) {
					o.Compliant, o.Annotation = false, "The function's policy allows everybody."
				}
			}
			outcomes = append(outcomes, o)
		}
	}
	return outcomes, nil
}
