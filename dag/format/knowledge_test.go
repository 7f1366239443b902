package format_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"deepcausalmmm/dag/format"
	"deepcausalmmm/internal/bounded"
)

const channelKnowledge = `# what the planners know
forbidden:
  - [search, tv]
  - "* -> holiday"
required: [tv -> search]
tiers:
  - [holiday, tv]
  - ["*_clicks", search, 2024]
`

var channels = []string{"search", "tv", "holiday", "ad_clicks", "site_clicks", "2024"}

func TestReadKnowledge(t *testing.T) {
	k, err := format.ReadKnowledge(strings.NewReader(channelKnowledge), "k.yaml")
	require.NoError(t, err)
	require.Equal(t, [][2]string{{"search", "tv"}, {"*", "holiday"}}, k.Forbidden)
	require.Equal(t, [][2]string{{"tv", "search"}}, k.Required)
	require.Equal(t, [][]string{{"holiday", "tv"}, {"*_clicks", "search", "2024"}}, k.Tiers)
	for _, empty := range []string{
		"", "# nothing\n", "---\n", "{}", "\ufefftiers: []", "forbidden:\nrequired: []\ntiers: ~\n",
	} {
		k, err := format.ReadKnowledge(strings.NewReader(empty), "k.yaml")
		require.NoError(t, err, "%q", empty)
		c, err := k.Constraints(channels)
		require.NoError(t, err)
		require.True(t, c.Allowed(0, 1))
	}
	_, err = format.ReadKnowledge(iotest.ErrReader(errors.New("gone")), "k.yaml")
	require.EqualError(t, err, "k.yaml: cannot read the knowledge: gone")
}

func TestKnowledgeNamesWhatIsWrongInTheFile(t *testing.T) {
	const (
		ends   = "an edge has two ends: write [from, to], or from -> to"
		names  = "every entry must be a list of names: [tv, search]"
		quotes = `must be a name; put a glob or other special text in quotes: "*_clicks"`
	)
	for _, bad := range []struct{ text, at, want string }{
		{"forbiden: []", ":1:1", "forbiden: no such key; did you mean forbidden?"},
		{"tiers: []\nroots: [a]", ":2:1", "roots: no such key (there is: forbidden, required, tiers)"},
		{"- [a, b]", ":1:1", "must be `key: list` lines with the keys forbidden, required and tiers"},
		{"tiers: []\n---\ntiers: []", "", "holds more than one YAML document; put all into one"},
		{"required: tv -> search", ":1:11", "required: must be a list, one entry a line after a dash"},
		{"required: [tv, search]", ":1:12", "required: " + ends},
		{"required:\n- a -> b -> c", ":2:3", "required: " + ends},
		{"forbidden:\n- [a, b]\n- [a, b, c]", ":3:3", "forbidden: " + ends},
		{"forbidden:\n- a: b", ":2:4", "forbidden: " + names},
		{"tiers: [a, b]", ":1:9", "tiers: " + names},
		{"tiers: [[a, [b]]]", ":1:13", "tiers: " + quotes},
		{"tiers: [[a, ~]]", ":1:13", "tiers: " + quotes},
		{"forbidden: [[*_clicks, tv]]", ":1:14", "forbidden: " + quotes},
		{"forbidden:\n- [*, tv]", ":2:5", `unexpected scalar value type (put a glob in quotes: "*_clicks")`},
		{"tiers: [[a]]\ntiers: [[b]]", ":2:1", `mapping key "tiers" already defined at [1:1]`},
		{"tiers: [[a]", ":1:8", "sequence end token ']' not found"},
	} {
		_, err := format.ReadKnowledge(strings.NewReader(bad.text), "k.yaml")
		require.EqualError(t, err, "k.yaml"+bad.at+": "+bad.want, bad.text)
		require.ErrorAs(t, err, new(*format.KnowledgeError))
	}
}

