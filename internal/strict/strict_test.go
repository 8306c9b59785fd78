package strict_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/internal/strict"
)

// course has a field of every kind that the package knows.
type course struct {
	Title    string            `json:"title"`
	Seats    int               `json:"seats,omitempty"`
	Open     *bool             `json:"open,omitempty"`
	Labels   map[string]string `json:"labels,omitempty"`
	Keywords []string          `json:"keywords,omitempty"`
	Lessons  []lesson          `json:"lessons,omitempty"`
	Teacher  lesson            `json:"teacher,omitempty"`
}

type lesson struct {
	Name  string `json:"name"`
	Hours int    `json:"hours,omitempty"`
}

func TestRead(t *testing.T) {
	tree, repeated, err := strict.Read([]byte(` {"a": [1.50, "가", true, null, {}, []], "": {"b": 1e400}} `))
	require.NoError(t, err)
	assert.Empty(t, repeated)
	assert.Equal(t, map[string]any{
		"a": []any{json.Number("1.50"), "가", true, nil, map[string]any{}, []any{}},
		"":  map[string]any{"b": json.Number("1e400")},
	}, tree)
}

func TestReadFindsRepeatedKeys(t *testing.T) {
	tree, repeated, err := strict.Read([]byte(`{"a":1,"b":[{},{"c":1,"c":{"d":1,"d":2}}],"a":2,"A":3}`))
	require.NoError(t, err)
	assert.Equal(t, "b[1].c: appears twice: keep one\nb[1].c.d: appears twice: keep one\na: appears twice: keep one", repeated.Error())
	assert.Equal(t, json.Number("2"), tree.(map[string]any)["a"], "the last one wins, as in encoding/json")
}

func TestReadSaysWhereTextIsNotJSON(t *testing.T) {
	for text, problem := range map[string]string{
		``:                  "not JSON at line 1, column 1: the document ends too early: close every { and [",
		"{\n  \"a\": [1,\n": "not JSON at line 2, column 11: the document ends too early: close every { and [",
		"{\"a\":1}\n}":      "not JSON at line 2, column 1: text after the end of the document: remove it",
		`{} {}`:             "text after the end of the document",
		`{"a":1 "b":2}`:     "not JSON at line 1, column 8: invalid character '\"' after object key:value pair",
		`{1:2}`:             "not JSON at line 1, column 2: ",
		`{"a":}`:            "not JSON at line 1, column 6: ",
		`[1,]`:              "not JSON at line 1, column 4: ",
		`tru`:               "not JSON at line 1, column 1: ",
	} {
		tree, repeated, err := strict.Read([]byte(text))
		assert.ErrorContains(t, err, problem, text)
		assert.Nil(t, tree)
		assert.Nil(t, repeated)
	}
}

