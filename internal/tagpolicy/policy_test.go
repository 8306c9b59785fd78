package tagpolicy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/internal/contract"
	"assetguard/internal/tagpolicy"
)

func no() *bool { b := false; return &b }

// company is the example of docs/tag-policy.md.
func company() *tagpolicy.Policy {
	return &tagpolicy.Policy{
		Version: 1,
		AssetTypes: []tagpolicy.AssetType{
			{ID: "web-server", Value: "Web Server"},
			{ID: "was", Value: "WAS"},
			{ID: "student-database", Value: "수강생 데이터 베이스"},
			{ID: "lecture-material", Value: "유어클래스 강의자료"},
		},
		Defaults: map[string]string{"Environment": "PROD", "Owner": "DevOps", "PersonalInformation": "N"},
		Rules: []tagpolicy.Rule{
			{Name: "student databases", Match: tagpolicy.Match{Services: []string{"rds"}, Names: []string{"student-*", "수강생*"}},
				Tags: map[string]string{"AssetType": "student-database", "PersonalInformation": "Y"}, Overwrite: true},
			{Name: "web servers", Match: tagpolicy.Match{ResourceTypes: []string{"ec2:*"}, Names: []string{"web-*"}},
				Tags: map[string]string{"AssetType": "web-server"}},
			{Name: "lecture buckets", Match: tagpolicy.Match{Services: []string{"s3"}, Tags: map[string]string{"Course": "*"}},
				Tags: map[string]string{"AssetType": "lecture-material"}},
		},
	}
}

func TestMarshalIsCompactAndDeterministic(t *testing.T) {
	first, err := company().Marshal()
	require.NoError(t, err)
	for range 20 {
		again, err := company().Marshal()
		require.NoError(t, err)
		require.Equal(t, string(first), string(again))
	}
	assert.NotContains(t, string(first), "\n")
	assert.NotContains(t, string(first), `\u`)
	assert.Contains(t, string(first), "수강생 데이터 베이스")

	read, err := tagpolicy.Parse(first)
	require.NoError(t, err)
	assert.Equal(t, company(), read)
}

func TestCheckSizeCountsBytes(t *testing.T) {
	korean := func(bytes int) []byte {
		return []byte(strings.Repeat("가", bytes/3) + strings.Repeat("a", bytes%3))
	}
	for _, fits := range []int{0, 4096, 4097, 8192} {
		assert.NoError(t, tagpolicy.CheckSize(korean(fits)), fits)
	}
	assert.ErrorContains(t, tagpolicy.CheckSize(korean(8193)), "8193 bytes, 1 more than a parameter holds")
}

func TestParseNamesEveryFault(t *testing.T) {
	for _, c := range []struct {
		name, doc string
		faults    []string
	}{
		{"nothing", ``, []string{"not JSON at line 1, column 1: the document ends too early"}},
		{"cut off", "{\n \"version\": 1,", []string{"not JSON at line 2", "ends too early"}},
		{"not closed", `{"version":1}}`, []string{"not JSON at line 1"}},
		{"two documents", `{"version":1} {"version":1}`, []string{"text after the end of the document"}},
		{"no object", `[]`, []string{"the document: want an object, got a list: write keys and values"}},
		{"null", `null`, []string{"the document: want an object, got nothing: write keys and values"}},
		{"wrong version", `{"version":2}`, []string{"version: is 2: write 1"}},
		{"no version", `{"rules":[]}`, []string{"version: is 0: write 1"}},
		{"version as text", `{"version":"1"}`, []string{`version: want a whole number, got the text "1": write digits only`}},
		{"version with a fraction", `{"version":1.5}`, []string{"version: want a whole number, got the number 1.5"}},
		{"misspelt keys, all at once", `{"version":1,"assettypes":[],"rules":[{"name":"a","mach":{},"tags":{"Owner":"x"}}]}`,
			[]string{`assettypes: unknown key: did you mean "assetTypes"?`, `rules[0].mach: unknown key: did you mean "match"?`}},
		{"strange key", `{"version":1,"x":{}}`, []string{"x: unknown key: use one of assetTypes, defaults, recordCreator, rules, version"}},
		{"key twice", `{"version":1,"rules":[{"name":"a","name":"b","tags":{"Owner":"x"}}]}`, []string{"rules[0].name: appears twice: keep one"}},
		{"text for a list", `{"version":1,"rules":[{"name":"a","match":{"services":"ec2"},"tags":{"Owner":"x"}}]}`,
			[]string{"rules[0].match.services: want a list, got the text \"ec2\": put it in brackets"}},
		{"number for text", `{"version":1,"defaults":{"Owner":7}}`, []string{`defaults.Owner: want text, got the number 7: write it in quotes: "..."`}},
		{"unknown key and bad content together", `{"version":3,"rule":[]}`, []string{`did you mean "rules"?`, "version: is 3"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := tagpolicy.Parse([]byte(c.doc))
			require.Error(t, err)
			assert.Nil(t, p)
			for _, fault := range c.faults {
				assert.ErrorContains(t, err, fault)
			}
		})
	}
}

