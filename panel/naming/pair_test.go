package naming

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// pairs are names as tables have them: those of a row belong together, an empty one has no partner.
var pairs = map[string][][2]string{
	"kinds of measure": {{"tv_grps", "tv_spend"}, {"google_clicks", "google_spend"}, {"facebook_impressions", "facebook_spend"}},
	"one letter":       {{"facebook_I", "facebook_S"}, {"search_clicks_P", "search_S"}, {"tv_S", "tv_S"}, {"newsletter", ""}},
	"prefixes":         {{"mdip_dm", "mdsp_dm"}, {"mdip_so", "mdsp_so"}, {"mdip_sms", ""}},
	"numbers":          {{"Channel0_impression", "Channel0_spend"}, {"Channel1_impression", "Channel1_spend"}, {"Organic_channel0_impression", ""}},
	"more numbers":     {{"media_01", "cost_01"}, {"media_02", "cost_02"}, {"media_12", "cost_12"}},
	"capitals":         {{"TVGrps", "tvSpend"}, {"Radio Views", "RADIO COST (EUR)"}},
	"letters that are the name": {
		{"ad_i", "ad_i_cost"}, {"ad_p", "ad_p_cost"}, {"ad_s_impressions", "ad_s_cost"},
	},
	"two channels of one stem": {{"facebook_clicks", ""}, {"facebook_impressions", ""}, {"", "facebook_spend"}},
	"two spends of one stem":   {{"tv_grps", ""}, {"", "tv_spend"}, {"", "tv_cost"}},
	"nothing alike":            {{"tv_grps", ""}, {"", "radio_spend"}},
	"one channel, one cost":    {{"tv_spots", "cost"}},
	"one exposure, one spend":  {{"impressions", "tv_spend"}},
	"another language":         {{"Größe=25% / x", "Größe=25% / x cost"}, {"日本語 impressions", "日本語 spend"}},
}

// Spend is paired by names, whatever their order, and alike from either side.
func TestSpendIsPairedByNameNeverByPosition(t *testing.T) {
	for name, rows := range pairs {
		var channels, spend []string
		partner, payer := map[string]string{}, map[string]string{}
		for _, row := range rows {
			if row[0] != "" {
				channels = append(channels, row[0])
				partner[row[0]] = row[1]
			}
			if row[1] != "" {
				spend = append(spend, row[1])
				payer[row[1]] = row[0]
			}
		}
		check := func(t require.TestingT, ours, theirs []string, want map[string]string) {
			for m, s := range PairSpend(ours, theirs) {
				found := ""
				if s >= 0 {
					found = theirs[s]
				}
				require.Equal(t, want[ours[m]], found, "%s: %s", name, ours[m])
			}
		}
		rapid.Check(t, func(t *rapid.T) {
			c, s := rapid.Permutation(channels).Draw(t, "channels"), rapid.Permutation(spend).Draw(t, "spend")
			check(t, c, s, partner)
			check(t, s, c, payer)
		})
	}
}

// Any names: no two channels share a spend, and pairing is its own inverse.
func TestPairsAreOneToOne(t *testing.T) {
	word := rapid.SampledFrom([]string{"tv", "radio", "spend", "cost", "impressions", "s", "i", "channel", "1", "2", "", "TV"})
	name := rapid.Custom(func(t *rapid.T) string {
		return word.Draw(t, "a") + rapid.SampledFrom([]string{"_", "", " "}).Draw(t, "by") + word.Draw(t, "b")
	})
	rapid.Check(t, func(t *rapid.T) {
		channels := rapid.SliceOfNDistinct(name, 0, 6, rapid.ID[string]).Draw(t, "channels")
		spend := rapid.SliceOfNDistinct(name, 0, 6, rapid.ID[string]).Draw(t, "spend")
		there, back := PairSpend(channels, spend), PairSpend(spend, channels)
		for m, s := range there {
			require.True(t, s < 0 || back[s] == m, "%q of %q", channels[m], spend)
		}
		for s, m := range back {
			require.True(t, m < 0 || there[m] == s)
		}
		require.Len(t, there, len(channels))
		require.False(t, slices.ContainsFunc(there, func(s int) bool { return s >= len(spend) }))
	})
}
