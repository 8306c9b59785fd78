package automation

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	controltypes "github.com/aws/aws-sdk-go-v2/service/s3control/types"
	"github.com/aws/smithy-go"
)

var blockAll = map[string]string{"BlockPublicAcls": "true", "BlockPublicPolicy": "true", "IgnorePublicAcls": "true", "RestrictPublicBuckets": "true"}

var storageRunbooks = map[string]document{
	"AWSConfigRemediation-ConfigureS3BucketPublicAccessBlock": configured([]string{"BucketName"}, blockAll,
		call("PutBucketPublicAccessBlock", blockBucket), check("GetBucketPublicAccessBlock", bucketBlock)),
	"AWSConfigRemediation-ConfigureS3PublicAccessBlock": configured([]string{"AccountId"}, blockAll,
		call("PutPublicAccessBlock", blockAccount), check("GetPublicAccessBlock", accountBlock)),
	"AWSConfigRemediation-RestrictBucketSSLRequestsOnly": configured([]string{"BucketName"}, nil, call("PutBucketPolicy", requireTLS)),
	"AWS-ConfigureS3BucketVersioning":                    plain([]string{"BucketName"}, map[string]string{"VersioningState": "Enabled"}, call("PutBucketVersioning", versionBucket)),
	"AWS-EnableS3BucketEncryption":                       plain([]string{"BucketName"}, map[string]string{"SSEAlgorithm": "AES256"}, call("PutBucketEncryption", encryptBucket)),
	"AWSConfigRemediation-EnableKeyRotation": configured([]string{"KeyId"}, nil,
		call("EnableKeyRotation", rotateKey), check("VerifyKeyRotation", keyRotates)),
}

func (w *work) s3() *s3.Client {
	return s3.NewFromConfig(w.config, func(o *s3.Options) { o.UsePathStyle = true })
}

// s3control is a client that finds the gateway by its address: the SDK puts the account before the host's name, which no
// resolver knows.
func (w *work) s3control() *s3control.Client {
	return s3control.NewFromConfig(w.config, func(o *s3control.Options) {
		endpoint, err := url.Parse(aws.ToString(w.config.BaseEndpoint))
		if err != nil {
			return // the client's own fault tells more
		}
		dialer := &net.Dialer{}
		o.HTTPClient = &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, endpoint.Host)
		}}}
	})
}

func (w *work) bucket() string { return "arn:aws:s3:::" + w.value("BucketName") }

func blockBucket(ctx context.Context, w *work) error {
	if err := w.may(w.bucket(), "s3:PutBucketPublicAccessBlock"); err != nil {
		return err
	}
	_, err := w.s3().PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{Bucket: aws.String(w.value("BucketName")), PublicAccessBlockConfiguration: &s3types.PublicAccessBlockConfiguration{
		BlockPublicAcls: w.yes("BlockPublicAcls"), BlockPublicPolicy: w.yes("BlockPublicPolicy"), IgnorePublicAcls: w.yes("IgnorePublicAcls"), RestrictPublicBuckets: w.yes("RestrictPublicBuckets"),
	}})
	return err
}

func bucketBlock(ctx context.Context, w *work) (any, bool, error) {
	if err := w.may(w.bucket(), "s3:GetBucketPublicAccessBlock"); err != nil {
		return nil, false, err
	}
	got, err := w.s3().GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: aws.String(w.value("BucketName"))})
	if err != nil {
		return nil, false, err
	}
	return got.PublicAccessBlockConfiguration, aws.ToBool(got.PublicAccessBlockConfiguration.BlockPublicAcls) == *w.yes("BlockPublicAcls"), nil
}

