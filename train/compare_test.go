package train

import (
	"bytes"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
	"deepcausalmmm/train/money"
)

// refreshed is a result of two channels with the given shares and half widths of their intervals.
func refreshed(t *testing.T, tv, radio, half float64, edge float64) *Result {
	const kpi = 2000.0
	r := &Result{Config: RecommendedConfig()}
	r.Config.Data.Target = "sales"
	r.Details = Details{Regions: []string{"north"}, Weeks: []string{"1", "2"}}
	r.Money = &money.Accounts{Channels: []money.Channel{{Channel: "tv", ROI: money.Figure{Value: 4}}}}
	r.Details.Components = []ComponentName{{"baseline", model.Baseline}, {"tv", model.Media}, {"radio", model.Media}}
	r.Parts = []model.Part{{Regions: 1, Span: spanOf(2), Actual: []float64{1000, 1000}, Predicted: []float64{990, 1010}}}
	r.Inference = &model.Inference{KPI: kpi}
	for _, ch := range []struct {
		name  string
		share float64
	}{{"tv", tv}, {"radio", radio}} {
		for _, kind := range []model.EffectKind{model.Direct, model.Indirect, model.Total} {
			low, high := (ch.share-half)*kpi, (ch.share+half)*kpi
			r.Inference.Effects = append(r.Inference.Effects, model.Effect{Channel: ch.name, Kind: kind, Value: ch.share * kpi, Share: ch.share, Low: &low, High: &high})
		}
	}
	var err error
	r.Graph.Pruned, err = dag.NewGraph(mat.NewDense(2, 2, []float64{0, edge, 0, 0}))
	require.NoError(t, err)
	return r
}

var folders = [2]string{"one", "two"}

// Nothing moves from a training to itself.
func TestTrainingIsStableBesideItself(t *testing.T) {
	r := refreshed(t, 0.2, 0.1, 0.03, 0.4)
	c, err := Compare(r, r, folders)
	require.NoError(t, err)
	require.Equal(t, 1.0, *c.Stable.Within)
	require.Equal(t, 1.0, *c.Stable.Edges)
	require.Zero(t, c.Stable.MeanChange)
	require.Zero(t, c.Forecast.Difference)
	require.Equal(t, 2, c.Forecast.Cells)
	require.Equal(t, 4.0, c.Channels[0].ROIAfter)
	require.True(t, math.IsNaN(c.Channels[1].ROIAfter), "radio has no spend")
}

// A change is allowed up to the width of a difference of independent estimates, √2 times that of each, in both directions.
func TestChangeIsBeyondTheCombinedIntervals(t *testing.T) {
	for _, by := range []struct {
		change float64
		beyond bool
	}{{0.042, false}, {0.043, true}, {-0.042, false}, {-0.043, true}} {
		c, err := Compare(refreshed(t, 0.2, 0.1, 0.03, 0.4), refreshed(t, 0.2+by.change, 0.1, 0.03, 0), folders)
		require.NoError(t, err)
		require.Equal(t, "tv", c.Channels[0].Name, "the largest change comes first")
		require.InEpsilon(t, 0.03*math.Sqrt2, c.Channels[0].Allowed, 1e-9)
		require.Equal(t, by.beyond, c.Channels[0].Beyond(), by.change)
		require.InEpsilon(t, math.Abs(by.change)/2, c.Stable.MeanChange, 1e-9)
		require.Zero(t, *c.Stable.Edges)
		require.Equal(t, "gone", c.Edges[0].What())
		lines := strings.Join(c.Lines(), "\n")
		require.Equal(t, by.beyond, strings.Contains(lines, ": beyond"))
	}
}

// Channels that only one has are said, and count in no figure.
func TestChannelsOfOneTrainingOnly(t *testing.T) {
	before, after := refreshed(t, 0.2, 0.1, 0.03, 0), refreshed(t, 0.3, 0.1, 0.2, 0)
	after.Details.Components[2].Name = "podcasts"
	for i := 3; i < 6; i++ {
		after.Inference.Effects[i].Channel = "podcasts"
	}
	after.Details.Weeks = []string{"2", "3"}
	c, err := Compare(before, after, folders)
	require.NoError(t, err)
	require.Equal(t, []string{"radio is gone: two does not have it", "podcasts is new: one does not have it"}, c.Notes)
	require.InEpsilon(t, 0.1, c.Stable.MeanChange, 1e-9)
	require.Equal(t, 1, c.Forecast.Cells)
	require.InEpsilon(t, 20.0/1010, c.Forecast.Difference, 1e-9)
	dir := t.TempDir()
	require.NoError(t, c.Write(dir, func(io.Writer) error { return nil }))
	text, err := os.ReadFile(filepath.Join(dir, compareFile))
	require.NoError(t, err)
	require.True(t, bytes.Contains(text, []byte(`"after": null`)))
}

func TestTrainingsThatCannotBeCompared(t *testing.T) {
	before, after := refreshed(t, 0.2, 0.1, 0.03, 0), refreshed(t, 0.3, 0.1, 0.2, 0)
	after.Config.Data.Target = "orders"
	_, err := Compare(before, after, folders)
	require.EqualError(t, err, "one explains sales and two explains orders: there is nothing to compare")
	after = refreshed(t, 0.3, 0.1, 0.2, 0)
	after.Details.Components, after.Inference = after.Details.Components[:1], nil
	_, err = Compare(before, after, folders)
	require.ErrorContains(t, err, "no channel in common")
	_, err = LoadComparison(t.TempDir(), t.TempDir())
	require.ErrorContains(t, err, "is")
}

func spanOf(n int) panel.Span { return panel.Span{From: 0, To: n} }