// What could not be read must not show as missing, nor a rule without it as one that matches everything.
func TestParseChecksOnlyWhatItRead(t *testing.T) {
	_, err := tagpolicy.Parse([]byte(`{"version":"1","rules":[
		{"name":"a","match":{"services":null},"tags":{"Owner":"x"}}, {"name":"b","match":{},"tags":{"Owner":"y"}}]}`))
	assert.EqualError(t, err, "rules[0].match.services: want a list, got nothing: put it in brackets: [...]\n"+
		`version: want a whole number, got the text "1": write digits only, without quotes`)
}

func TestValidateNamesEveryFault(t *testing.T) {
	rule := func(change func(*tagpolicy.Rule)) func(*tagpolicy.Policy) {
		return func(p *tagpolicy.Policy) { change(&p.Rules[0]) }
	}
	for _, c := range []struct {
		name   string
		change func(*tagpolicy.Policy)
		fault  string
	}{
		{"version", func(p *tagpolicy.Policy) { p.Version = 0 }, "version: is 0: write 1"},
		{"Korean id", func(p *tagpolicy.Policy) { p.AssetTypes[2].ID = "수강생" }, "assetTypes[2].id: \"수강생\": write 1 to 64 characters of a-z"},
		{"id twice", func(p *tagpolicy.Policy) { p.AssetTypes[1].ID = "web-server" }, "assetTypes[1].id: \"web-server\" is the id of assetTypes[0] too"},
		{"value twice", func(p *tagpolicy.Policy) { p.AssetTypes[1].Value = "Web Server" }, "assetTypes[1].value: \"Web Server\" is the value of assetTypes[0] too"},
		{"reserved id", func(p *tagpolicy.Policy) { p.AssetTypes[1].ID = "unclassified" }, "assetTypes[1].id: \"unclassified\" is reserved"},
		{"reserved value", func(p *tagpolicy.Policy) { p.AssetTypes[1].Value = "unclassified" }, "assetTypes[1].value: \"unclassified\" is reserved"},
		{"empty value", func(p *tagpolicy.Policy) { p.AssetTypes[1].Value = "" }, "assetTypes[1].value: has 0 characters"},
		{"long value", func(p *tagpolicy.Policy) { p.AssetTypes[1].Value = strings.Repeat("가", 257) }, "assetTypes[1].value: has 257 characters: write 1 to 256"},
		{"illegal character", func(p *tagpolicy.Policy) { p.Defaults["Owner"] = "R&D" }, `defaults.Owner: "R&D" holds '&'`},
		{"space at the end", func(p *tagpolicy.Policy) { p.Defaults["Owner"] = "DevOps " }, "begins or ends with a space"},
		{"not UTF-8", func(p *tagpolicy.Policy) { p.Defaults["Owner"] = "\xff" }, "defaults.Owner: is not UTF-8"},
		{"aws: value", func(p *tagpolicy.Policy) { p.Defaults["Owner"] = "AWS:me" }, "begins with aws:"},
		{"aws: key", func(p *tagpolicy.Policy) { p.Defaults["aws:owner"] = "me" }, "the key \"aws:owner\" begins with aws:"},
		{"Creator", func(p *tagpolicy.Policy) { p.Defaults["Creator"] = "me" }, "defaults.Creator: is set from the create event"},
		{"CreatedAt", rule(func(r *tagpolicy.Rule) { r.Tags["CreatedAt"] = "now" }), "rules[0].tags.CreatedAt: is set from the create event"},
		{"case of a key", func(p *tagpolicy.Policy) { p.Defaults["environment"] = "DEV" }, `defaults.environment: tag keys mind case: write "Environment"`},
		{"personal information", func(p *tagpolicy.Policy) { p.Defaults["PersonalInformation"] = "yes" }, `defaults.PersonalInformation: is "yes": write "Y" or "N"`},
		{"unknown type", rule(func(r *tagpolicy.Rule) { r.Tags["AssetType"] = "web-servr" }), `rules[0].tags.AssetType: no asset type has the id "web-servr": did you mean "web-server"?`},
		{"display value for id", rule(func(r *tagpolicy.Rule) { r.Tags["AssetType"] = "유어클래스 강의자료" }), `is a display value: write the id "lecture-material"`},
		{"no name", rule(func(r *tagpolicy.Rule) { r.Name = "" }), "rules[0].name: has 0 characters"},
		{"name twice", func(p *tagpolicy.Policy) { p.Rules[1].Name = p.Rules[0].Name }, "rules[1].name: \"student databases\" is the name of rules[0] too"},
		{"no tags", rule(func(r *tagpolicy.Rule) { r.Tags = nil }), "rules[0].tags: gives no tags"},
		{"exclude with tags", rule(func(r *tagpolicy.Rule) { r.Exclude = true }), "rules[0].exclude: an excluding rule gives no tags"},
		{"exclude everything", rule(func(r *tagpolicy.Rule) { *r = tagpolicy.Rule{Name: "x", Exclude: true} }), "rules[0].match: excludes every asset"},
		{"empty pattern", rule(func(r *tagpolicy.Rule) { r.Match.Names = []string{""} }), "rules[0].match.names[0]: is empty"},
		{"upper case service", rule(func(r *tagpolicy.Rule) { r.Match.Services = []string{"RDS"} }), `rules[0].match.services[0]: "RDS" can match nothing: use a-z`},
		{"type without service", rule(func(r *tagpolicy.Rule) { r.Match.ResourceTypes = []string{"instance"} }), "write service:type"},
		{"character class", rule(func(r *tagpolicy.Rule) { r.Match.Names = []string{"web-[ab]"} }), "the wildcards are * and ? only"},
		{"pattern of a tag", rule(func(r *tagpolicy.Rule) { r.Match.Tags = map[string]string{"Team": ""} }), "rules[0].match.tags.Team: is empty"},
		{"after a catch-all", func(p *tagpolicy.Policy) {
			p.Rules[0].Match = tagpolicy.Match{Services: []string{"*"}}
		}, `rules[1]: never decides anything: rule "student databases" before it`},
		{"same match again", func(p *tagpolicy.Policy) {
			p.Rules[2].Match = p.Rules[1].Match
		}, `rules[2]: never decides anything: rule "web servers" before it`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := company()
			c.change(p)
			assert.ErrorContains(t, p.Validate(), c.fault)
		})
	}
	require.NoError(t, company().Validate())
}

