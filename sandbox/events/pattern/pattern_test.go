package pattern_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/sandbox/events/pattern"
)

func object(t testing.TB, text string) map[string]any {
	t.Helper()
	var m map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &m))
	return m
}

// The examples are those of the EventBridge user guide, with events that match
// and events that do not.
func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		name, pattern string
		yes, no       []string
	}{
		{"exact string", `{"source":["aws.ec2"]}`,
			[]string{`{"source":"aws.ec2"}`, `{"source":["x","aws.ec2"]}`, `{"source":[["aws.ec2"]]}`},
			[]string{`{}`, `{"source":"AWS.EC2"}`, `{"source":{"source":"aws.ec2"}}`, `{"source":[]}`, `{"source":null}`}},
		{"one of several", `{"detail":{"state":["initializing","running"]}}`,
			[]string{`{"detail":{"state":"running"}}`, `{"detail":{"state":"initializing"}}`},
			[]string{`{"detail":{"state":"stopped"}}`, `{"detail":"running"}`, `{"state":"running"}`}},
		{"and", `{"Location":["New York"],"Day":["Monday"]}`,
			[]string{`{"Location":"New York","Day":"Monday","other":1}`},
			[]string{`{"Location":"New York","Day":"Tuesday"}`, `{"Location":"New York"}`}},
		{"number by value", `{"n":[300]}`,
			[]string{`{"n":300}`, `{"n":300.0}`, `{"n":3.0e2}`, `{"n":[1,300]}`}, []string{`{"n":"300"}`, `{"n":301}`}},
		{"bool", `{"b":[true]}`, []string{`{"b":true}`}, []string{`{"b":false}`, `{"b":"true"}`, `{}`}},
		{"null", `{"UserID":[null]}`, []string{`{"UserID":null}`, `{"UserID":[null]}`}, []string{`{}`, `{"UserID":""}`, `{"UserID":"null"}`}},
		{"empty", `{"LastName":[""]}`, []string{`{"LastName":""}`}, []string{`{"LastName":null}`, `{"LastName":" "}`, `{}`}},
		{"prefix", `{"Region":[{"prefix":"us-"}]}`, []string{`{"Region":"us-east-1"}`, `{"Region":"us-"}`}, []string{`{"Region":"US-east-1"}`, `{"Region":"eu-us-"}`, `{"Region":1}`}},
		{"prefix ignore case", `{"service":[{"prefix":{"equals-ignore-case":"EventB"}}]}`, []string{`{"service":"eventbridge"}`, `{"service":"EVENTBridge"}`}, []string{`{"service":"event"}`}},
		{"suffix", `{"FileName":[{"suffix":".png"}]}`, []string{`{"FileName":"a.png"}`}, []string{`{"FileName":"a.PNG"}`, `{"FileName":"a.png.gz"}`}},
		{"suffix ignore case", `{"FileName":[{"suffix":{"equals-ignore-case":".png"}}]}`, []string{`{"FileName":"a.PnG"}`}, []string{`{"FileName":"a.jpg"}`}},
		{"equals ignore case", `{"detail-type":[{"equals-ignore-case":"ec2 Instance State-change Notification"}]}`,
			[]string{`{"detail-type":"EC2 instance state-change notification"}`}, []string{`{"detail-type":"ec2"}`}},
		{"wildcard", `{"FilePath":[{"wildcard":"dir/*.png"}]}`, []string{`{"FilePath":"dir/a.png"}`, `{"FilePath":"dir/.png"}`}, []string{`{"FilePath":"dir/a.pngx"}`, `{"FilePath":"xdir/a.png"}`, `{"FilePath":7}`}},
		{"wildcard overlap", `{"s":[{"wildcard":"ab*ba"}]}`, []string{`{"s":"abba"}`, `{"s":"abxba"}`}, []string{`{"s":"aba"}`}},
		{"wildcard several", `{"EventBusArn":[{"wildcard":"arn:aws:events:us-east-1:*:event-bus/*"}]}`,
			[]string{`{"EventBusArn":"arn:aws:events:us-east-1:123456789012:event-bus/a"}`}, []string{`{"EventBusArn":"arn:aws:events:us-east-1:event-bus"}`}},
		{"wildcard escapes", `{"s":[{"wildcard":"a\\*b\\\\*"}]}`, []string{`{"s":"a*b\\"}`, `{"s":"a*b\\tail"}`}, []string{`{"s":"axb\\"}`, `{"s":"a*b"}`}},
		{"wildcard alone", `{"s":[{"wildcard":"*"}]}`, []string{`{"s":""}`, `{"s":"x"}`}, []string{`{"s":null}`}},
		{"anything but", `{"state":[{"anything-but":"initializing"}]}`, []string{`{"state":"running"}`, `{"state":1}`, `{"state":null}`, `{"state":["initializing","x"]}`}, []string{`{"state":"initializing"}`, `{}`, `{"state":["initializing"]}`, `{"state":{"a":1}}`}},
		{"anything but list", `{"detail":{"state":[{"anything-but":["stopped","overloaded"]}]}}`, []string{`{"detail":{"state":"ok"}}`}, []string{`{"detail":{"state":"stopped"}}`, `{"detail":{"state":"overloaded"}}`}},
		{"anything but number", `{"x-limit":[{"anything-but":123}]}`, []string{`{"x-limit":124}`, `{"x-limit":"123"}`}, []string{`{"x-limit":123}`, `{"x-limit":1.23e2}`}},
		{"anything but numbers", `{"x-limit":[{"anything-but":[100,200,300]}]}`, []string{`{"x-limit":101}`}, []string{`{"x-limit":200}`}},
		{"anything but prefix", `{"Region":[{"anything-but":{"prefix":"us-"}}]}`, []string{`{"Region":"eu-west-1"}`, `{"Region":5}`}, []string{`{"Region":"us-east-1"}`}},
		{"anything but prefixes", `{"s":[{"anything-but":{"prefix":["a","b"]}}]}`, []string{`{"s":"c"}`}, []string{`{"s":"ax"}`, `{"s":"bx"}`}},
		{"anything but suffix", `{"FileName":[{"anything-but":{"suffix":[".txt",".rtf"]}}]}`, []string{`{"FileName":"a.png"}`}, []string{`{"FileName":"a.txt"}`, `{"FileName":"a.rtf"}`}},
		{"anything but ignore case", `{"detail":{"state":[{"anything-but":{"equals-ignore-case":["initializing","stopped"]}}]}}`, []string{`{"detail":{"state":"running"}}`}, []string{`{"detail":{"state":"STOPPED"}}`, `{"detail":{"state":"Initializing"}}`}},
		{"anything but wildcard", `{"FilePath":[{"anything-but":{"wildcard":["*/lib/*","*/bin/*"]}}]}`, []string{`{"FilePath":"/usr/share/x"}`}, []string{`{"FilePath":"/usr/lib/x"}`, `{"FilePath":"/usr/bin/x"}`}},
		{"numeric equals", `{"Price":[{"numeric":["=",100]}]}`, []string{`{"Price":100}`}, []string{`{"Price":100.1}`, `{"Price":"100"}`}},
		{"numeric range", `{"Price":[{"numeric":[">",10,"<=",20]}]}`, []string{`{"Price":10.5}`, `{"Price":20}`}, []string{`{"Price":10}`, `{"Price":20.01}`}},
		{"numeric below", `{"d-count":[{"numeric":["<",10]}]}`, []string{`{"d-count":9}`, `{"d-count":-4}`}, []string{`{"d-count":10}`}},
		{"numeric at least", `{"n":[{"numeric":[">=",0]}]}`, []string{`{"n":0}`}, []string{`{"n":-0.5}`}},
		{"cidr", `{"sourceIPAddress":[{"cidr":"10.0.0.0/24"}]}`, []string{`{"sourceIPAddress":"10.0.0.255"}`}, []string{`{"sourceIPAddress":"10.0.1.0"}`, `{"sourceIPAddress":"cloudtrail.amazonaws.com"}`}},
		{"cidr v6", `{"ip":[{"cidr":"2001:db8::/32"}]}`, []string{`{"ip":"2001:db8::1"}`}, []string{`{"ip":"2001:db9::1"}`, `{"ip":"10.0.0.1"}`}},
		{"exists", `{"ProductName":[{"exists":true}]}`, []string{`{"ProductName":""}`, `{"ProductName":null}`, `{"ProductName":[1]}`}, []string{`{}`, `{"ProductName":{"a":1}}`, `{"ProductName":[]}`, `{"ProductName":{}}`}},
		{"does not exist", `{"ProductName":[{"exists":false}]}`, []string{`{}`, `{"ProductName":{"a":1}}`, `{"ProductName":[]}`}, []string{`{"ProductName":"x"}`, `{"ProductName":null}`}},
		{"nested does not exist", `{"source":["aws.ec2"],"detail":{"errorCode":[{"exists":false}]}}`,
			[]string{`{"source":"aws.ec2","detail":{"a":1}}`, `{"source":"aws.ec2"}`, `{"source":"aws.ec2","detail":"x"}`},
			[]string{`{"source":"aws.ec2","detail":{"errorCode":"AccessDenied"}}`}},
		{"absent or value", `{"a":[{"exists":false},"x"]}`, []string{`{}`, `{"a":"x"}`}, []string{`{"a":"y"}`}},
		{"same element of an array", `{"items":{"kind":["a"],"size":[1]}}`,
			[]string{`{"items":[{"kind":"b","size":1},{"kind":"a","size":1}]}`, `{"items":{"kind":"a","size":1}}`, `{"items":[[{"kind":"a","size":1}]]}`},
			[]string{`{"items":[{"kind":"a","size":2},{"kind":"b","size":1}]}`, `{"items":[]}`, `{"items":["a",1]}`}},
		{"same element through or", `{"items":{"kind":["a"],"$or":[{"size":[1]},{"size":[2]}]}}`,
			[]string{`{"items":[{"kind":"a","size":2}]}`}, []string{`{"items":[{"kind":"a","size":3},{"kind":"b","size":1}]}`}},
		{"same element through an outer or", `{"items":{"kind":["a"]},"$or":[{"items":{"size":[1]}},{"other":["x"]}]}`,
			[]string{`{"items":[{"kind":"a","size":1}]}`, `{"items":[{"kind":"a"}],"other":"x"}`}, []string{`{"items":[{"kind":"a"},{"kind":"b","size":1}]}`}},
		{"absent anywhere in the array", `{"items":{"kind":["a"],"gone":[{"exists":false}]}}`, []string{`{"items":[{"kind":"a"},{"kind":"b"}]}`}, []string{`{"items":[{"kind":"a"},{"kind":"b","gone":1}]}`}},
		{"or", `{"detail":{"$or":[{"c-count":[{"numeric":[">",0,"<=",5]}]},{"d-count":[{"numeric":["<",10]}]},{"x-limit":[{"numeric":["=",3.018e2]}]}]}}`,
			[]string{`{"detail":{"c-count":5}}`, `{"detail":{"d-count":1}}`, `{"detail":{"x-limit":301.8}}`}, []string{`{"detail":{"c-count":6,"d-count":10}}`, `{"detail":{}}`}},
		{"or and and", `{"source":["aws.cloudwatch"],"$or":[{"metricName":["CPUUtilization","ReadLatency"]},{"metricType":["MetricType"],"namespace":["AWS/EC2","AWS/ES"],"$or":[{"metricId":[1234]},{"spaceId":[1000]}]},{"scope":["Service"]}]}`,
			[]string{`{"source":"aws.cloudwatch","scope":"Service"}`, `{"source":"aws.cloudwatch","metricType":"MetricType","namespace":"AWS/ES","spaceId":1000}`},
			[]string{`{"source":"aws.cloudwatch"}`, `{"scope":"Service"}`, `{"source":"aws.cloudwatch","metricType":"MetricType","namespace":"AWS/ES"}`}},
		{"or as a field", `{"$or":{"a":["x"]}}`, []string{`{"$or":{"a":"x"}}`}, []string{`{"a":"x"}`}},
		{"the guide's whole example", `{"time":[{"prefix":"2017-10-02"}],"detail":{"state":[{"anything-but":"initializing"}],"c-count":[{"numeric":[">",0,"<=",5]}],"d-count":[{"numeric":["<",10]}],"x-limit":[{"anything-but":[100,200,300]}],"source-ip":[{"cidr":"10.0.0.0/8"}]}}`,
			[]string{`{"time":"2017-10-02T16:24:49Z","detail":{"c-count":5,"d-count":3,"x-limit":301.8,"source-ip":"10.0.0.33","state":"running"}}`},
			[]string{`{"time":"2017-10-02T16:24:49Z","detail":{"c-count":5,"d-count":3,"x-limit":300,"source-ip":"10.0.0.33","state":"running"}}`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := pattern.Parse([]byte(tt.pattern))
			require.NoError(t, err)
			for _, event := range tt.yes {
				assert.True(t, p.Match(object(t, event)), "should match %s", event)
			}
			for _, event := range tt.no {
				assert.False(t, p.Match(object(t, event)), "should not match %s", event)
			}
		})
	}
}

