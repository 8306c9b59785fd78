package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"assetguard/internal/contract"
	"assetguard/internal/policygate"
	"assetguard/internal/tagpolicy"
)

var update = flag.Bool("update", false, "write the golden files")

func TestLoadExampleCompany(t *testing.T) {
	prod, err := LoadFile("testdata/example.prod.yaml")
	require.NoError(t, err)
	assert.Equal(t, Account{ID: "111122223333", Role: RoleOwner}, prod.Account)
	assert.Equal(t, Regions{Home: "ap-northeast-2", Others: []string{"us-east-1"}}, prod.Regions)
	assert.Equal(t, "vpc-0a1b2c3d4e5f60718", prod.Network.VPCID)
	assert.Len(t, prod.Network.PrivateSubnetIDs, 2)
	assert.Equal(t, []string{"security@example.com", "ciso@example.com"}, prod.People.Security)
	assert.Equal(t, Retention{LogDays: 365, TrailDays: 1095}, prod.Retention)

	dev, err := LoadFile("testdata/example.dev.yaml")
	require.NoError(t, err)
	assert.Equal(t, RoleGuest, dev.Account.Role)
	assert.Equal(t, Network{Mode: NetworkNew, CIDR: "10.20.0.0/16"}, dev.Network)
}

func TestCommittedLocalIsComplete(t *testing.T) {
	local, err := LoadFile("../../Pulumi.local.yaml")
	require.NoError(t, err)
	assert.Equal(t, Account{ID: LocalAccountID, Role: RoleOwner}, local.Account)
	assert.Equal(t, map[string]string{
		contract.TagEnvironment:         "DEV",
		contract.TagAssetType:           "Security Platform",
		contract.TagPersonalInformation: "N",
		contract.TagOwner:               "DevOps",
	}, local.Tags())
}

// The files of real stacks lack what only the company knows: one error lists it all.
func TestCommittedRealStacksNameWhatIsMissing(t *testing.T) {
	for _, stack := range []string{"dev", "prod"} {
		t.Run(stack, func(t *testing.T) {
			_, err := LoadFile("../../Pulumi." + stack + ".yaml")
			var faults *Error
			require.ErrorAs(t, err, &faults)
			for _, fault := range faults.Faults {
				assert.Contains(t, fault.Problem, "missing: ", fault.Path)
			}
			golden(t, "missing."+stack+".txt", err.Error())
		})
	}
}

func TestDisableDefaultProviders(t *testing.T) {
	for _, stack := range []string{"local", "dev", "prod"} {
		var file struct {
			Config map[string]any `yaml:"config"`
		}
		text, err := os.ReadFile("../../Pulumi." + stack + ".yaml")
		require.NoError(t, err)
		require.NoError(t, yaml.Unmarshal(text, &file))
		assert.Equal(t, []any{"*"}, file.Config["pulumi:disable-default-providers"], stack)
	}
}

func TestDefaultsFillWhatIsLeftOut(t *testing.T) {
	tree := example(t)
	for _, key := range []string{"regions", "language", "retention", "trail"} {
		delete(tree, key)
	}
	for _, key := range []string{"owner", "personalInformation", "platformAssetType", "recordCreator", "removedKeys"} {
		delete(tree["classification"].(map[string]any), key)
	}
	s, err := Parse("prod", encoded(t, tree))
	require.NoError(t, err)
	want := Defaults()
	assert.Equal(t, want.Regions, s.Regions)
	assert.Equal(t, want.Language, s.Language)
	assert.Equal(t, want.Retention, s.Retention)
	assert.Equal(t, want.Classification.Owner, s.Classification.Owner)
	assert.True(t, s.Classification.RecordCreator)
	assert.Equal(t, contract.RemovedKeysRestore, s.Classification.RemovedKeys)
}

func TestEmptyKeysCountAsAbsent(t *testing.T) {
	tree := example(t)
	tree["language"], tree["trail"] = nil, nil
	s, err := Parse("prod", encoded(t, tree))
	require.NoError(t, err)
	assert.Equal(t, LanguageKorean, s.Language)
}

// Pulumi stores digits that come by `config set --path` as a number.
func TestNumericAccountID(t *testing.T) {
	tree := example(t)
	tree["account"].(map[string]any)["id"] = 111122223333
	s, err := Parse("prod", encoded(t, tree))
	require.NoError(t, err)
	assert.Equal(t, "111122223333", s.Account.ID)
}