func TestKnowledgeNamesWhatIsWrongWithTheTable(t *testing.T) {
	const correct = "; take it out, or correct it"
	for _, bad := range []struct{ text, at, want string }{
		{"required:\n- [tv, serch]", "2:3", `required: tv → serch: there is no column "serch"; did you mean "search"?`},
		{"required: [radio -> tv]", "1:12", `required: radio → tv: there is no column "radio"` + correct},
		{"required: [['', tv]]", "1:12", `required: "" → tv: there is no column ""` + correct},
		{"required: [[\"a\\nb\", tv]]", "1:12", `required: "a\nb" → tv: there is no column "a\nb"` + correct},
		{"required: ['t* -> search']", "1:12", `required: t* → search: there is no column "t*"; ` +
			"write a name out, a required edge takes no globs"},
		{"forbidden: ['radio_* -> tv']", "1:13", `forbidden: radio_* → tv: no column matches "radio_*"`},
		{"forbidden: ['tv -> [']", "1:13", `forbidden: tv → [: "[" is no valid glob; close its brackets`},
		{"tiers: [[tv], [serch]]", "1:16", `tiers: serch: there is no column "serch"; did you mean "search"?`},
		{"tiers:\n- [tv]\n- ['t*']", "3:4", `tiers: t*: column tv is in tier 1 and in tier 2; leave it in one`},
		{"required: [tv -> tv]", "1:12", "required: tv → tv: an edge joins two columns; take it out"},
		{"forbidden: [tv -> tv]", "1:13", "forbidden: tv → tv: an edge joins two columns; take it out"},
		{"required: [search -> tv]\ntiers: [[tv], [search]]", "1:12", "required: search → tv: " +
			"the edge goes from a later tier to an earlier one; take it out, or change the tiers"},
		{"required: [tv -> search]\nforbidden: ['* -> search']", "2:13", "forbidden: * → search: " +
			"the edge tv → search is required as well; take one of the two out"},
	} {
		k, err := format.ReadKnowledge(strings.NewReader(bad.text), "k.yaml")
		require.NoError(t, err)
		_, err = k.Constraints(channels)
		require.EqualError(t, err, "k.yaml:"+bad.at+": "+bad.want, bad.text)
		require.ErrorAs(t, err, new(*format.KnowledgeError))
	}
}

func TestKnowledgeMadeInGo(t *testing.T) {
	_, err := format.Knowledge{Tiers: [][]string{{"serch"}}}.Constraints(channels)
	require.EqualError(t, err, `dag: tiers: serch: there is no column "serch"; did you mean "search"?`)
	_, err = format.Knowledge{Forbidden: [][2]string{{"t*", "t*"}}}.Constraints(channels)
	require.NoError(t, err, "a glob may match a single column")
	_, err = format.Knowledge{Tiers: [][]string{{"tv", "t*"}}}.Constraints(channels)
	require.NoError(t, err, "twice in one tier is once")
	bracketed, err := format.Knowledge{Forbidden: [][2]string{{"tv[", "*"}}}.Constraints([]string{"tv[", "tv", "search"})
	require.NoError(t, err, "a name goes before a glob")
	require.False(t, bracketed.Allowed(0, 1))
	require.True(t, bracketed.Allowed(1, 2))
}

// Knowledge by names is the same as constraints by columns, whatever the order of these.
func TestKnowledgeResolvesToColumns(t *testing.T) {
	k, err := format.ReadKnowledge(strings.NewReader(channelKnowledge), "k.yaml")
	require.NoError(t, err)
	tier := map[string]int{"holiday": 1, "tv": 1, "ad_clicks": 2, "site_clicks": 2, "search": 2, "2024": 2}
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.Permutation(append([]string{"price"}, channels...)).Draw(t, "names")
		c, err := k.Constraints(names)
		require.NoError(t, err)
		require.Equal(t, len(names), c.Nodes())
		for i, from := range names {
			for j, to := range names {
				require.Equal(t, from == "tv" && to == "search", c.Required(i, j))
				backwards := tier[from] > tier[to] && tier[to] > 0
				require.Equal(t, i != j && to != "holiday" && !backwards, c.Allowed(i, j), "%s → %s", from, to)
			}
		}
	})
}

func FuzzReadKnowledge(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		var err error
		bounded.Memory(t, len(text), func() {
			var k format.Knowledge
			if k, err = format.ReadKnowledge(strings.NewReader(text), "k.yaml"); err == nil {
				_, err = k.Constraints(channels)
			}
		})
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
		}
	})
}

func ExampleReadKnowledge() {
	knowledge, err := format.ReadKnowledge(strings.NewReader(`
required:
  - tv -> search
  - search -> affiliates
  - affiliates -> tv
`), "knowledge.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = knowledge.Constraints([]string{"affiliates", "search", "tv"})
	fmt.Println(err)
	// Output: dag: required edges contradict each other: tv → search → affiliates → tv
}
