package supplement

import (
	"context"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
)

// alarms calls the emulator's CloudWatch of a region by the query protocol: the SDK's own speaks CBOR, which the
// emulator does not.
type alarms struct{ upstream, region string }

// queryAnswer is what the emulator answers: tags, or why it refuses.
type queryAnswer struct {
	Tags []struct {
		Key   string `xml:"Key"`
		Value string `xml:"Value"`
	} `xml:"ListTagsForResourceResult>Tags>member"`
	Code    string `xml:"Error>Code"`
	Message string `xml:"Error>Message"`
}

func (s alarms) tagger() tagger {
	return byARN{
		func(ctx context.Context, arn *string) (map[string]string, error) {
			answer, err := s.call(ctx, "ListTagsForResource", arn, nil)
			tags := map[string]string{}
			for _, tag := range answer.Tags {
				tags[tag.Key] = tag.Value
			}
			return tags, err
		},
		func(ctx context.Context, arn *string, tags map[string]string) error {
			form := url.Values{}
			for i, key := range slices.Sorted(maps.Keys(tags)) {
				form.Set(fmt.Sprintf("Tags.member.%d.Key", i+1), key)
				form.Set(fmt.Sprintf("Tags.member.%d.Value", i+1), tags[key])
			}
			_, err := s.call(ctx, "TagResource", arn, form)
			return err
		},
		func(ctx context.Context, arn *string, keys []string) error {
			form := url.Values{}
			for i, key := range keys {
				form.Set(fmt.Sprintf("TagKeys.member.%d", i+1), key)
			}
			_, err := s.call(ctx, "UntagResource", arn, form)
			return err
		},
	}
}

// call makes one call for an alarm. The emulator reads the region and the service from the signature's scope and
// checks no signature.
func (s alarms) call(ctx context.Context, action string, arn *string, form url.Values) (queryAnswer, error) {
	if form == nil {
		form = url.Values{}
	}
	form.Set("Action", action)
	form.Set("Version", "2010-08-01")
	form.Set("ResourceARN", aws.ToString(arn))
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.upstream, strings.NewReader(form.Encode()))
	if err != nil {
		return queryAnswer{}, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/"+s.region+"/monitoring/aws4_request, SignedHeaders=host, Signature=none")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return queryAnswer{}, err
	}
	defer response.Body.Close()
	var answer queryAnswer
	if err := xml.NewDecoder(response.Body).Decode(&answer); err != nil {
		return answer, fmt.Errorf("%s of %s: %w", action, aws.ToString(arn), err)
	}
	if response.StatusCode >= http.StatusBadRequest {
		return answer, &smithy.GenericAPIError{Code: answer.Code, Message: answer.Message}
	}
	return answer, nil
}
