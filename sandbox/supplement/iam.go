package supplement

import (
	"context"
	"encoding/xml"
	"errors"
	"net/http"

	"assetguard/sandbox/api"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/smithy-go"
	"github.com/google/uuid"
)

// profileTags is the answer of ListInstanceProfileTags.
type profileTags struct {
	XMLName   xml.Name `xml:"https://iam.amazonaws.com/doc/2010-05-08/ ListInstanceProfileTagsResponse"`
	Tags      []tagXML `xml:"ListInstanceProfileTagsResult>Tags>member"`
	Truncated bool     `xml:"ListInstanceProfileTagsResult>IsTruncated"`
	Request   string   `xml:"ResponseMetadata>RequestId"`
}

type tagXML struct {
	Key, Value string
}

// iamTable lists the tags of instance profiles, all on one page: moto keeps them and shows them with the profile only.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfileTags.html
func iamTable(o Options) api.Supplement {
	return api.Supplement{Service: "iam", Handle: map[string]api.Handler{
		"ListInstanceProfileTags": func(ctx context.Context, c *api.Call) (*api.Answer, error) {
			profile, err := iam.NewFromConfig(o.Emulator(c.Region)).GetInstanceProfile(ctx, &iam.GetInstanceProfileInput{
				InstanceProfileName: aws.String(text(c, "InstanceProfileName")),
			})
			var refused smithy.APIError
			if errors.As(err, &refused) {
				return nil, &api.Error{Code: refused.ErrorCode(), Message: refused.ErrorMessage(), Status: http.StatusNotFound}
			}
			if err != nil {
				return nil, err
			}
			out := profileTags{Request: uuid.NewString()}
			for _, tag := range profile.InstanceProfile.Tags {
				out.Tags = append(out.Tags, tagXML{aws.ToString(tag.Key), aws.ToString(tag.Value)})
			}
			body, err := xml.Marshal(out)
			return &api.Answer{Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/xml"}}, Body: body}, err
		},
	}}
}
