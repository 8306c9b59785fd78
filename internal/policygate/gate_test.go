package policygate

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

const urn = "urn:pulumi:prod::assetguard::"

// bucket is a bucket without a public access block, with everything else that the rules want.
func bucket(name string) Resource {
	return Resource{
		URN: urn + "assetguard:share:Share$aws:s3/bucketV2:BucketV2::" + name, Type: "aws:s3/bucketV2:BucketV2", Name: name,
		Parent: urn + "assetguard:share:Share::" + name, Provider: provider().URN, Protect: true,
		Inputs: map[string]any{
			"bucket": name, "lifecycleRules": []any{map[string]any{"enabled": true}},
			"serverSideEncryptionConfigurations": []any{map[string]any{}},
		},
	}
}

func share(name string) Resource {
	return Resource{URN: urn + "assetguard:share:Share::" + name, Type: "assetguard:share:Share", Name: name}
}

// provider gives the default tags.
func provider() Resource {
	return Resource{
		URN: urn + "pulumi:providers:aws::home", Type: "pulumi:providers:aws", Name: "home",
		Inputs: map[string]any{"defaultTags": map[string]any{"tags": map[string]any{
			"Environment": "PROD", "AssetType": "x", "PersonalInformation": "N", "Owner": "DevOps",
		}}},
	}
}

func day(t *testing.T, text string) time.Time {
	t.Helper()
	moment, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return moment
}

func TestExceptions(t *testing.T) {
	fine := bucket("fine")
	block := Resource{
		URN: urn + "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock::fine", Type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
		Name: "fine", Provider: provider().URN, Dependencies: []string{fine.URN},
		Inputs: map[string]any{"bucket": Unknown{}, "blockPublicAcls": true, "blockPublicPolicy": true, "ignorePublicAcls": true, "restrictPublicBuckets": true},
	}
	vague := fine
	vague.Inputs = map[string]any{"bucketPrefix": Unknown{}}
	for name, c := range map[string]struct {
		resources []Resource
		exception Exception
		now       string
		faults    int
		warnings  []string
	}{
		"by name":              {[]Resource{bucket("uploads")}, Exception{Resource: "uploads", Expires: "2027-03-31"}, "2026-11-22T00:00:00Z", 0, nil},
		"by type":              {[]Resource{bucket("uploads")}, Exception{Resource: "aws:s3/bucketV2:BucketV2::uploads", Expires: "2027-03-31"}, "2026-11-22T00:00:00Z", 0, nil},
		"by types":             {[]Resource{bucket("uploads")}, Exception{Resource: "assetguard:share:Share$aws:s3/bucketV2:BucketV2::uploads", Expires: "2027-03-31"}, "2026-11-22T00:00:00Z", 0, nil},
		"on its last day":      {[]Resource{bucket("uploads")}, Exception{Resource: "uploads", Expires: "2027-03-31"}, "2027-03-31T23:59:59Z", 0, []string{"ends after 2027-03-31"}},
		"30 days before":       {[]Resource{bucket("uploads")}, Exception{Resource: "uploads", Expires: "2027-03-31"}, "2027-03-02T00:00:00Z", 0, []string{"ends after"}},
		"a year ahead":         {[]Resource{bucket("uploads")}, Exception{Resource: "uploads", Expires: "2027-11-22"}, "2026-11-22T00:00:00Z", 0, nil},
		"for ever":             {[]Resource{bucket("uploads")}, Exception{Resource: "uploads", Expires: "2999-12-31"}, "2026-11-22T00:00:00Z", 0, []string{"longer than a year"}},
		"31 days before":       {[]Resource{bucket("uploads")}, Exception{Resource: "uploads", Expires: "2027-03-31"}, "2027-03-01T00:00:00Z", 0, nil},
		"the day after":        {[]Resource{bucket("uploads")}, Exception{Resource: "uploads", Expires: "2027-03-31"}, "2027-04-01T00:00:00Z", 1, nil},
		"day as a moment":      {[]Resource{bucket("uploads")}, Exception{Resource: "uploads", Expires: "2027-03-31T00:00:00Z"}, "2027-03-31T12:00:00Z", 0, []string{"ends after"}},
		"day as Pulumi has it": {[]Resource{bucket("uploads")}, Exception{Resource: "uploads", Expires: "2027-03-31 00:00:00 +0000 UTC"}, "2027-03-31T12:00:00Z", 0, []string{"ends after 2027-03-31:"}},
		"part of a name":       {[]Resource{bucket("uploads")}, Exception{Resource: "loads", Expires: "2027-03-31"}, "2026-11-22T00:00:00Z", 1, []string{"names no resource"}},
		"another name":         {[]Resource{bucket("uploads")}, Exception{Resource: "downloads", Expires: "2027-03-31"}, "2026-11-22T00:00:00Z", 1, []string{"names no resource"}},
		"of one of two":        {[]Resource{bucket("uploads"), bucket("other")}, Exception{Resource: "uploads", Expires: "2027-03-31"}, "2026-11-22T00:00:00Z", 1, nil},
		"no longer needed": {[]Resource{fine, block}, Exception{Resource: "aws:s3/bucketV2:BucketV2::fine", Expires: "2027-03-31"},
			"2026-11-22T00:00:00Z", 0, []string{"excuses nothing, as the resource keeps the rule"}},
		"not known yet": {[]Resource{vague, block}, Exception{Rule: "bucket-acl", Resource: "aws:s3/bucketV2:BucketV2::fine", Expires: "2027-03-31"},
			"2026-11-22T00:00:00Z", 2, nil},
		"ended and idle": {[]Resource{fine, block}, Exception{Resource: "aws:s3/bucketV2:BucketV2::fine", Expires: "2026-01-31"},
			"2026-11-22T00:00:00Z", 0, []string{"expired on 2026-01-31 and excuses nothing"}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.exception.Rule == "" {
				c.exception.Rule = "bucket-public-access"
			}
			gate := Gate{Exceptions: []Exception{c.exception}, Now: day(t, c.now)}
			report := gate.Check(append(c.resources, provider()))
			assert.Len(t, report.Faults, c.faults, "%v", report.Err())
			require.Len(t, report.Warnings, len(c.warnings), "%v", report.Warnings)
			for i, warning := range c.warnings {
				assert.Contains(t, report.Warnings[i], warning)
			}
		})
	}
}