func TestValidateJoinsFaults(t *testing.T) {
	p := company()
	p.Version, p.Defaults["PersonalInformation"], p.Rules[1].Name = 9, "maybe", ""
	err := p.Validate()
	for _, fault := range []string{"version:", "defaults.PersonalInformation:", "rules[1].name:"} {
		assert.ErrorContains(t, err, fault)
	}
}

func TestRulesThatAddAKeyAreNotUnreachable(t *testing.T) {
	p := company()
	p.Rules[0].Match = tagpolicy.Match{}
	p.Rules[0].Tags = map[string]string{"Owner": "Security"}
	assert.NoError(t, p.Validate())
}

func TestParseOverrides(t *testing.T) {
	for _, doc := range []string{"", " \n", "{}", " { } "} {
		p, err := tagpolicy.ParseOverrides([]byte(doc), company())
		require.NoError(t, err, doc)
		assert.Equal(t, &tagpolicy.Policy{Version: 1}, p)
	}

	p, err := tagpolicy.ParseOverrides([]byte(`{"version":1,"assetTypes":[{"id":"lab","value":"실습 서버"}],
		"rules":[{"name":"a","match":{"names":["lab-*"]},"tags":{"AssetType":"lab"}},
		         {"name":"b","match":{"services":["s3"]},"tags":{"AssetType":"was"}}]}`), company())
	require.NoError(t, err)
	assert.Len(t, p.Rules, 2)

	_, err = tagpolicy.ParseOverrides([]byte(`{"version":1,"assetTypes":[{"id":"lab","value":"WAS"}],
		"defaults":{"AssetType":"labs"}}`), company())
	assert.ErrorContains(t, err, `assetTypes[0].value: "WAS" is the value of asset type was of the policy too`)
	assert.ErrorContains(t, err, `defaults.AssetType: no asset type has the id "labs": did you mean "lab"?`)

	_, err = tagpolicy.ParseOverrides([]byte(`{"version":1,"assetTypes":[{"id":"was","value":"WAS 서버"}]}`), company())
	assert.NoError(t, err, "overrides may give a type another display value")
}

