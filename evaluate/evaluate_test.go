package evaluate

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/train/model"
)

// run evaluates the worlds of a folder, and takes out what may differ between runs.
func run(t *testing.T, folder string, o Options) []Row {
	worlds, err := Find([]string{folder}, "")
	require.NoError(t, err)
	o.Set = quick
	rows, err := Run(context.Background(), worlds, o)
	require.NoError(t, err)
	for i := range rows {
		require.Positive(t, rows[i].Seconds)
		rows[i].World, rows[i].Seconds = nil, 0
	}
	return rows
}

func TestRowsDoNotDependOnTheNumberOfJobs(t *testing.T) {
	folder := t.TempDir()
	for i, name := range []string{"a", "b", "c"} {
		simulated(t, folder, name, uint64(i)+1)
	}
	var reported []int
	one := run(t, folder, Options{Jobs: 1, Done: func(_ Row, finished, all int) { reported = append(reported, finished, all) }})
	require.Equal(t, []int{1, 3, 2, 3, 3, 3}, reported)
	for i, row := range run(t, folder, Options{Jobs: 3}) {
		require.NoError(t, row.Err)
		require.Equal(t, one[i].Estimates, row.Estimates, "world %d", i)
		require.Equal(t, one[i].WMAPE, row.WMAPE, "world %d", i)
	}
}

// A truth that says what the model estimates leaves no error.
func TestATruthThatIsTheEstimateIsMet(t *testing.T) {
	folder := t.TempDir()
	simulated(t, folder, "world", 1)
	first := run(t, folder, Options{Ensemble: 4})[0]
	require.NoError(t, first.Err)
	require.Positive(t, first.Direct.Median+first.Total.Median)
	met := map[string]map[string]float64{"direct": {}, "total": {}}
	for _, e := range first.Estimates {
		require.Len(t, e.Bounds, len(Levels))
		met[string(e.Kind)][e.Channel] = e.Value
	}
	retold(t, folder, "world", map[string]any{"direct_contribution": met["direct"], "total_effect": met["total"]})
	row := run(t, folder, Options{Ensemble: 4})[0]
	for _, s := range []Score{row.Direct, row.Total} {
		require.InDelta(t, 0, s.Worst, 1e-12)
		require.InDelta(t, 1, s.Rank, 1e-12)
	}
	require.InDelta(t, 1-row.WMAPE/row.Naive, row.Skill, 1e-12)
	require.True(t, slices.IsSorted(row.Holdout), "intervals that cover more are wider: %v", row.Holdout)
	require.Positive(t, row.Holdout[2])
}

func TestEdgesAreComparedOnlyIfTheTruthTellsThem(t *testing.T) {
	folder := t.TempDir()
	simulated(t, folder, "world", 1)
	told := run(t, folder, Options{})[0].Edges
	require.True(t, told.Known)
	require.Equal(t, told.Found-told.False+told.Missing, trueEdges(t, folder))
	retold(t, folder, "world", map[string]any{"edges": nil})
	untold := run(t, folder, Options{})[0].Edges
	require.False(t, untold.Known)
	require.Equal(t, told.Found, untold.Found)
	require.True(t, math.IsNaN(untold.F1))
}

// trueEdges counts the edges of the only world of a folder.
func trueEdges(t *testing.T, folder string) int {
	worlds, err := Find([]string{folder}, "")
	require.NoError(t, err)
	graph, err := worlds[0].Truth.graph(worlds[0].Truth.channels())
	require.NoError(t, err)
	n := 0
	for _, v := range graph.RawMatrix().Data {
		n += int(v)
	}
	return n
}

func TestAWorldThatFailsIsARow(t *testing.T) {
	folder := t.TempDir()
	simulated(t, folder, "broken", 1)
	simulated(t, folder, "whole", 2)
	text, err := os.ReadFile(filepath.Join(folder, "broken.csv"))
	require.NoError(t, err)
	lines := strings.Split(string(text), "\n")
	lines[7] = strings.Replace(lines[7], ",", ",x", -1)
	write(t, filepath.Join(folder, "broken.csv"), strings.Join(lines, "\n"))
	rows := run(t, folder, Options{Jobs: 2})
	require.ErrorContains(t, rows[0].Err, "broken.csv:8")
	require.True(t, math.IsNaN(rows[0].Total.Median))
	require.NoError(t, rows[1].Err)
	require.NotEmpty(t, rows[1].Estimates)
	for i := range rows {
		rows[i].World = &World{Table: "t.csv"}
	}
	require.ErrorContains(t, Failed(rows), "1 of 2 worlds failed; the first: t.csv: ")
	require.NoError(t, Failed(rows[1:]))
}

func TestAPanicIsARow(t *testing.T) {
	row := (&World{}).evaluate(context.Background(), Options{}) // without a truth
	require.Error(t, row.Err)
}

func TestACancelledRunEnds(t *testing.T) {
	folder := t.TempDir()
	simulated(t, folder, "world", 1)
	worlds, err := Find([]string{folder}, "")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = Run(ctx, worlds, Options{})
	require.ErrorIs(t, err, context.Canceled)
}

func TestCheckNamesAWrongSetting(t *testing.T) {
	folder := t.TempDir()
	simulated(t, folder, "world", 1)
	worlds, err := Find([]string{folder}, "")
	require.NoError(t, err)
	require.NoError(t, Check(worlds, Options{Set: quick}))
	require.ErrorContains(t, Check(worlds, Options{Set: []string{"chose_shape=false"}}), "choose_shape")
}

func TestIndirectEffectsAndUnknownChannelsAreNotCompared(t *testing.T) {
	truth := &Truth{Direct: map[string]float64{"tv": 2}, Total: map[string]float64{"tv": 4}, KPI: 10}
	found := estimates([]model.Effect{
		{Channel: "tv_spend", Kind: model.Direct, Value: 1}, {Channel: "tv_spend", Kind: model.Indirect, Value: 1},
		{Channel: "tv_spend", Kind: model.Total, Value: 3}, {Channel: "searches", Kind: model.Total, Value: 3},
	}, truth, map[string]string{"tv_spend": "tv"})
	require.Equal(t, []Estimate{
		{Channel: "tv", Kind: model.Direct, Truth: 2, Value: 1, Error: 0.5},
		{Channel: "tv", Kind: model.Total, Truth: 4, Value: 3, Error: 0.25},
	}, found)
}

func TestAReversedEdgeIsFalseAndNotMissing(t *testing.T) {
	learned := mat.NewDense(3, 3, []float64{0, 0.4, 0.2, 0, 0, 0.1, 0, 0, 0}) // 0 → 1, 0 → 2, 1 → 2
	truth := mat.NewDense(3, 3, []float64{0, 1, 0, 0, 0, 0, 0, 1, 0})         // 0 → 1, 2 → 1
	require.Equal(t, Edges{Known: true, Found: 3, False: 2, F1: 0.4}, compareEdges(learned, truth))
	require.Equal(t, Edges{Known: true, Missing: 2}, compareEdges(mat.NewDense(3, 3, nil), truth))
	require.Equal(t, 3, compareEdges(learned, nil).Found)
}
