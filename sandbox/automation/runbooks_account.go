package automation

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

var accountRunbooks = map[string]document{
	"AWSConfigRemediation-EnableCloudTrailLogFileValidation": configured([]string{"TrailName"}, nil,
		call("UpdateTrail", validateLogs), check("VerifyTrail", logsValidated)),
	"AWSConfigRemediation-SetIAMPasswordPolicy": configured(nil, map[string]string{
		"AllowUsersToChangePassword": "false", "HardExpiry": "false", "MaxPasswordAge": "0", "MinimumPasswordLength": "6", "PasswordReusePrevention": "0",
		"RequireLowercaseCharacters": "false", "RequireNumbers": "false", "RequireSymbols": "false", "RequireUppercaseCharacters": "false",
	}, call("UpdateAccountPasswordPolicy", setPasswordPolicy), check("VerifyPasswordPolicy", passwordPolicy)),
	"AWSConfigRemediation-RevokeUnusedIAMUserCredentials": configured([]string{"IAMResourceId"}, map[string]string{"MaxCredentialUsageAge": "90"}, call("RevokeUnusedCredentials", revokeUnused)),
	"AWSConfigRemediation-CreateGuardDutyDetector":        configured(nil, nil, step{name: "CreateDetector", action: callsAPI, do: createDetector}),
}

// trailARN is the trail's, by whichever name it was given.
func (w *work) trailARN() string {
	name := w.value("TrailName")
	if len(name) > 4 && name[:4] == "arn:" {
		return name
	}
	return w.arn("cloudtrail", "trail/"+name)
}

func validateLogs(ctx context.Context, w *work) error {
	if err := w.may(w.trailARN(), "cloudtrail:UpdateTrail"); err != nil {
		return err
	}
	_, err := cloudtrail.NewFromConfig(w.config).UpdateTrail(ctx, &cloudtrail.UpdateTrailInput{Name: aws.String(w.value("TrailName")), EnableLogFileValidation: aws.Bool(true)})
	return err
}

func logsValidated(ctx context.Context, w *work) (any, bool, error) {
	if err := w.may(w.trailARN(), "cloudtrail:GetTrail"); err != nil {
		return nil, false, err
	}
	got, err := cloudtrail.NewFromConfig(w.config).GetTrail(ctx, &cloudtrail.GetTrailInput{Name: aws.String(w.value("TrailName"))})
	if err != nil {
		return nil, false, err
	}
	on := aws.ToBool(got.Trail.LogFileValidationEnabled)
	return map[string]bool{"LogFileValidationEnabled": on}, on, nil
}

func (w *work) number(name string) *int32 {
	n, err := strconv.ParseInt(w.value(name), 10, 32)
	if err != nil || n == 0 {
		return nil
	}
	return aws.Int32(int32(n))
}

func setPasswordPolicy(ctx context.Context, w *work) error {
	if err := w.may("*", "iam:UpdateAccountPasswordPolicy"); err != nil {
		return err
	}
	_, err := w.iam().UpdateAccountPasswordPolicy(ctx, &iam.UpdateAccountPasswordPolicyInput{
		AllowUsersToChangePassword: aws.ToBool(w.yes("AllowUsersToChangePassword")), HardExpiry: w.yes("HardExpiry"), MaxPasswordAge: w.number("MaxPasswordAge"),
		MinimumPasswordLength: w.number("MinimumPasswordLength"), PasswordReusePrevention: w.number("PasswordReusePrevention"),
		RequireLowercaseCharacters: aws.ToBool(w.yes("RequireLowercaseCharacters")), RequireNumbers: aws.ToBool(w.yes("RequireNumbers")),
		RequireSymbols: aws.ToBool(w.yes("RequireSymbols")), RequireUppercaseCharacters: aws.ToBool(w.yes("RequireUppercaseCharacters")),
	})
	return err
}

func (w *work) iam() *iam.Client { return iam.NewFromConfig(w.config) }

func passwordPolicy(ctx context.Context, w *work) (any, bool, error) {
	if err := w.may("*", "iam:GetAccountPasswordPolicy"); err != nil {
		return nil, false, err
	}
	got, err := w.iam().GetAccountPasswordPolicy(ctx, &iam.GetAccountPasswordPolicyInput{})
	if err != nil {
		return nil, false, err
	}
	return got.PasswordPolicy, aws.ToInt32(got.PasswordPolicy.MinimumPasswordLength) == aws.ToInt32(w.number("MinimumPasswordLength")), nil
}