func TestFaults(t *testing.T) {
	cases := map[string]struct {
		set     map[string]any // path to value, in the example of prod
		path    string
		problem string
		mend    string
	}{
		"unknown key":          {map[string]any{"langage": "ko"}, "langage", "unknown key", `did you mean "language"? Use one of account`},
		"unknown inner key":    {map[string]any{"account.roel": "x"}, "account.roel", "unknown key", `did you mean "role"? Use one of id, role`},
		"unlike any key":       {map[string]any{"zzzzzz": 1}, "zzzzzz", "unknown key", "use one of account"},
		"Go name of a field":   {map[string]any{"network.VPCID": "vpc-1"}, "network.VPCID", "unknown key", `did you mean "vpcId"`},
		"unknown key in rule":  {map[string]any{"classification.rules": []any{rule("match.service", "ec2")}}, "classification.rules[0].match.service", "unknown key", `did you mean "services"`},
		"number for text":      {map[string]any{"language": 5}, "language", "want text, got the number 5", "quotes"},
		"bool for text":        {map[string]any{"classification.personalInformation": false}, "classification.personalInformation", "want text, got false", "quotes"},
		"text for list":        {map[string]any{"people.security": "a@b.kr"}, "people.security", `want a list, got the text "a@b.kr"`, "in brackets: ["},
		"text for bool":        {map[string]any{"classification.recordCreator": "no"}, "classification.recordCreator", "want true or false", "without quotes"},
		"text for number":      {map[string]any{"retention.logDays": "365"}, "retention.logDays", "want a whole number", "without quotes"},
		"fraction":             {map[string]any{"retention.logDays": 1.5}, "retention.logDays", "want a whole number, got the number 1.5", ""},
		"list for object":      {map[string]any{"people": []any{"a"}}, "people", "want an object, got a list", ""},
		"object in list":       {map[string]any{"people.devops": []any{map[string]any{}}}, "people.devops[0]", "want text, got an object", ""},
		"nothing in list":      {map[string]any{"people.devops": []any{nil}}, "people.devops[0]", "want text, got nothing", ""},
		"missing account":      {map[string]any{"account.id": nil}, "account.id", "missing", "pulumi config set --path 'assetguard:settings.account.id' 111122223333 -s prod"},
		"missing mail":         {map[string]any{"people.devops": []any{}}, "people.devops", "missing", "'assetguard:settings.people.devops[0]' devops@example.com -s prod"},
		"missing asset types":  {map[string]any{"classification.assetTypes": nil, "classification.rules": nil}, "classification.assetTypes", "missing", "docs/configuration.md"},
		"missing environment":  {map[string]any{"classification.environment": nil}, "classification.environment", "missing", "DEV"},
		"missing subnets":      {map[string]any{"network.publicSubnetIds": nil}, "network.publicSubnetIds", "missing", "publicSubnetIds[0]"},
		"missing range":        {map[string]any{"network": map[string]any{"mode": "new"}}, "network.cidr", "missing", "10.20.0.0/16"},
		"eleven digits":        {map[string]any{"account.id": "11112222333"}, "account.id", "does not fit", "12 digits"},
		"unknown role":         {map[string]any{"account.role": "ownr"}, "account.role", "is not known", `did you mean "owner"? Use one of owner, guest`},
		"region":               {map[string]any{"regions.home": "Seoul"}, "regions.home", "does not fit", "ap-northeast-2"},
		"zone for region":      {map[string]any{"regions.others": []any{"us-east-1a"}}, "regions.others[0]", "does not fit", ""},
		"home among others":    {map[string]any{"regions.others": []any{"us-east-1", "ap-northeast-2"}}, "regions.others[1]", "home region already", ""},
		"region twice":         {map[string]any{"regions.others": []any{"us-east-1", "us-east-1"}}, "regions.others[1]", "stands at [0] already", ""},
		"unknown mode":         {map[string]any{"network": map[string]any{"mode": "exists"}}, "network.mode", "is not known", `did you mean "existing"`},
		"field of other mode":  {map[string]any{"network.cidr": "10.0.0.0/16"}, "network.cidr", "belongs to mode new", "remove it"},
		"VPC in default mode":  {map[string]any{"network": map[string]any{"mode": "default", "vpcId": "vpc-01234567"}}, "network.vpcId", "belongs to mode existing", ""},
		"VPC id":               {map[string]any{"network.vpcId": "vpc-xyz"}, "network.vpcId", "does not fit", "hex digits"},
		"one subnet":           {map[string]any{"network.publicSubnetIds": []any{"subnet-01234567"}}, "network.publicSubnetIds", "one subnet only", "at least two"},
		"subnet id":            {map[string]any{"network.publicSubnetIds": []any{"subnet-01234567", "vpc-01234567"}}, "network.publicSubnetIds[1]", "does not fit", "subnet-"},
		"subnet in both":       {map[string]any{"network.publicSubnetIds": []any{"subnet-01234567", "subnet-0a1b2c3d4e5f60713"}}, "network.privateSubnetIds[0]", "among publicSubnetIds too", ""},
		"range too large":      {newNetwork("10.0.0.0/8"), "network.cidr", "not between /16 and /24", ""},
		"range too small":      {newNetwork("10.0.0.0/25"), "network.cidr", "not between /16 and /24", ""},
		"range not at start":   {newNetwork("10.0.1.0/16"), "network.cidr", "10.0.0.0/16 is", ""},
		"public range":         {newNetwork("8.8.0.0/16"), "network.cidr", "public range", ""},
		"no range":             {newNetwork("10.0.0.0"), "network.cidr", "no IPv4 range", ""},
		"IPv6 range":           {newNetwork("fd00::/16"), "network.cidr", "no IPv4 range", ""},
		"mail with name":       {map[string]any{"people.security": []any{"Sec <s@example.com>"}}, "people.security[0]", "does not fit", "without a name"},
		"mail without domain":  {map[string]any{"people.security": []any{"security"}}, "people.security[0]", "does not fit", "e-mail"},
		"mail twice":           {map[string]any{"people.security": []any{"a@example.com", "a@example.com"}}, "people.security[1]", "stands at [0] already", ""},
		"empty mail":           {map[string]any{"people.security": []any{""}}, "people.security[0]", "empty", "remove"},
		"Slack channel":        {map[string]any{"people.slack.channel": "security"}, "people.slack.channel", "does not fit", "#channel"},
		"language":             {map[string]any{"language": "kr"}, "language", "is not known", `did you mean "ko"? Use one of ko, en`},
		"repository URL":       {map[string]any{"repository": "https://github.com/a/b"}, "repository", "does not fit", "owner/name"},
		"repository wildcard":  {map[string]any{"repository": "a/*"}, "repository", "does not fit", "owner/name"},
		"trail name":           {map[string]any{"trail.existingArn": "management"}, "trail.existingArn", "does not fit", "ARN of a trail"},
		"log retention":        {map[string]any{"retention.logDays": 364}, "retention.logDays", "no retention of 364 days", "365, 400"},
		"trail retention":      {map[string]any{"retention.trailDays": 30}, "retention.trailDays", "not between 90 and 3653", ""},
		"environment":          {map[string]any{"classification.environment": "DEV!"}, "classification.environment", "tags take letters", ""},
		"personal information": {map[string]any{"classification.personalInformation": "yes"}, "classification.personalInformation", `write "Y" or "N"`, ""},
		"removed keys":         {map[string]any{"classification.removedKeys": "reports"}, "classification.removedKeys", `"reports" is not known`, `did you mean "report"`},
		"platform asset type":  {map[string]any{"classification.platformAssetType": "platform"}, "classification.platformAssetType", "none of the assetTypes", ""},
		"unknown asset type":   {map[string]any{"classification.rules": []any{rule("tags.AssetType", "web-serve")}}, "classification.rules[0].tags.AssetType", `web-server`, ""},
		"Korean asset type id": {map[string]any{"classification.assetTypes": []any{map[string]any{"id": "서버", "value": "서버"}}, "classification.platformAssetType": "서버", "classification.rules": nil}, "classification.assetTypes[0].id", "a-z, 0-9", ""},
		"unknown policy rule":  {map[string]any{"policyGate.exceptions": []any{exception("rule", "bucket-alc")}}, "policyGate.exceptions[0].rule", `"bucket-alc" is no rule`, `did you mean "bucket-acl"`},
		"no reason":            {map[string]any{"policyGate.exceptions": []any{exception("reason", nil)}}, "policyGate.exceptions[0].reason", "missing", "who agreed"},
		"exception's key":      {map[string]any{"policyGate.exceptions": []any{exception("expire", "2027-03-31")}}, "policyGate.exceptions[0].expire", "unknown key", `did you mean "expires"`},
		"no day":               {map[string]any{"policyGate.exceptions": []any{exception("expires", "March 2027")}}, "policyGate.exceptions[0].expires", `"March 2027" is no day`, "2027-03-31"},
		"policy too large":     {map[string]any{"classification.rules": manyRules(40)}, "classification", "more than a parameter holds", "merge rules"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			tree := example(t)
			delete(tree, "goldenImage") // whose needs have tests of their own
			for path, value := range c.set {
				put(tree, path, value)
			}
			_, err := Parse("prod", encoded(t, tree))
			var found *Error
			require.ErrorAs(t, err, &found)
			require.Len(t, found.Faults, 1, "%v", err)
			assert.Equal(t, c.path, found.Faults[0].Path)
			assert.Contains(t, found.Faults[0].Problem, c.problem)
			assert.Contains(t, found.Faults[0].Mend, c.mend)
		})
	}
}

