package supplement

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"assetguard/sandbox/api"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// Options say where the emulator is.
type Options struct {
	// Upstream is the emulator's URL.
	Upstream string
	// AccountID is the emulated account.
	AccountID string
}

// Tables returns the supplements of all services.
func Tables(o Options) []api.Supplement {
	return []api.Supplement{
		cloudTrail(),
		sqsTable(),
		messageMoves(o),
		lambdaTable(o),
		s3Table(),
		s3Versioning(),
		rdsTable(),
		taggingTable(o),
		resourceGroups(o),
		resourceExplorer(),
		cloudControl(o),
		accessAnalyzer(o.AccountID),
		instanceMetadataDefaults(),
		configRecorder(),
		guardDuty(),
		inspector(o.AccountID),
		iamTable(o),
	}
}

// Emulator returns the configuration of clients that talk to moto itself in a
// region, behind the gateway: their calls make no events.
func (o Options) Emulator(region string) aws.Config {
	return aws.Config{
		Region:       region,
		BaseEndpoint: aws.String(o.Upstream),
		Credentials:  credentials.NewStaticCredentialsProvider("test", "test", ""),
	}
}

// mendJSON makes a Mend of a function that changes the decoded JSON of an answer
// that succeeded.
func mendJSON(change func(c *api.Call, out map[string]any)) api.Mend {
	return func(_ context.Context, c *api.Call, a *api.Answer) error {
		if !a.OK() {
			return nil
		}
		out := map[string]any{}
		if len(a.Body) > 0 {
			if err := json.Unmarshal(a.Body, &out); err != nil {
				return fmt.Errorf("mend %s %s: answer is no JSON object: %w", c.Service, c.Operation, err)
			}
		}
		change(c, out)
		body, err := json.Marshal(out)
		if err != nil {
			return fmt.Errorf("mend %s %s: %w", c.Service, c.Operation, err)
		}
		a.Body = body
		return nil
	}
}

// beforeJSON makes a Before of a function that changes the decoded JSON of a
// request; a request that is no JSON object goes on unchanged, for moto to refuse.
func beforeJSON(change func(in map[string]any)) api.Before {
	return func(_ context.Context, c *api.Call) error {
		in := map[string]any{}
		if !isJSON(c.Body, &in) {
			return nil
		}
		change(in)
		body, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("%s %s: %w", c.Service, c.Operation, err)
		}
		c.Body = body
		return nil
	}
}

// isJSON reads an object and says whether the text was one.
func isJSON(text []byte, object *map[string]any) bool { return json.Unmarshal(text, object) == nil }

// lastPart is what stands after the last slash.
func lastPart(s string) string { return s[strings.LastIndex(s, "/")+1:] }

// text returns a parameter of a call as text; "" when it has none.
func text(c *api.Call, name string) string {
	s, _ := c.Input[name].(string)
	return s
}
