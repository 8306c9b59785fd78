package supplement

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"

	"assetguard/sandbox/api"

	"github.com/google/uuid"
)

// instanceMetadataDefaults are the account's defaults for the metadata service of new instances in a region, which moto
// does not know. They are kept and shown; an instance that moto starts does not take them.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceMetadataDefaults.html
func instanceMetadataDefaults() api.Supplement {
	kept := newMemory[map[string]string]() // by region: what is set, by the API's names
	return api.Supplement{Service: "ec2", Handle: map[string]api.Handler{
		"ModifyInstanceMetadataDefaults": func(_ context.Context, c *api.Call) (*api.Answer, error) {
			old, _ := kept.get(c.Region)
			fresh := map[string]string{}
			for input, name := range metadataDefaults {
				value, given := c.Input[input]
				if !given {
					if old[name] != "" {
						fresh[name] = old[name]
					}
					continue
				}
				// -1 and no-preference take a default away.
				if text := fmt.Sprint(value); text != "-1" && text != "no-preference" {
					fresh[name] = text
				}
			}
			kept.put(c.Region, fresh)
			return ec2Answer(c, "<return>true</return>"), nil
		},
		"GetInstanceMetadataDefaults": func(_ context.Context, c *api.Call) (*api.Answer, error) {
			set, _ := kept.get(c.Region)
			var level strings.Builder
			for name, value := range set {
				fmt.Fprintf(&level, "<%s>%s</%s>", name, value, name)
			}
			return ec2Answer(c, "<accountLevel>"+level.String()+"</accountLevel>"), nil
		},
	}}
}

// metadataDefaults are the parameters and the members of the answer that show them.
var metadataDefaults = map[string]string{
	"HttpTokens": "httpTokens", "HttpPutResponseHopLimit": "httpPutResponseHopLimit", "HttpEndpoint": "httpEndpoint", "InstanceMetadataTags": "instanceMetadataTags",
}

// ec2Answer is an answer of EC2 with the given members.
func ec2Answer(c *api.Call, members string) *api.Answer {
	body := fmt.Sprintf(`%s<%sResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>%s</requestId>%s</%sResponse>`,
		xml.Header, c.Operation, uuid.NewString(), members, c.Operation)
	return &api.Answer{Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/xml"}}, Body: []byte(body)}
}