func TestDecide(t *testing.T) {
	born := time.Date(2026, 3, 2, 10, 20, 30, 0, time.FixedZone("KST", 9*3600))
	none := &tagpolicy.Policy{Version: 1}
	asset := func(service, kind, name string) tagpolicy.Asset {
		return tagpolicy.Asset{Service: service, ResourceType: service + ":" + kind, Names: []string{name}, Region: "ap-northeast-2",
			Account: "123456789012", Creator: "kim", CreatedAt: born}
	}
	tagged := func(a tagpolicy.Asset, tags map[string]string) tagpolicy.Asset { a.Tags = tags; return a }
	for _, c := range []struct {
		name      string
		overrides *tagpolicy.Policy
		asset     tagpolicy.Asset
		tags      map[string]string // beside Creator, CreatedAt and the defaults
		rules     map[string]string
	}{
		{"nothing decides the type", none, asset("ec2", "instance", "i-1"),
			map[string]string{"AssetType": "unclassified"},
			map[string]string{"AssetType": "unclassified", "Owner": "policy/defaults", "Creator": "event"}},
		{"Korean name and value", none, asset("rds", "db", "수강생-2026"),
			map[string]string{"AssetType": "수강생 데이터 베이스", "PersonalInformation": "Y"},
			map[string]string{"AssetType": "policy/student databases", "PersonalInformation": "policy/student databases"}},
		{"Name tag beside the id", none, tagged(asset("ec2", "instance", "i-1"), map[string]string{"Name": "web-1"}),
			map[string]string{"AssetType": "Web Server"}, nil},
		{"existing tag", none, tagged(asset("s3", "bucket", "b"), map[string]string{"Course": "Go"}),
			map[string]string{"AssetType": "유어클래스 강의자료"}, nil},
		{"overrides go first, key by key", &tagpolicy.Policy{Version: 1, Rules: []tagpolicy.Rule{
			{Name: "mine", Match: tagpolicy.Match{Creators: []string{"k?m"}}, Tags: map[string]string{"AssetType": "was"}}}},
			asset("rds", "db", "student-1"),
			map[string]string{"AssetType": "WAS", "PersonalInformation": "Y"},
			map[string]string{"AssetType": "overrides/mine", "PersonalInformation": "policy/student databases"}},
		{"overrides' defaults before the policy's, after every rule", &tagpolicy.Policy{Version: 1,
			Defaults: map[string]string{"Owner": "Lab", "AssetType": "was"}},
			tagged(asset("ec2", "instance", "i-1"), map[string]string{"Name": "web-1"}),
			map[string]string{"AssetType": "Web Server", "Owner": "Lab"},
			map[string]string{"Owner": "overrides/defaults"}},
		{"overrides' display value", &tagpolicy.Policy{Version: 1, AssetTypes: []tagpolicy.AssetType{{ID: "web-server", Value: "웹 서버"}}},
			asset("ec2", "volume", "web-vol"), map[string]string{"AssetType": "웹 서버"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.NoError(t, c.overrides.ValidateOverrides(company()))
			want := map[string]string{"Environment": "PROD", "Owner": "DevOps", "PersonalInformation": "N",
				"Creator": "kim", "CreatedAt": "2026-03-02T01:20:00Z"}
			for k, v := range c.tags {
				want[k] = v
			}
			d := tagpolicy.Decide(company(), c.overrides, c.asset)
			assert.Equal(t, want, d.Tags)
			assert.Len(t, d.RuleByKey, len(d.Tags))
			for k, rule := range c.rules {
				assert.Equal(t, rule, d.RuleByKey[k], k)
			}
		})
	}
}