// An exception that has ended is no fault of the file: the preview tells what it let pass.
func TestExceptionsOfThePolicyGate(t *testing.T) {
	tree := example(t)
	put(tree, "policyGate.exceptions", []any{exception("expires", "2020-01-31"), exception("rule", "tags")})
	s, err := Parse("prod", encoded(t, tree))
	require.NoError(t, err)
	assert.Equal(t, []policygate.Exception{
		{Rule: "bucket-acl", Resource: "website", Reason: "meant for everybody", Expires: "2020-01-31"},
		{Rule: "tags", Resource: "website", Reason: "meant for everybody", Expires: "2027-03-31"},
	}, s.PolicyGate.Exceptions)
}

func TestAllFaultsStandInOneError(t *testing.T) {
	_, err := Parse("dev", []byte(`{
		"acount": {"id": 1}, "account": {"id": 123, "role": "ownr"},
		"network": {"mode": "existing", "publicSubnetIds": "a", "vpcId": 5},
		"classification": {"assetTypes": [{"id": 1, "valu": "x"}], "recordCreator": "yes"},
		"retention": {"logDays": 2}, "people": [1],
		"regions": {"others": ["us-east-1", "us-east-1", "zz"]}}`))
	golden(t, "faults.txt", err.Error())
}

// A document whose kind is wrong has no other faults: nothing of it could be read.
func TestOneFaultForTheWhole(t *testing.T) {
	_, err := Parse("dev", []byte(`[]`))
	var found *Error
	require.ErrorAs(t, err, &found)
	assert.Equal(t, []Fault{{Problem: "want an object, got a list", Mend: `write keys and values: {"key": ...}`}}, found.Faults)
}

