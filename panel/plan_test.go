package panel_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/panel"
)

func plan(t *testing.T, table string) *panel.Panel {
	path := filepath.Join(t.TempDir(), "plan.csv")
	require.NoError(t, os.WriteFile(path, []byte(table), 0o600))
	p, err := panel.Read(path, panel.Columns{
		Region: "region", Week: "week", Target: "sales", Media: []string{"m_*", "tv"}, Controls: []string{"price"}, Spend: []string{"cost"}, Plan: true,
	})
	require.NoError(t, err)
	return p
}

// A plan may lack its target, by header or by content, controls, spend and channels.
func TestPlanMayLackColumns(t *testing.T) {
	for _, table := range []string{
		"region,week,m_a,m_b\nr,1,5,\nr,2,6,7\n",
		"region,week,sales,price,m_b,m_a\nr,1,,,,5\nr,2,,,7,6\n",
	} {
		p := plan(t, table)
		require.Empty(t, p.Target)
		require.ElementsMatch(t, []string{"m_a", "m_b"}, p.Channels)
		require.Equal(t, []string{"m_b"}, p.Report.ZeroedChannels)
		require.Contains(t, p.Report.Lines(), "missing media cells, set to 0: 1 (m_b), 50 % of the cells there")
		for _, x := range p.Control {
			require.True(t, math.IsNaN(x))
		}
		for _, line := range p.Report.Lines() {
			require.NotContains(t, line, "learned")
		}
	}
	known := plan(t, "region,week,sales,m_a\nr,1,,5\nr,2,8,6\n")
	require.Equal(t, []float64{8, 8}, known.Target)
	require.Equal(t, []bool{true, false}, known.Filled)
}
