package report_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/report"
	"deepcausalmmm/train"
	"deepcausalmmm/train/model"
)

// The dashboard of a result read back from details.json has the bytes of the one drawn from memory.
func TestLoadedResultDrawsTheSamePage(t *testing.T) {
	for name, change := range map[string]func(*train.Config){
		"original": nil, "without a holdout": func(c *train.Config) { c.HoldoutRatio = 0 },
		"without a DAG": func(c *train.Config) { c.EnableDAG = false }, "recommended": recommended,
	} {
		t.Run(name, func(t *testing.T) {
			p := shop(2, 40, threeChannels, []string{"price"}, []string{"tv_cost"})
			p.Target[5] = nan
			dir := trained(t, p, change)
			fresh, err := os.ReadFile(filepath.Join(dir, train.Dashboard))
			require.NoError(t, err)
			loaded, err := train.LoadResult(dir)
			require.NoError(t, err)
			var again bytes.Buffer
			require.NoError(t, report.Draw(&again, loaded))
			require.Equal(t, string(fresh), again.String())
		})
	}
}

// A model that describes nothing beyond its parts is drawn too.
func TestUndescribedModelIsDrawn(t *testing.T) {
	dir := trained(t, shop(2, 40, threeChannels, []string{"price"}, nil), nil)
	result, err := train.LoadResult(dir)
	require.NoError(t, err)
	result.Description, result.History, result.Graph = model.Description{}, model.History{}, model.Graph{}
	require.NoError(t, report.Write(dir, result))
	p := open(t, dir)
	for _, id := range sections {
		require.Len(t, p.find("#"+id), 1, id)
	}
	require.NotContains(t, p.data.Charts, "training-loss")
	require.Contains(t, textOf(p.find("#response")[0]), "no response curves")
}