// revokeUnused deactivates access keys, and removes a password, that were not used for so many days.
func revokeUnused(ctx context.Context, w *work) error {
	if err := w.may("*", "config:ListDiscoveredResources"); err != nil {
		return err
	}
	days := w.number("MaxCredentialUsageAge")
	if days == nil {
		return errors.New("MaxCredentialUsageAge is no number of days")
	}
	before := time.Now().AddDate(0, 0, -int(*days))
	user, err := w.userByID(ctx, w.value("IAMResourceId"))
	if err != nil {
		return err
	}
	if err := w.may(aws.ToString(user.Arn), "iam:GetUser", "iam:ListAccessKeys", "iam:GetAccessKeyLastUsed", "iam:GetLoginProfile"); err != nil {
		return err
	}
	if err := w.revokeKeys(ctx, user, before); err != nil {
		return err
	}
	return w.revokePassword(ctx, user, before)
}

// userByID finds a user as the runbook's script does in AWS Config's inventory.
func (w *work) userByID(ctx context.Context, id string) (types.User, error) {
	pages := iam.NewListUsersPaginator(w.iam(), &iam.ListUsersInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return types.User{}, err
		}
		for _, user := range page.Users {
			if aws.ToString(user.UserId) == id {
				return user, nil
			}
		}
	}
	return types.User{}, fmt.Errorf("there is no user with the id %s", id)
}

func (w *work) revokeKeys(ctx context.Context, user types.User, before time.Time) error {
	keys, err := w.iam().ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: user.UserName})
	if err != nil {
		return err
	}
	for _, key := range keys.AccessKeyMetadata {
		used, err := w.iam().GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: key.AccessKeyId})
		if err != nil {
			return err
		}
		last := aws.ToTime(key.CreateDate)
		if used.AccessKeyLastUsed != nil && used.AccessKeyLastUsed.LastUsedDate != nil {
			last = *used.AccessKeyLastUsed.LastUsedDate
		}
		if key.Status != types.StatusTypeActive || last.After(before) {
			continue
		}
		if err := w.may(aws.ToString(user.Arn), "iam:UpdateAccessKey"); err != nil {
			return err
		}
		if _, err := w.iam().UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{UserName: user.UserName, AccessKeyId: key.AccessKeyId, Status: types.StatusTypeInactive}); err != nil {
			return err
		}
	}
	return nil
}

func (w *work) revokePassword(ctx context.Context, user types.User, before time.Time) error {
	profile, err := w.iam().GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: user.UserName})
	var none *types.NoSuchEntityException
	if errors.As(err, &none) {
		return nil
	}
	if err != nil {
		return err
	}
	last := aws.ToTime(profile.LoginProfile.CreateDate)
	if user.PasswordLastUsed != nil {
		last = *user.PasswordLastUsed
	}
	if last.After(before) {
		return nil
	}
	if err := w.may(aws.ToString(user.Arn), "iam:DeleteLoginProfile"); err != nil {
		return err
	}
	_, err = w.iam().DeleteLoginProfile(ctx, &iam.DeleteLoginProfileInput{UserName: user.UserName})
	return err
}

func createDetector(ctx context.Context, w *work) (map[string][]string, error) {
	if err := w.may("*", "guardduty:CreateDetector"); err != nil {
		return nil, err
	}
	if err := w.may("arn:aws:iam::"+w.account+":role/aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty", "iam:CreateServiceLinkedRole"); err != nil {
		return nil, err
	}
	made, err := guardduty.NewFromConfig(w.config).CreateDetector(ctx, &guardduty.CreateDetectorInput{Enable: aws.Bool(true)})
	if err != nil {
		return nil, err
	}
	if err := w.may(w.arn("guardduty", "detector/"+aws.ToString(made.DetectorId)), "guardduty:GetDetector"); err != nil {
		return nil, err
	}
	return map[string][]string{"DetectorId": {aws.ToString(made.DetectorId)}}, nil
}