func TestMatchTakesEveryGoNumber(t *testing.T) {
	p, err := pattern.Parse([]byte(`{"n":[{"numeric":[">=",5]}]}`))
	require.NoError(t, err)
	for _, n := range []any{5, int32(5), int64(5), float32(5), 5.0, json.Number("5e0")} {
		assert.True(t, p.Match(map[string]any{"n": n}), "%T", n)
	}
	assert.False(t, p.Match(map[string]any{"n": json.Number("x")}))
}

func TestParseRefuses(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 150) + `["x"]` + strings.Repeat(`}`, 150)
	wide := `{"$or":[{"a":["1"]},{"b":["1"]}` + strings.Repeat(`,{"c":["1"]}`, 30) + `]`
	for name, tt := range map[string]struct{ pattern, reason string }{
		"not JSON":             {`{"a"`, "not JSON"},
		"two documents":        {`{"a":["x"]} {}`, "after its JSON"},
		"not an object":        {`["a"]`, "Filter is not an object"},
		"empty":                {`{}`, "Empty objects"},
		"empty below":          {`{"a":{}}`, "Empty objects are not allowed at a"},
		"bare value":           {`{"a":{"b":"x"}}`, `"b" must be an object or an array at a`},
		"empty list":           {`{"a":[]}`, "Empty arrays are not allowed at a"},
		"list in list":         {`{"a":[["x"]]}`, "Match value must be"},
		"unknown operator":     {`{"a":[{"begins":"x"}]}`, "Unrecognized match type begins at a"},
		"two operators":        {`{"a":[{"prefix":"x","suffix":"y"}]}`, "Only one key allowed"},
		"no operator":          {`{"a":[{}]}`, "Only one key allowed"},
		"prefix number":        {`{"a":[{"prefix":1}]}`, "prefix match pattern must be a string"},
		"suffix object":        {`{"a":[{"suffix":{"prefix":"x"}}]}`, "suffix match pattern takes"},
		"exists text":          {`{"a":[{"exists":"true"}]}`, "either true or false"},
		"numeric text":         {`{"a":[{"numeric":"5"}]}`, "must be an array"},
		"numeric short":        {`{"a":[{"numeric":[">"]}]}`, "one or two comparisons"},
		"numeric operator":     {`{"a":[{"numeric":["!",5]}]}`, "Unrecognized numeric range operator: !"},
		"numeric operand":      {`{"a":[{"numeric":[">","5"]}]}`, "must be a number"},
		"numeric bound":        {`{"a":[{"numeric":[">",6e9]}]}`, "between -5.0E9 and 5.0E9"},
		"numeric upside down":  {`{"a":[{"numeric":[">",5,"<",4]}]}`, "Bottom must be less than top"},
		"numeric wrong order":  {`{"a":[{"numeric":["<",5,">",4]}]}`, "a numeric range is"},
		"cidr":                 {`{"a":[{"cidr":"10.0.0.0/33"}]}`, "Malformed CIDR"},
		"wildcard pair":        {`{"a":[{"wildcard":"a**b"}]}`, "Consecutive wildcard characters at pos 1"},
		"wildcard escape":      {`{"a":[{"wildcard":"a\\x"}]}`, "Invalid escape character at pos 1"},
		"wildcard number":      {`{"a":[{"wildcard":1}]}`, "must be a string"},
		"anything-but bool":    {`{"a":[{"anything-but":true}]}`, "anything-but must be"},
		"anything-but mixed":   {`{"a":[{"anything-but":["x",1]}]}`, "mixed type is not supported"},
		"anything-but empty":   {`{"a":[{"anything-but":[]}]}`, "Empty arrays"},
		"anything-but null":    {`{"a":[{"anything-but":[null]}]}`, "is not supported"},
		"anything-but cidr":    {`{"a":[{"anything-but":{"cidr":"10.0.0.0/8"}}]}`, "Unsupported anything-but pattern: cidr"},
		"anything-but prefix":  {`{"a":[{"anything-but":{"prefix":""}}]}`, "Null prefix/suffix"},
		"anything-but no list": {`{"a":[{"anything-but":{"prefix":[]}}]}`, "Empty arrays"},
		"or with one branch":   {`{"$or":[{"a":["x"]}]}`, "Unrecognized match type a"},
		"or with an operator":  {`{"$or":[{"prefix":["x"]},{"a":["x"]}]}`, "prefix match pattern must be a string"},
		"too deep":             {deep, "nested more than"},
		"too many ors":         {wide + `,"d":` + wide + `}}`, "more than 1000 rule combinations"},
		"too long":             {`{"a":["` + strings.Repeat("가", 2048) + `"]}`, "more than the limit of 2048"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := pattern.Parse([]byte(tt.pattern))
			var refused *pattern.InvalidError
			require.ErrorAs(t, err, &refused)
			assert.Contains(t, err.Error(), "Event pattern is not valid. Reason: ")
			assert.Contains(t, err.Error(), tt.reason)
		})
	}
}