func TestDecideInherits(t *testing.T) {
	none := &tagpolicy.Policy{Version: 1}
	parent := map[string]string{"Owner": "Sales", "PersonalInformation": "N", "AssetType": "Batch", "Creator": "park", "Team": "x"}
	child := tagpolicy.Asset{Service: "rds", ResourceType: "rds:db", Names: []string{"student-1"}, Creator: "autoscaling.amazonaws.com", Inherited: parent}

	d := tagpolicy.Decide(company(), none, child)
	assert.Equal(t, map[string]string{"Environment": "PROD", "Owner": "Sales", "PersonalInformation": "Y",
		"AssetType": "수강생 데이터 베이스", "Creator": "park"}, d.Tags, "a rule that overwrites goes before the parent")
	assert.Equal(t, "parent", d.RuleByKey["Owner"])

	child.Service, child.ResourceType, child.Names = "ec2", "ec2:instance", []string{"web-1"}
	assert.Equal(t, "Batch", tagpolicy.Decide(company(), none, child).Tags["AssetType"], "the parent goes before any other rule")
	child.Inherited = map[string]string{"AssetType": "unclassified", "Owner": ""}
	d = tagpolicy.Decide(company(), none, child)
	assert.Equal(t, []string{"Web Server", "DevOps"}, []string{d.Tags["AssetType"], d.Tags["Owner"]}, "which says nothing")

	child.Inherited, child.Tags = parent, map[string]string{"Owner": "Own"}
	assert.NotContains(t, tagpolicy.Decide(company(), none, child).Missing(child.Tags), "Owner", "the asset's own tag stays")
	assert.NotContains(t, tagpolicy.Decide(company(), &tagpolicy.Policy{RecordCreator: no()}, child).Tags, "Creator")
}

func TestDecideExcludes(t *testing.T) {
	policy := company()
	policy.Rules = append(policy.Rules, tagpolicy.Rule{Name: "scratch", Match: tagpolicy.Match{Names: []string{"tmp-*"}}, Exclude: true})
	require.NoError(t, policy.Validate())
	d := tagpolicy.Decide(policy, &tagpolicy.Policy{Version: 1}, tagpolicy.Asset{Service: "s3", ResourceType: "s3:bucket", Names: []string{"tmp-1"}})
	assert.Equal(t, tagpolicy.Decision{Excluded: "policy/scratch"}, d)
}

func TestDecideLeavesCreatorOut(t *testing.T) {
	yes := true
	off, none := company(), &tagpolicy.Policy{Version: 1}
	off.RecordCreator = no()
	asset := tagpolicy.Asset{Creator: "kim"}
	assert.Contains(t, tagpolicy.Decide(company(), none, asset).Tags, "Creator")
	assert.NotContains(t, tagpolicy.Decide(off, none, asset).Tags, "Creator")
	assert.NotContains(t, tagpolicy.Decide(off, &tagpolicy.Policy{RecordCreator: &yes}, asset).Tags, "Creator", "overrides cannot switch it on")
	assert.NotContains(t, tagpolicy.Decide(company(), &tagpolicy.Policy{RecordCreator: no()}, asset).Tags, "Creator")
	assert.NotContains(t, tagpolicy.Decide(company(), none, tagpolicy.Asset{}).Tags, "Creator", "an unknown creator is no tag")
}

func TestMissing(t *testing.T) {
	d := tagpolicy.Decision{Tags: map[string]string{"Owner": "DevOps", "PersonalInformation": "Y", "AssetType": "WAS"},
		Overwrite: map[string]bool{"PersonalInformation": true}}
	assert.Equal(t, d.Tags, d.Missing(nil))
	assert.Equal(t, map[string]string{"PersonalInformation": "Y", "AssetType": "WAS"},
		d.Missing(map[string]string{"Owner": "Sales", "PersonalInformation": "N", "Course": "Go"}))
	assert.Empty(t, d.Missing(map[string]string{"Owner": "", "PersonalInformation": "Y", "AssetType": "x"}))
}

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		match         bool
	}{
		{"*", "", true}, {"*", "a/b", true}, {"a", "a", true}, {"a", "A", false}, {"a", "ab", false},
		{"a*", "a", true}, {"*a", "ba", true}, {"a*b*c", "axxbyyc", true}, {"a*b*c", "axxbyy", false},
		{"?", "가", true}, {"?", "", false}, {"수?생*", "수강생 데이터", true}, {"**b", "aab", true}, {"*가", "나가가", true},
		{"a?c", "a*c", true}, {"a.c", "abc", false},
	} {
		p := &tagpolicy.Policy{Version: 1, Rules: []tagpolicy.Rule{{Name: "r",
			Match: tagpolicy.Match{Names: []string{c.pattern}}, Tags: map[string]string{"Owner": "hit"}}}}
		d := tagpolicy.Decide(p, &tagpolicy.Policy{}, tagpolicy.Asset{Names: []string{c.name}})
		assert.Equal(t, c.match, d.Tags["Owner"] == "hit", "%q against %q", c.pattern, c.name)
	}
}

