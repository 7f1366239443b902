package cell

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestFormulasBecomeText(t *testing.T) {
	for name, want := range map[string]string{
		"tv": "tv", "": "", "=cmd()": "'=cmd()", "+1": "'+1", "-2": "'-2", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx",
		"'=x": "''=x", "'tv": "'tv", "a=b": "a=b", "'": "'", "Ü=1": "Ü=1",
	} {
		require.Equal(t, want, Text(name))
		require.Equal(t, name, Name(Text(name)))
	}
}

func TestNameIsTheInverseOfText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`['=+@\-\ta"]{0,6}`).Draw(t, "name")
		require.Equal(t, name, Name(Text(name)))
		require.NotRegexp(t, "^[=+@\\-\t\r]", Text(name))
	})
}