func TestFaultsNameResourceRuleAndMend(t *testing.T) {
	uploads := bucket("uploads")
	uploads.Provider, uploads.Protect, uploads.Inputs["forceDestroy"] = "", false, true
	policy := Resource{
		URN: urn + "aws:iam/policy:Policy::operators", Type: "aws:iam/policy:Policy", Name: "operators", Provider: provider().URN,
		Inputs: map[string]any{"policy": `{"Statement":[{"Sid":"Everything","Effect":"Allow","Action":["s3:*","ec2:*"],"Resource":"*"}]}`},
	}
	excepted := bucket("reports")
	gate := Gate{Production: true, Now: day(t, "2026-11-22T09:00:00Z"), Exceptions: []Exception{
		{Rule: "bucket-public-access", Resource: "reports", Reason: "published on purpose (J. Kim, 2026-05)", Expires: "2026-10-31"},
	}}
	report := gate.Check([]Resource{share("uploads"), share("reports"), uploads, excepted, policy, provider()})
	golden(t, "faults.txt", report.Err().Error())
}

func TestProductionRulesHoldInProductionOnly(t *testing.T) {
	r := bucket("uploads")
	r.Protect = false
	assert.Empty(t, (&Gate{}).CheckOne(&r))
	faults := (&Gate{Production: true}).CheckOne(&r)
	require.Len(t, faults, 1)
	assert.Equal(t, "protect", faults[0].Rule.ID)
}

func TestOneResourceMayBeExcepted(t *testing.T) {
	r := bucket("uploads")
	r.Inputs["acl"] = "public-read"
	gate := Gate{Now: day(t, "2026-11-22T09:00:00Z")}
	assert.Len(t, gate.CheckOne(&r), 1)
	gate.Exceptions = []Exception{{Rule: "bucket-acl", Resource: "uploads", Expires: "2026-11-22"}}
	assert.Empty(t, gate.CheckOne(&r))
}

func TestResourcesOfOthersAreLeftAlone(t *testing.T) {
	report := (&Gate{Production: true}).Check([]Resource{share("uploads"), provider(), {URN: "x", Type: "random:index/randomId:RandomId", Name: "x"}})
	assert.NoError(t, report.Err())
	assert.Empty(t, report.Warnings)
}

func TestExceptionsAreValidated(t *testing.T) {
	valid := Exception{Rule: "tags", Resource: "x", Reason: "y", Expires: "2027-03-31"}
	for name, c := range map[string]struct {
		change              func(*Exception)
		path, problem, mend string
	}{
		"unknown rule":   {func(e *Exception) { e.Rule = "bucket-public-acces" }, "e[0].rule", `"bucket-public-acces" is no rule`, `did you mean "bucket-public-access"?`},
		"no rule":        {func(e *Exception) { e.Rule = "" }, "e[0].rule", "is no rule", "use one of"},
		"no resource":    {func(e *Exception) { e.Resource = " " }, "e[0].resource", "is no resource", "type::name"},
		"every resource": {func(e *Exception) { e.Resource = "*" }, "e[0].resource", "is no resource", "without wildcards"},
		"no reason":      {func(e *Exception) { e.Reason = " " }, "e[0].reason", "missing", "who agreed"},
		"no day":         {func(e *Exception) { e.Expires = "" }, "e[0].expires", "is no day", `"2027-03-31"`},
		"not a day":      {func(e *Exception) { e.Expires = "2027-02-30" }, "e[0].expires", "is no day", ""},
		"never":          {func(e *Exception) { e.Expires = "never" }, "e[0].expires", "is no day", ""},
	} {
		t.Run(name, func(t *testing.T) {
			e := valid
			c.change(&e)
			faults := Validate("e", []Exception{e})
			require.Len(t, faults, 1)
			assert.Equal(t, c.path, faults[0].Path)
			assert.Contains(t, faults[0].Problem, c.problem)
			assert.Contains(t, faults[0].Mend, c.mend)
		})
	}
	assert.Empty(t, Validate("e", []Exception{valid}))
	twice := Validate("e", []Exception{valid, valid})
	require.Len(t, twice, 1)
	assert.Equal(t, "e[1]", twice[0].Path)
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), got, "run `go test ./internal/policygate -update`, then read the difference")
}
