package yamltext

import (
	"strings"
	"testing"

	"github.com/goccy/go-yaml/ast"
	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	for _, text := range []string{"", "\ufeff", "# nothing\n", "~", "---\n"} {
		root, err := Parse([]byte(text))
		require.NoError(t, err, "%q", text)
		require.Nil(t, root, "%q", text)
	}
	root, err := Parse([]byte("\ufeffa: 1\n"))
	require.NoError(t, err)
	require.Equal(t, "a", root.(*ast.MappingNode).Values[0].Key.GetToken().Value, "without the mark")
}

func TestParseDescribesProblemsAndPlaces(t *testing.T) {
	for text, want := range map[string]Error{
		"a:\n\tb: 1\n":                   {2, 1, "the line begins with a tab (indent with spaces)"},
		"data:\n  a: 1\n b: 2\n":         {3, 2, "the indentation matches no line before it (indent it like its neighbours)"},
		"a: 1\nn_epochs = 600\n":         {2, 1, "\"n_epochs = 600\" is not a `key: value` (write a colon and a space, not =)"},
		"a: 1\nb:2\n":                    {2, 1, "\"b:2\" is not a `key: value` (write a colon and a space)"},
		"a: 1\n---\nb: 2\n":              {0, 0, "holds more than one YAML document; put all into one"},
		"a: [1\n":                        {1, 4, "sequence end token ']' not found"},
		strings.Repeat("\n[", 40):        {34, 0, "more than 32 brackets are open (close them)"},
		strings.Repeat(" ", 1<<20) + "a": {0, 0, "holds 1048577 bytes, too many for such a file (is it the table?)"},
	} {
		_, err := Parse([]byte(text))
		require.Equal(t, &want, err, "%.20q", text)
	}
	_, err := Parse([]byte("a: b: c\n"))
	require.ErrorContains(t, err, "quote a value with `: ` in it")
	_, err = Parse([]byte(strings.Repeat("[]", 100_000)))
	require.Error(t, err, "closed brackets are not counted, but are no YAML")
	require.NotContains(t, err.Error(), "brackets are open")
}