func TestRepeatedKey(t *testing.T) {
	settings := bytes.Replace(encoded(t, example(t)), []byte(`"language":"ko"`), []byte(`"language":"ko","language":"en"`), 1)
	_, err := Parse("prod", settings)
	var found *Error
	require.ErrorAs(t, err, &found)
	assert.Equal(t, []Fault{{Path: "language", Problem: "appears twice", Mend: "keep one"}}, found.Faults)
}

func TestNotAnObject(t *testing.T) {
	for settings, problem := range map[string]string{
		`[]`:      "want an object, got a list",
		`"x"`:     `want an object, got the text "x"`,
		`{`:       "not JSON",
		`{} {}`:   "text after the end of the document",
		`{"a":1,`: "not JSON at line 1, column 8",
	} {
		_, err := Parse("dev", []byte(settings))
		assert.ErrorContains(t, err, problem, settings)
	}
}

func TestLocalHasTheSandboxAccountOnly(t *testing.T) {
	_, err := Parse(StackLocal, encoded(t, example(t)))
	assert.ErrorContains(t, err, "the sandbox has the account 123456789012, got 111122223333")
}

func TestLoadFileFaults(t *testing.T) {
	_, err := LoadFile(filepath.Join(t.TempDir(), "Pulumi.dev.yaml"))
	assert.ErrorIs(t, err, os.ErrNotExist)

	for text, problem := range map[string]string{
		"config: [":                           "did not find expected",
		"config:\n  assetguard:setings: {}\n": "unknown key assetguard:setings: the settings are in assetguard:settings",
		"config:\n  assetguard:settings: 5\n": "want an object, got the number 5",
		"config: {}\n":                        `settings of stack "dev"`,
		"":                                    "account.id: missing",
	} {
		path := filepath.Join(t.TempDir(), "Pulumi.dev.yaml")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, err := LoadFile(path)
		assert.ErrorContains(t, err, problem, text)
	}
}

