package evaluate

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// worlds writes pairs of header and truth, by the world's name.
func worlds(t *testing.T, of map[string][2]string) string {
	folder := t.TempDir()
	for name, w := range of {
		write(t, filepath.Join(folder, name+".csv"), w[0]+"\n")
		write(t, filepath.Join(folder, name+truthSuffix), w[1])
	}
	return folder
}

const twoChannels = `{"true_contribution": {"TV": 1, "Search": 2}, "total_sales": 9}`

func TestColumnsHaveTheirRoles(t *testing.T) {
	folder := worlds(t, map[string][2]string{
		"national": {"week,sales,TV_spend,Search_spend,control_Price,weather", twoChannels},
		"panel":    {"date,geo,kpi,Search,TV_spend,TV_impressions,control_b", twoChannels},
		"roles": {"week,sales,kpi,visits,TV,Search,price,weather,control_a", `{"total_effect": {"TV": 1, "Search": 2, "visits": 1}, "kpi_total": 9, "target": "sales",
			"mediators": ["visits"], "treatments": ["price"], "controls": ["weather"]}`},
	})
	write(t, filepath.Join(folder, publishedFile), `{"worlds": {"national": {"median_error": 7, "worst_error": 9}}}`)
	found, err := Find([]string{folder}, "")
	require.NoError(t, err)
	base := filepath.Base(folder)

	national := found[0]
	require.Equal(t, base+": published", national.Group)
	require.Equal(t, &Published{7, 9}, national.Published)
	require.Equal(t, []string{"TV_spend", "Search_spend"}, national.columns.Media)
	require.ElementsMatch(t, national.columns.Media, national.columns.Spend)
	require.Equal(t, []string{"control_Price"}, national.columns.Controls)
	require.Equal(t, map[string]string{"TV_spend": "TV", "Search_spend": "Search"}, national.channels)
	require.Empty(t, national.columns.Region)

	panel := found[1]
	require.Equal(t, base+": regions", panel.Group)
	require.Equal(t, "date", panel.columns.Week)
	require.Equal(t, "geo", panel.columns.Region)
	require.Equal(t, "kpi", panel.columns.Target)
	require.Equal(t, []string{"Search", "TV_impressions"}, panel.columns.Media)
	require.Equal(t, []string{"TV_spend"}, panel.columns.Spend)

	roles := found[2]
	require.Equal(t, base+": national", roles.Group)
	require.Equal(t, "sales", roles.columns.Target)
	require.Equal(t, []string{"TV", "Search"}, roles.columns.Media)
	require.Equal(t, []string{"visits"}, roles.columns.Mediators)
	require.Equal(t, []string{"price"}, roles.columns.Treatments)
	require.Equal(t, []string{"weather", "control_a"}, roles.columns.Controls)

	found, err = Find([]string{folder}, "[np]a*")
	require.NoError(t, err)
	require.Len(t, found, 2)
}

func TestFindNamesWhatIsWrong(t *testing.T) {
	_, err := Find([]string{filepath.Join(t.TempDir(), "none")}, "")
	require.ErrorContains(t, err, "cannot read the folder of worlds")
	_, err = Find([]string{t.TempDir()}, "")
	require.ErrorContains(t, err, "no truth file (a world is X.csv with X.truth.json beside it)")
	good := worlds(t, map[string][2]string{"good": {"week,kpi,TV,Search", twoChannels}})
	_, err = Find([]string{good}, "g[")
	require.ErrorContains(t, err, "not a glob")
	_, err = Find([]string{good}, "bad*")
	require.ErrorContains(t, err, `no world's name matches "bad*"`)
	for header, says := range map[string]string{
		"sales,TV,Search":      "no column of the week",
		"week,visits,TV":       "no column of the KPI",
		"week,kpi,TV,searches": `no column of channel "Search", which the truth has`,
	} {
		_, err := Find([]string{worlds(t, map[string][2]string{"world": {header, twoChannels}})}, "")
		require.ErrorContains(t, err, "world.csv: "+says)
	}
	folder := worlds(t, map[string][2]string{"world": {"week,kpi,TV,Search", `{"target": "visits", ` + twoChannels[1:]}})
	_, err = Find([]string{folder}, "")
	require.ErrorContains(t, err, `no column "visits", which `)
	folder = worlds(t, map[string][2]string{"world": {"week,kpi,TV,Search", `{"edges": [["TV", "Radio"]], ` + twoChannels[1:]}})
	_, err = Find([]string{folder}, "")
	require.ErrorContains(t, err, `world.truth.json: edges[0]: `)
	write(t, filepath.Join(good, publishedFile), `{"worlds": 3}`)
	_, err = Find([]string{good}, "")
	require.ErrorContains(t, err, publishedFile+":1:")
}