func TestDecode(t *testing.T) {
	const keys = "hours, name"
	for _, c := range []struct {
		name, doc string
		null      strict.Null
		faults    string // one a line
		whole     bool
		want      course
	}{
		{name: "every kind", whole: true,
			doc: `{"title":"Go","seats":-3,"open":false,"labels":{"a.b":"x"},"keywords":["a","나"],"lessons":[{"name":"n","hours":2}],"teacher":{"name":"kim"}}`,
			want: course{Title: "Go", Seats: -3, Open: new(bool), Labels: map[string]string{"a.b": "x"}, Keywords: []string{"a", "나"},
				Lessons: []lesson{{"n", 2}}, Teacher: lesson{Name: "kim"}}},
		{name: "what is left out keeps its value", doc: `{}`, whole: true, want: course{Title: "before"}},
		{name: "unknown keys leave the rest whole", doc: `{"titel":"Go","seats":1,"zzz":{},"lessons":[{"hour":1}]}`, whole: true,
			faults: `lessons[0].hour: unknown key: did you mean "hours"? Use one of ` + keys + "\n" +
				`titel: unknown key: did you mean "title"? Use one of keywords, labels, lessons, open, seats, teacher, title` + "\n" +
				`zzz: unknown key: use one of keywords, labels, lessons, open, seats, teacher, title`,
			want: course{Title: "before", Seats: 1, Lessons: []lesson{{}}}},
		{name: "keys mind case", doc: `{"Title":"Go"}`, whole: true,
			faults: `Title: unknown key: did you mean "title"? Use one of keywords, labels, lessons, open, seats, teacher, title`,
			want:   course{Title: "before"}},
		{name: "wrong kinds, all at once", doc: `{"title":5,"seats":"5","open":"no","labels":[],"keywords":"a","lessons":[1,{"name":true},{"name":"n"}],"teacher":null}`,
			faults: `keywords: want a list, got the text "a": put it in brackets: [...]` + "\n" +
				`labels: want an object, got a list: write keys and values: {"key": ...}` + "\n" +
				`lessons[0]: want an object, got the number 1: write keys and values: {"key": ...}` + "\n" +
				`lessons[1].name: want text, got true: write it in quotes: "..."` + "\n" +
				`open: want true or false, got the text "no": write true or false, without quotes` + "\n" +
				`seats: want a whole number, got the text "5": write digits only, without quotes` + "\n" +
				`teacher: want an object, got nothing: write keys and values: {"key": ...}` + "\n" +
				`title: want text, got the number 5: write it in quotes: "..."`,
			want: course{Title: "before", Lessons: []lesson{{}, {}, {Name: "n"}}}},
		{name: "fraction", doc: `{"seats":1.0}`, want: course{Title: "before"},
			faults: "seats: want a whole number, got the number 1.0: write digits only, without quotes"},
		{name: "number too large", doc: `{"seats":99999999999999999999}`, want: course{Title: "before"},
			faults: "seats: want a whole number, got the number 99999999999999999999: write digits only, without quotes"},
		{name: "null as absent", null: strict.NullIsAbsent, doc: `{"title":null,"open":null,"teacher":{"name":null}}`, whole: true,
			want: course{Title: "before"}},
		{name: "null where it cannot be absent", null: strict.NullIsAbsent, doc: `{"labels":{"a":null},"keywords":[null],"unknown":null}`,
			faults: `keywords[0]: want text, got nothing: write it in quotes: "..."` + "\n" +
				`labels.a: want text, got nothing: write it in quotes: "..."` + "\n" +
				`unknown: unknown key: use one of keywords, labels, lessons, open, seats, teacher, title`,
			want: course{Title: "before", Labels: map[string]string{}, Keywords: []string{""}}},
		{name: "no object", doc: `["a"]`, want: course{Title: "before"},
			faults: `the document: want an object, got a list: write keys and values: {"key": ...}`},
		{name: "null document", null: strict.NullIsAbsent, doc: `null`, want: course{Title: "before"},
			faults: `the document: want an object, got nothing: write keys and values: {"key": ...}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			tree, _, err := strict.Read([]byte(c.doc))
			require.NoError(t, err)
			got := course{Title: "before"}
			faults, whole := strict.Decode(tree, &got, c.null)
			assert.Equal(t, c.faults, faults.Error())
			assert.Equal(t, c.whole, whole)
			assert.Equal(t, c.want, got)
		})
	}
}

// A type that the package cannot fill is a fault, not a panic: the package also runs in functions.
func TestDecodeIntoUnknownType(t *testing.T) {
	var into struct {
		At json.RawMessage `json:"at"`
	}
	faults, whole := strict.Decode(map[string]any{"at": []any{"x"}}, &into, strict.NullIsFault)
	assert.False(t, whole)
	assert.NotEmpty(t, faults)
}

func TestErr(t *testing.T) {
	assert.NoError(t, strict.Faults(nil).Err())
	assert.EqualError(t, strict.Faults{{Problem: "is bad"}, {Path: "a", Problem: "b", Mend: "c"}}.Err(), "the document: is bad\na: b: c")
}

func TestSuggest(t *testing.T) {
	for _, c := range []struct {
		name  string
		valid []string
		want  string
	}{
		{"servces", []string{"names", "services"}, `did you mean "services"? Use one of names, services`},
		{"VPCID", []string{"cidr", "vpcId"}, `did you mean "vpcId"? Use one of cidr, vpcId`},
		{"x", []string{"names", "services"}, "use one of names, services"},
		{"", []string{"names"}, "use one of names"},
		{"x", nil, "there are none"},
	} {
		assert.Equal(t, c.want, strict.Suggest(c.name, c.valid), c.name)
	}
}

// FuzzDecode: what has no faults reads as encoding/json reads it when that, too, refuses unknown keys.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"title":"Go","open":true,"lessons":[{"name":"n"}]}`, `{"a":1,"a":2}`, `[[{`, `{"labels":{"\ud800":"\xff"}}`,
		`{"seats":1e2}`, `{"seats":-0}`, `null`, `{"title":null}`, "\"\xff\"", `{"teacher":{"":0}}`} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, doc []byte, nullIsAbsent bool) {
		tree, repeated, err := strict.Read(doc)
		require.Equal(t, json.Valid(doc), err == nil, "%v", err)
		if err != nil {
			return
		}
		null := strict.NullIsFault
		if nullIsAbsent {
			null = strict.NullIsAbsent
		}
		var got, want course
		faults, whole := strict.Decode(tree, &got, null)
		require.True(t, whole || len(faults) > 0)
		for _, fault := range append(faults, repeated...) {
			require.NotEmpty(t, fault.Problem)
			require.NotEmpty(t, fault.Mend)
		}
		if len(faults)+len(repeated) > 0 {
			return
		}
		require.NoError(t, json.Unmarshal(doc, &want))
		require.Equal(t, want, got)
	})
}
