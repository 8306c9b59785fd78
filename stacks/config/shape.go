package config

import "regexp"

// shape is the form that a text must have.
type shape struct {
	pattern *regexp.Regexp
	want    string // as in "want 12 digits"
}

// shapes are the forms of the texts whose form a pattern can tell, by path; [] is any element of a list.
// The patterns keep to what Go and ECMAScript read alike, as they also stand in the JSON Schema.
var shapes = map[string]shape{
	"account.id":   {regexp.MustCompile(`^[0-9]{12}$`), "an account number of 12 digits, in quotes"},
	"repository":   {regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$`), "owner/name of a GitHub repository"},
	"regions.home": region, "regions.others[]": region,
	"network.vpcId":              {regexp.MustCompile(`^vpc-([0-9a-f]{8}|[0-9a-f]{17})$`), "vpc- and 8 or 17 hex digits"},
	"network.publicSubnetIds[]":  subnet,
	"network.privateSubnetIds[]": subnet,
	"people.security[]":          email,
	"people.devops[]":            email,
	"people.purchasing[]":        email,
	"people.slack.channel":       {regexp.MustCompile(`^(#[^#\s]{1,80}|[CG][A-Z0-9]{8,20})$`), "#channel or a channel id such as C0123456789"},
	"trail.existingArn":          {regexp.MustCompile(`^arn:aws[a-z-]*:cloudtrail:[a-z0-9-]+:[0-9]{12}:trail/[A-Za-z0-9._-]{3,128}$`), "the ARN of a trail, arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME"},
	"classification.environment": tagValue,
	"classification.owner":       tagValue,

	"inspection.products[]":             {regexp.MustCompile(`^[a-z0-9-]+/[a-z0-9-]+$`), "company/product"},
	"inspection.organization.id":        {regexp.MustCompile(`^o-[a-z0-9]{10,32}$`), "o- and 10 to 32 letters and digits"},
	"inspection.accepted[].id":          {regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`), "a-z, 0-9 and hyphens, at most 63 characters"},
	"inspection.accepted[].expires":     day,
	"inspection.accepted[].controls[]":  {regexp.MustCompile(`^[A-Za-z0-9]+\.[0-9]+$`), "a control such as EC2.8"},
	"inspection.accepted[].resources[]": {regexp.MustCompile(`^[^*]+\*?$`), "an ARN; * may stand at its end only"},
	"inspection.accepted[].accounts[]":  {regexp.MustCompile(`^[0-9]{12}$`), "an account number of 12 digits, in quotes"},
	"inspection.existing.*.findingAggregatorArn": {
		regexp.MustCompile(`^arn:aws[a-z-]*:securityhub:[a-z0-9-]+:[0-9]{12}:finding-aggregator/[0-9a-f-]{36}$`),
		"the ARN of a finding aggregator, arn:aws:securityhub:REGION:ACCOUNT:finding-aggregator/ID",
	},
	"inspection.existing.*.detectorId": {regexp.MustCompile(`^[0-9a-f]{32}$`), "32 hex digits"},

	"alerting.accounts[]": {regexp.MustCompile(`^[0-9]{12}$`), "an account number of 12 digits, in quotes"},
	"alerting.runbooks":   {regexp.MustCompile(`^https://[^\s?#]+[^\s?#/]$`), "an address that begins with https:// and does not end with /"},

	"remediation.optOutTag": {regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 _.:/=+@-]{0,127}$`), "a key of a tag, at most 128 letters, digits and _.:/=+@-"},

	"policyGate.exceptions[].expires": day,

	"goldenImage.release":               {regexp.MustCompile(`^(latest|2023\.[0-9]{1,3}\.[0-9]{8})$`), "latest or a release such as 2023.9.20251014"},
	"goldenImage.schedule":              {regexp.MustCompile(`^(cron\(([^ ]+ ){5}[^ ]+\)|rate\([0-9]+ (minute|hour|day)s?\))$`), "six fields, as cron(0 2 ? * sun *)"},
	"goldenImage.subnetId":              subnet,
	"goldenImage.vpcId":                 {regexp.MustCompile(`^vpc-([0-9a-f]{8}|[0-9a-f]{17})$`), "vpc- and 8 or 17 hex digits"},
	"goldenImage.instanceTypes[]":       {regexp.MustCompile(`^[a-z0-9-]+\.[a-z0-9-]+$`), "an instance type such as t4g.medium"},
	"goldenImage.share.accounts[]":      {regexp.MustCompile(`^[0-9]{12}$`), "an account number of 12 digits, in quotes"},
	"goldenImage.share.organizationArn": {regexp.MustCompile(`^arn:aws[a-z-]*:organizations::[0-9]{12}:organization/o-[a-z0-9]{10,32}$`), "arn:aws:organizations::ACCOUNT:organization/o-ID"},
	"goldenImage.launchTemplates[]":     {regexp.MustCompile(`^lt-[0-9a-f]{17}$`), "lt- and 17 hex digits"},
	"goldenImage.components[].arn":      {regexp.MustCompile(`^arn:aws[a-z-]*:imagebuilder:[a-z0-9-]+:([0-9]{12}|aws|aws-marketplace):component/[a-z0-9-_]+/(x|[0-9]+)\.(x|[0-9]+)\.(x|[0-9]+)(/[0-9]+)?$`), "the ARN of a component with a version or x.x.x"},
	"goldenImage.components[].document": {regexp.MustCompile(`^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*\.ya?ml$`), "a path of this repository that ends in .yaml"},
}

// keyARN is the form of a key's ARN.
var keyARN = regexp.MustCompile(`^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]{1,64}$`)

var (
	day    = shape{regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}(T00:00:00Z)?$`), `a day, as "2027-03-31"`}
	region = shape{
		regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$`),
		"a region such as ap-northeast-2",
	}
	subnet = shape{
		regexp.MustCompile(`^subnet-([0-9a-f]{8}|[0-9a-f]{17})$`),
		"subnet- and 8 or 17 hex digits",
	}
	email = shape{
		regexp.MustCompile(`^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$`),
		"an e-mail address without a name, such as security@example.com",
	}
	// Tag values: letters, digits, spaces and + - = . _ : / @, at most 256 characters.
	// https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
	tagValue = shape{
		regexp.MustCompile(`^[\p{L}\p{N}\p{Z}_.:/=+@-]{1,256}$`),
		"a tag value: letters, digits, spaces and + - = . _ : / @, at most 256 characters",
	}
)

// indexes are the list indexes in a path.
var indexes = regexp.MustCompile(`\[[^\]]*\]`)

// LogRetentionDays are the retentions that CloudWatch Logs accepts, in days.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
var LogRetentionDays = []int{
	1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
}

// Patterns returns the regular expressions that texts must match, by path ([] is any element of a list), for
// the JSON Schema.
func Patterns() map[string]string {
	patterns := make(map[string]string, len(shapes))
	for path, shape := range shapes {
		patterns[path] = shape.pattern.String()
	}
	return patterns
}