func TestLengthCountsCharacters(t *testing.T) {
	fits := `{"a":["` + strings.Repeat("가", pattern.MaxLength-10) + `"]}`
	_, err := pattern.Parse([]byte(fits))
	require.NoError(t, err)
	_, err = pattern.ParseFilter([]byte(`{"a":["` + strings.Repeat("x", 4000) + `"]}`))
	require.NoError(t, err)
}

func FuzzMatch(f *testing.F) {
	f.Add(`{"a":[{"wildcard":"x*y\\*"}]}`, `{"a":["x",{"b":1}]}`)
	f.Add(`{"$or":[{"a":[1]},{"b":{"c":[{"exists":false}]}}]}`, `{"b":[[{"c":null}]]}`)
	f.Add(`{"a":[{"anything-but":{"prefix":["x"]}},{"cidr":"::/0"},{"numeric":["=",1]}]}`, `{"a":"::1"}`)
	f.Fuzz(func(t *testing.T, source, event string) {
		p, err := pattern.Parse([]byte(source))
		if err != nil {
			var refused *pattern.InvalidError
			require.ErrorAs(t, err, &refused)
			return
		}
		var decoded map[string]any
		if json.Unmarshal([]byte(event), &decoded) == nil {
			assert.Equal(t, p.Match(decoded), p.Match(decoded))
		}
	})
}

const trailPattern = `{"source":["aws.ec2","aws.s3","aws.rds"],"detail-type":["AWS API Call via CloudTrail"],"detail":{"eventSource":["ec2.amazonaws.com"],"eventName":["RunInstances","CreateVolume","CreateSecurityGroup"],"errorCode":[{"exists":false}]}}`

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		if _, err := pattern.Parse([]byte(trailPattern)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	p, err := pattern.Parse([]byte(trailPattern))
	require.NoError(b, err)
	items := make([]string, 20)
	for i := range items {
		items[i] = fmt.Sprintf(`{"instanceId":"i-%d"}`, i)
	}
	event := object(b, `{"source":"aws.ec2","detail-type":"AWS API Call via CloudTrail","detail":{"eventSource":"ec2.amazonaws.com","eventName":"RunInstances","responseElements":{"instancesSet":{"items":[`+strings.Join(items, ",")+`]}}}}`)
	b.ResetTimer()
	for b.Loop() {
		if !p.Match(event) {
			b.Fatal("no match")
		}
	}
}
