package suggest

import (
	"testing"

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

// The number of edits is a metric.
func TestDistanceIsAMetric(t *testing.T) {
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