func blockAccount(ctx context.Context, w *work) error {
	if err := w.may("*", "s3:PutAccountPublicAccessBlock"); err != nil {
		return err
	}
	_, err := w.s3control().PutPublicAccessBlock(ctx, &s3control.PutPublicAccessBlockInput{AccountId: aws.String(w.value("AccountId")), PublicAccessBlockConfiguration: &controltypes.PublicAccessBlockConfiguration{
		BlockPublicAcls: w.yes("BlockPublicAcls"), BlockPublicPolicy: w.yes("BlockPublicPolicy"), IgnorePublicAcls: w.yes("IgnorePublicAcls"), RestrictPublicBuckets: w.yes("RestrictPublicBuckets"),
	}})
	return err
}

func accountBlock(ctx context.Context, w *work) (any, bool, error) {
	if err := w.may("*", "s3:GetAccountPublicAccessBlock"); err != nil {
		return nil, false, err
	}
	got, err := w.s3control().GetPublicAccessBlock(ctx, &s3control.GetPublicAccessBlockInput{AccountId: aws.String(w.value("AccountId"))})
	if err != nil {
		return nil, false, err
	}
	return got.PublicAccessBlockConfiguration, aws.ToBool(got.PublicAccessBlockConfiguration.BlockPublicAcls) == *w.yes("BlockPublicAcls"), nil
}

// requireTLS adds a statement to the bucket's policy, which keeps the others.
func requireTLS(ctx context.Context, w *work) error {
	if err := w.may(w.bucket(), "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"); err != nil {
		return err
	}
	bucket := aws.String(w.value("BucketName"))
	policy := map[string]any{"Version": "2012-10-17"}
	got, err := w.s3().GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: bucket})
	var none smithy.APIError
	switch {
	case err == nil:
		if err := json.Unmarshal([]byte(aws.ToString(got.Policy)), &policy); err != nil {
			return err
		}
	case !errors.As(err, &none) || none.ErrorCode() != "NoSuchBucketPolicy":
		return err
	}
	statements, _ := policy["Statement"].([]any)
	policy["Statement"] = append(statements, map[string]any{
		"Sid": "AllowSSLRequestsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": []string{w.bucket(), w.bucket() + "/*"},
		"Condition": map[string]any{"Bool": map[string]string{"aws:SecureTransport": "false"}},
	})
	text, err := json.Marshal(policy)
	if err != nil {
		return err
	}
	_, err = w.s3().PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: bucket, Policy: aws.String(string(text))})
	return err
}

func versionBucket(ctx context.Context, w *work) error {
	if err := w.may(w.bucket(), "s3:PutBucketVersioning"); err != nil {
		return err
	}
	_, err := w.s3().PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{Bucket: aws.String(w.value("BucketName")), VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatus(w.value("VersioningState"))}})
	return err
}

func encryptBucket(ctx context.Context, w *work) error {
	if err := w.may(w.bucket(), "s3:PutEncryptionConfiguration"); err != nil {
		return err
	}
	_, err := w.s3().PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{Bucket: aws.String(w.value("BucketName")), ServerSideEncryptionConfiguration: &s3types.ServerSideEncryptionConfiguration{
		Rules: []s3types.ServerSideEncryptionRule{{ApplyServerSideEncryptionByDefault: &s3types.ServerSideEncryptionByDefault{SSEAlgorithm: s3types.ServerSideEncryption(w.value("SSEAlgorithm"))}}},
	}})
	return err
}

func rotateKey(ctx context.Context, w *work) error {
	if err := w.may(w.arn("kms", "key/"+w.value("KeyId")), "kms:EnableKeyRotation"); err != nil {
		return err
	}
	_, err := kms.NewFromConfig(w.config).EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: aws.String(w.value("KeyId"))})
	return err
}

func keyRotates(ctx context.Context, w *work) (any, bool, error) {
	if err := w.may(w.arn("kms", "key/"+w.value("KeyId")), "kms:GetKeyRotationStatus"); err != nil {
		return nil, false, err
	}
	got, err := kms.NewFromConfig(w.config).GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: aws.String(w.value("KeyId"))})
	if err != nil {
		return nil, false, err
	}
	return map[string]bool{"KeyRotationEnabled": got.KeyRotationEnabled}, got.KeyRotationEnabled, nil
}
