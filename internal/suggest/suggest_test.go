package suggest

import (
	"strings"
	"testing"

	"github.com/agnivade/levenshtein"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestNearest(t *testing.T) {
	names := []string{"region", "week", "sales", "tv_spend"}
	for written, want := range map[string]string{
		"Sales": "sales", "slaes": "sales", "tv spend": "tv_spend", "wek": "week", "y": "", "impressions": "", "": "",
	} {
		require.Equal(t, want, Nearest(written, names), written)
	}
}

// No other name needs fewer edits than the nearest, and a name is nearest to itself in any case.
func TestNothingIsNearerThanTheNearest(t *testing.T) {
	word := rapid.StringOfN(rapid.RuneFrom([]rune("abé")), 1, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		written := word.Draw(t, "written")
		names := rapid.SliceOfN(word, 1, 6).Draw(t, "names")
		nearest := Nearest(written, names)
		for _, name := range names {
			require.Equal(t, name, Nearest(strings.ToUpper(name), names))
			if nearest != "" {
				require.LessOrEqual(t, levenshtein.ComputeDistance(written, nearest), levenshtein.ComputeDistance(written, name))
			}
		}
	})
}

// The number of edits is a metric, also on letters of several bytes.
func TestDistanceIsAMetric(t *testing.T) {
	distance := levenshtein.ComputeDistance
	word := rapid.StringOfN(rapid.RuneFrom([]rune("abé")), 0, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := word.Draw(t, "a"), word.Draw(t, "b"), word.Draw(t, "c")
		require.Equal(t, distance(a, b), distance(b, a))
		require.Equal(t, a == b, distance(a, b) == 0)
		require.LessOrEqual(t, distance(a, c), distance(a, b)+distance(b, c))
		require.LessOrEqual(t, distance(a, b), max(len([]rune(a)), len([]rune(b))))
	})
	require.Equal(t, 3, distance("kitten", "sitting"))
}
