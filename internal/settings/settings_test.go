package settings

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

type example struct {
	Count    int       `yaml:"count" default:"3" range:"[1, 10]" doc:"a whole number"`
	Share    float64   `yaml:"share" default:"0.5" range:"(0, 1]" doc:"a number above 0"`
	Mode     string    `yaml:"mode" default:"slow" choices:"slow, fast" doc:"a choice"`
	Seed     uint64    `yaml:"seed" default:"42" doc:"any whole number"`
	Betas    []float64 `yaml:"betas" default:"[0.9, 0.99]" range:"[0, 1]" doc:"a list"`
	Pinned   *float64  `yaml:"pinned,omitempty" range:"[0, 5]" doc:"absent or a number"`
	Path     string    `yaml:"path,omitempty" file:"true" doc:"a file"`
	inlined  `yaml:",inline"`
	Section  section `yaml:"section" doc:"a section"`
	Hidden   func()  `yaml:"-"`
	Untagged int     // fields without a tag are no keys
}

type inlined struct {
	On bool `yaml:"on" default:"true" doc:"a switch"`
}

type section struct {
	Rate  float64 `yaml:"rate" default:"1e-8" range:"[0, 1e30]" doc:"a number in a section"`
	Depth *int    `yaml:"depth,omitempty" range:"[0, 4]" doc:"absent or a whole number"`
}

// Check states a rule over two keys.
func (e *example) Check() (key, problem string) {
	if e.On && e.Count == 10 {
		return "count", "is 10 while on is true"
	}
	return "", ""
}

func defaults() *example {
	e := new(example)
	SetDefaults(e)
	return e
}

func TestDefaultsComeFromTheTags(t *testing.T) {
	e := defaults()
	require.Equal(t, example{Count: 3, Share: 0.5, Mode: "slow", Seed: 42, Betas: []float64{0.9, 0.99}, inlined: inlined{On: true}, Section: section{Rate: 1e-8}}, *e)
	key, problem := Check(e)
	require.Empty(t, key+problem)
	require.Panics(t, func() {
		SetDefaults(&struct {
			N int `yaml:"n" default:"many"`
		}{})
	})
	require.Panics(t, func() {
		Fields(&struct {
			N int `yaml:"n" range:"0 to 1"`
		}{})
	})
	other := defaults()
	other.Betas[0] = 0
	require.Equal(t, 0.9, defaults().Betas[0], "defaults share nothing")
}

func TestFieldsAreInTheirOrder(t *testing.T) {
	var keys []string
	for _, f := range Fields(defaults(), &section{}) {
		keys = append(keys, f.Key)
		require.Equal(t, f.Key == "section", f.Section(), f.Key)
		require.Equal(t, f.Key == "path", f.File, f.Key)
		require.NotEmpty(t, f.Doc, f.Key)
	}
	require.Equal(t, []string{
		"count", "share", "mode", "seed", "betas", "pinned", "path", "on", "section", "section.rate", "section.depth", "rate", "depth",
	}, keys)
}

