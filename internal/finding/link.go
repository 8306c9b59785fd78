package finding

import (
	"net/url"
	"strings"
)

// consoles are the hosts of AWS's console by partition.
var consoles = map[string]string{"aws": "console.aws.amazon.com", "aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}

func console(partition string) string {
	if host, known := consoles[partition]; known {
		return host
	}
	return consoles["aws"]
}

// partition is that of the product.
func (f *Finding) partition() string {
	parts := strings.SplitN(f.ProductARN, ":", 3)
	if len(parts) == 3 && parts[0] == "arn" {
		return parts[1]
	}
	return "aws"
}

// Link is the finding in the console of Security Hub of a region: the finding's own, or the home region, which has those
// of all linked regions.
func (f *Finding) Link(region string) string {
	return HubLink(f.partition(), region, Filter{"Id", f.ID})
}

// Filter is a field of findings, as the console of Security Hub names it, and the value that it has.
type Filter struct{ Field, Value string }

// HubLink is the list of findings in the console of Security Hub of a region that all filters let through.
func HubLink(partition, region string, filters ...Filter) string {
	link := "https://" + region + "." + console(partition) + "/securityhub/home?region=" + region + "#/findings"
	if len(filters) == 0 {
		return link
	}
	var search []string
	for _, f := range filters { // the console decodes its fragment as a whole, and then each value
		search = append(search, f.Field+"="+url.QueryEscape(`\operator\:EQUALS\:`+f.Value))
	}
	return link + "?search=" + url.QueryEscape(strings.Join(search, "&"))
}

// Link is the resource in its console, "" for what has no ARN: the console finds the page of an ARN itself.
func (r *Resource) Link() string {
	parts := strings.SplitN(r.ID, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return ""
	}
	return "https://" + console(parts[1]) + "/go/view?arn=" + url.QueryEscape(r.ID)
}
