package report

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestLabelsDropWhatAllShare(t *testing.T) {
	for _, c := range []struct{ names, want []string }{
		{[]string{"tv_impressions", "radio_impressions"}, []string{"tv", "radio"}},
		{[]string{"impressions_tv", "impressions_radio"}, []string{"tv", "radio"}},
		{[]string{"control_01", "control_02"}, []string{"control_01", "control_02"}},
		{[]string{"tv", "tvs"}, []string{"tv", "tvs"}},
		{[]string{"tv_impressions"}, []string{"tv_impressions"}},
		{[]string{"a_very_long_name_one", "a_very_long_name_two"}, []string{"one", "two"}},
		{[]string{"the same beginning 1", "the same beginning 2", "x"}, []string{"the sam…ning 1", "the sam…ning 2", "x"}},
	} {
		require.Equal(t, c.want, labels(c.names, 14))
	}
}

func TestLabelsAreShortAndDistinct(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.StringMatching(`[a-b_ é📺]{1,12}`)
		names := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) string {
			return part.Draw(t, "a") + part.Draw(t, "b") + part.Draw(t, "c")
		}), 1, 12, rapid.ID[string]).Draw(t, "names")
		seen := map[string]bool{}
		for _, label := range labels(names, 12) {
			require.LessOrEqual(t, utf8.RuneCountInString(label), 12)
			require.True(t, utf8.ValidString(label))
			require.NotEmpty(t, label)
			require.False(t, seen[label], "%q names two of %q", label, names)
			seen[label] = true
		}
	})
}