func TestRangesAndChoices(t *testing.T) {
	number := func(x float64) *float64 { return &x }
	whole := func(n int) *int { return &n }
	for name, c := range map[string]struct {
		set  func(*example)
		want string // empty if the value is allowed
	}{
		"closed bound":           {func(e *example) { e.Count, e.On = 1, false }, ""},
		"upper bound":            {func(e *example) { e.Count, e.On = 10, false }, ""},
		"below a closed bound":   {func(e *example) { e.Count = 0 }, "count: 0 is out of range [1, 10]"},
		"above":                  {func(e *example) { e.Count = 11 }, "count: 11 is out of range [1, 10]"},
		"open bound":             {func(e *example) { e.Share = 0 }, "share: 0 is out of range (0, 1]"},
		"just above an open one": {func(e *example) { e.Share = math.SmallestNonzeroFloat64 }, ""},
		"NaN":                    {func(e *example) { e.Share = math.NaN() }, "share: NaN is out of range (0, 1]"},
		"infinity":               {func(e *example) { e.Section.Rate = math.Inf(1) }, "section.rate: +Inf is out of range [0, 1e+30]"},
		"minus infinity":         {func(e *example) { e.Section.Rate = math.Inf(-1) }, "section.rate: -Inf is out of range [0, 1e+30]"},
		"no pointer":             {func(e *example) { e.Pinned = nil }, ""},
		"pointer":                {func(e *example) { e.Pinned = number(5) }, ""},
		"pointer out of range":   {func(e *example) { e.Pinned = number(5.1) }, "pinned: 5.1 is out of range [0, 5]"},
		"whole pointer":          {func(e *example) { e.Section.Depth = whole(-1) }, "section.depth: -1 is out of range [0, 4]"},
		"empty list":             {func(e *example) { e.Betas = nil }, ""},
		"list":                   {func(e *example) { e.Betas = []float64{0, 1, 2} }, "betas: 2 is out of range [0, 1]"},
		"choice":                 {func(e *example) { e.Mode = "fast" }, ""},
		"no choice":              {func(e *example) { e.Mode = "" }, `mode: "" is not one of slow, fast`},
		"rule of the struct":     {func(e *example) { e.Count = 10 }, "count: is 10 while on is true"},
		"ranges before rules":    {func(e *example) { e.Count, e.Section.Rate = 10, -1 }, "section.rate: -1 is out of range [0, 1e+30]"},
	} {
		e := defaults()
		c.set(e)
		key, problem := Check(e)
		if c.want == "" {
			require.Empty(t, key+problem, name)
			continue
		}
		require.Equal(t, c.want, key+": "+problem, name)
	}
}

func TestJSONRoundTrips(t *testing.T) {
	e := defaults()
	e.Count, e.Mode, e.Betas, e.On = 7, "fast", []float64{0.25}, false
	depth := 2
	e.Section = section{Rate: 0.125, Depth: &depth}
	text, err := MarshalJSON(e)
	require.NoError(t, err)
	require.JSONEq(t, `{"count": 7, "share": 0.5, "mode": "fast", "seed": 42, "betas": [0.25], "on": false,
		"section": {"rate": 0.125, "depth": 2}}`, string(text), "keys without a value are left out")
	again := defaults()
	require.NoError(t, UnmarshalJSON(text, again))
	require.Equal(t, e, again)

	one, two := defaults(), &section{Rate: 3}
	text, err = MarshalJSON(one, two)
	require.NoError(t, err)
	require.True(t, json.Valid(text))
	back := new(section)
	require.NoError(t, UnmarshalJSON(text, new(example), back))
	require.Equal(t, two, back)
}

func TestMembersWithoutAKeyAreIgnored(t *testing.T) {
	e := defaults()
	require.NoError(t, UnmarshalJSON([]byte(`{"retired": [1, 2], "section": {"depths": "x", "depth": 1}, "count": 4, "Share": 9}`), e))
	require.Equal(t, 4, e.Count)
	require.Equal(t, 1, *e.Section.Depth)
	require.Equal(t, 0.5, e.Share, "names are exact, and what is not there keeps its value")
	for _, broken := range []string{`{"count": "many"}`, `{"section": 3}`, `[]`, `{`, `{"section": {"rate": true}}`} {
		require.Error(t, UnmarshalJSON([]byte(broken), defaults()), broken)
	}
}

func TestErrorsSayWhere(t *testing.T) {
	require.EqualError(t, &Error{Source: "c.yaml", Line: 3, Column: 1, Key: "count", Problem: "is wrong"}, "c.yaml:3:1: count: is wrong")
	require.EqualError(t, &Error{Source: "--set", Key: "count", Problem: "is wrong"}, "--set: count: is wrong")
	require.EqualError(t, &Error{Source: "c.yaml", Problem: "is no YAML"}, "c.yaml: is no YAML")
}