func TestLegalise(t *testing.T) {
	for text, want := range map[string]string{"kim@example.com": "kim@example.com", "김 철수": "김 철수", " a ": "a",
		"a,b*c\n\xff": "a_b_c__", "aws:x": "aws_x", "": "", strings.Repeat("가", 300): strings.Repeat("가", 256)} {
		assert.Equal(t, want, tagpolicy.Legalise(text))
	}
}

func FuzzLegalise(f *testing.F) {
	f.Add("AWS:x\xff")
	f.Fuzz(func(t *testing.T, text string) {
		value := tagpolicy.Legalise(text)
		if value == "" {
			return
		}
		p := &tagpolicy.Policy{Version: 1, Defaults: map[string]string{"Owner": value}}
		require.NoError(t, p.Validate())
	})
}

func FuzzParse(f *testing.F) {
	doc, _ := company().Marshal()
	for _, seed := range []string{string(doc), `{}`, `{"version":1,"rules":[{}]}`, `[[`, `{"a":{"a":1}}`, "{\"version\":1,\"x\":\"\xff\"}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		p, err := tagpolicy.Parse(doc)
		if (p == nil) == (err == nil) {
			t.Fatalf("policy %v, error %v", p, err)
		}
		if err != nil {
			return
		}
		again, err := p.Marshal()
		require.NoError(t, err)
		read, err := tagpolicy.Parse(again)
		require.NoError(t, err, "a valid policy stays valid when written: %s", again)
		twice, err := read.Marshal()
		require.NoError(t, err)
		require.Equal(t, string(again), string(twice))
	})
}

func FuzzDecide(f *testing.F) {
	f.Add("rds", "rds:db", "student-1", "kim", "*a*b*c*")
	f.Add("ec2", "ec2:instance", "\xff\xfe", "", "??\xff")
	f.Fuzz(func(t *testing.T, service, kind, name, creator, pattern string) {
		p := company()
		p.Rules[0].Match.Names = []string{pattern}
		d := tagpolicy.Decide(p, &tagpolicy.Policy{Version: 1}, tagpolicy.Asset{Service: service, ResourceType: kind, Names: []string{name}, Creator: creator})
		for _, key := range []string{"Environment", "AssetType", "PersonalInformation", "Owner"} {
			require.NotEmpty(t, d.Tags[key])
		}
	})
}

func BenchmarkDecide(b *testing.B) {
	policy, overrides := company(), &tagpolicy.Policy{Version: 1}
	asset := tagpolicy.Asset{Service: "ec2", ResourceType: "ec2:instance", Names: []string{"i-0abcdef0123456789"}, Creator: "kim",
		CreatedAt: time.Unix(0, 0), Tags: map[string]string{"Name": "web-1"}}
	b.ReportAllocs()
	for b.Loop() {
		tagpolicy.Decide(policy, overrides, asset)
	}
}

func BenchmarkParse(b *testing.B) {
	doc, err := company().Marshal()
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tagpolicy.Parse(doc); err != nil {
			b.Fatal(err)
		}
	}
}

// Unclassified is a mark, which gives way once the type is decided; what people chose stays.
func TestMissingReplacesTheMarkUnclassified(t *testing.T) {
	decided := tagpolicy.Decision{Tags: map[string]string{contract.TagAssetType: "Web Server", contract.TagOwner: "DevOps"}}
	for _, c := range []struct {
		carried map[string]string
		missing map[string]string
	}{
		{map[string]string{contract.TagAssetType: contract.Unclassified, contract.TagOwner: "Sales"}, map[string]string{contract.TagAssetType: "Web Server"}},
		{map[string]string{contract.TagAssetType: "WAS", contract.TagOwner: contract.Unclassified}, map[string]string{}},
	} {
		assert.Equal(t, c.missing, decided.Missing(c.carried))
	}
	undecided := tagpolicy.Decision{Tags: map[string]string{contract.TagAssetType: contract.Unclassified}}
	assert.Empty(t, undecided.Missing(map[string]string{contract.TagAssetType: contract.Unclassified}))
}