func TestTagPolicy(t *testing.T) {
	prod, err := LoadFile("testdata/example.prod.yaml")
	require.NoError(t, err)
	document, err := prod.TagPolicy().Marshal()
	require.NoError(t, err)
	policy, err := tagpolicy.Parse(document)
	require.NoError(t, err)
	assert.Equal(t, prod.TagPolicy(), policy)
	assert.Less(t, len(document), 4096, "the standard tier is free")

	decision := tagpolicy.Decide(policy, &tagpolicy.Policy{Version: tagpolicy.Version},
		tagpolicy.Asset{Service: "rds", ResourceType: "rds:db"})
	assert.Equal(t, map[string]string{
		"Environment": "PROD", "AssetType": "수강생 데이터 베이스", "PersonalInformation": "Y", "Owner": "DevOps",
	}, decision.Tags)
}

func TestIgnoredTagsAreThoseThatOnlyAutoTaggingGives(t *testing.T) {
	s := Defaults()
	s.Classification.Rules = []tagpolicy.Rule{
		{Tags: map[string]string{"Course": "Go", "AssetType": "was"}}, {Tags: map[string]string{"Course": "C", "Backup": "daily"}},
	}
	assert.Equal(t, []string{"Creator", "CreatedAt", "Course", "Backup"}, s.IgnoredTags())
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"account":{"id":1,"role":[]},"people":{"security":[null]},"network":{"mode":"new","cidr":"::"}}`))
	f.Add([]byte(`{"classification":{"rules":[{"match":{"tags":{"":null}},"tags":{"a.b[0]":"x"}}],"assetTypes":[null]}}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, settings []byte) {
		s, err := Parse("dev", settings)
		if err == nil {
			require.NotNil(t, s)
			return
		}
		var faults *Error
		require.True(t, errors.As(err, &faults), "%v", err)
		require.NotEmpty(t, faults.Faults)
	})
}

// example returns the settings of the example company's prod.
func example(t *testing.T) map[string]any {
	t.Helper()
	text, err := os.ReadFile("testdata/example.prod.yaml")
	require.NoError(t, err)
	var file struct {
		Config map[string]any `yaml:"config"`
	}
	require.NoError(t, yaml.Unmarshal(text, &file))
	return file.Config[Key].(map[string]any)
}

func encoded(t *testing.T, tree map[string]any) []byte {
	t.Helper()
	settings, err := json.Marshal(tree)
	require.NoError(t, err)
	return settings
}

// put sets the value at a path of keys, making the objects on the way.
func put(tree map[string]any, path string, value any) {
	keys := strings.Split(path, ".")
	for _, key := range keys[:len(keys)-1] {
		inner, ok := tree[key].(map[string]any)
		if !ok {
			inner = map[string]any{}
			tree[key] = inner
		}
		tree = inner
	}
	tree[keys[len(keys)-1]] = value
}

// rule is a valid rule in which one path has another value.
func rule(path string, value any) map[string]any {
	r := map[string]any{
		"name":  "example",
		"match": map[string]any{"services": []any{"ec2"}},
		"tags":  map[string]any{"Owner": "DevOps"},
	}
	put(r, path, value)
	return r
}

// exception is a valid exception of the policy gate in which one key has another value.
func exception(key string, value any) map[string]any {
	e := map[string]any{"rule": "bucket-acl", "resource": "website", "reason": "meant for everybody", "expires": "2027-03-31"}
	e[key] = value
	return e
}

func newNetwork(cidr string) map[string]any {
	return map[string]any{"network": map[string]any{"mode": "new", "cidr": cidr}}
}

// manyRules are n rules of some 250 bytes each.
func manyRules(n int) []any {
	rules := make([]any, n)
	for i := range rules {
		name := strings.Repeat("가", 50) + string(rune('a'+i/26)) + string(rune('a'+i%26))
		rules[i] = map[string]any{
			"name":  name,
			"match": map[string]any{"names": []any{name}},
			"tags":  map[string]any{"Owner": "DevOps"},
		}
	}
	return rules
}

// golden compares text with a file of testdata, or writes it with -update.
func golden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), text)
}
