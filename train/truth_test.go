package train

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"

	"deepcausalmmm/dag"
	"deepcausalmmm/dag/format"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// truth holds the known effects of a simulated panel.
type truth struct {
	Channels []string           `json:"channels"`
	Upstream []string           `json:"upstream"`
	Direct   map[string]float64 `json:"direct_contribution"`
	Total    map[string]float64 `json:"total_effect"`
	KPI      float64            `json:"kpi_total"`
}

// TestTruth measures the recommended preset, with only its defaults, on every panel with a truth file in the folders of
// TRUTH, and prints a row of docs/truth.md for each. ENSEMBLE=n adds intervals, DROP=0.05 leaves out that part of the rows,
// and BARS=1 fails if a panel misses the accuracy that the project promises for its kind.
func TestTruth(t *testing.T) {
	if os.Getenv("TRUTH") == "" {
		t.Skip("set TRUTH to folders of panels with truth files")
	}
	fmt.Println("| panel | holdout wMAPE (naive) | direct shares: error, rank | total effects: error | F1, with upstream | 80 %: direct, total, holdout | seconds |")
	fmt.Println("| --- | --- | --- | --- | --- | --- | --- |")
	for _, dir := range filepath.SplitList(os.Getenv("TRUTH")) {
		files, err := filepath.Glob(filepath.Join(dir, "*.truth.json"))
		require.NoError(t, err)
		require.NotEmpty(t, files, dir)
		for _, file := range files {
			measureTruth(t, file)
		}
	}
}

func measureTruth(t *testing.T, file string) {
	var known truth
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &known))
	name := strings.TrimSuffix(filepath.Base(file), ".truth.json")
	table := dropped(t, strings.TrimSuffix(file, ".truth.json")+".csv")
	c := RecommendedConfig()
	c.Data.Columns = panel.Columns{Region: "region", Week: "week", Target: "kpi", Media: known.Channels, Controls: []string{"control*"}}
	if header, err := panel.Header(table, ""); err != nil || !slices.Contains(header, "kpi") {
		c.Data.Target = "sales"
	}
	p, err := panel.Read(table, c.Data.Columns)
	require.NoError(t, err)
	began := time.Now()
	training, err := New(c, p, model.Observer{})
	require.NoError(t, err)
	members, _ := strconv.Atoi(os.Getenv("ENSEMBLE")) // 0 if unset
	require.NoError(t, training.Ensemble(members))
	r, err := training.Run(context.Background())
	require.NoError(t, err)
	seconds := time.Since(began).Seconds()

	edges, err := format.ReadTruth(bytes.NewReader(text), file, p.Channels)
	require.NoError(t, err)
	f1 := dag.Compare(r.Graph.Pruned.Strongest(), edges).F1
	tier := filepath.Join(t.TempDir(), "tiers.yaml")
	downstream := slices.DeleteFunc(slices.Clone(known.Channels), func(c string) bool { return slices.Contains(known.Upstream, c) })
	require.NoError(t, os.WriteFile(tier, []byte(fmt.Sprintf("tiers:\n  - [%s]\n  - [%s]\n", strings.Join(known.Upstream, ", "),
		strings.Join(downstream, ", "))), 0o600))
	structuralOf(c).DAGKnowledge, structuralOf(c).ChooseShape = tier, false // the shape does not matter to the graph
	informed, err := New(c, p, model.Observer{})
	require.NoError(t, err)
	d, err := informed.Run(context.Background())
	require.NoError(t, err)
	withTier := dag.Compare(d.Graph.Pruned.Strongest(), edges).F1

	var directError, totalError, directIn, totalIn float64
	var is, was []float64
	n := float64(len(known.Channels))
	for _, e := range r.Inference.Effects {
		want := known.Direct[e.Channel]
		switch e.Kind {
		case model.Direct:
			directError += math.Abs(e.Value/want-1) / n
			is, was = append(is, e.Value), append(was, want)
			directIn += inside(e, want) / n
		case model.Total:
			want = known.Total[e.Channel]
			totalError += math.Abs(e.Value/want-1) / n
			totalIn += inside(e, want) / n
		}
	}
	rank := stat.Correlation(ranks(is), ranks(was), nil)
	intervals := "–"
	if members > 0 {
		intervals = fmt.Sprintf("%.0f %%, %.0f %%, %.0f %%", 100*directIn, 100*totalIn, 100*holdoutInside(r))
	}
	wmape := r.Metrics.Holdout.WMAPE
	fmt.Printf("| %s | %.2f %% (%.1f %%) | %.1f %%, %.2f | %.1f %% | %.2f, %.2f | %s | %.0f |\n", name, 100*wmape, 100*r.Metrics.Baselines.best(),
		100*directError, rank, 100*totalError, f1, withTier, intervals, seconds)
	if os.Getenv("BARS") != "" {
		require.LessOrEqual(t, wmape, 0.02)
		require.LessOrEqual(t, directError, 0.25)
		require.GreaterOrEqual(t, rank, 0.75)
		require.LessOrEqual(t, totalError, 0.30)
		require.GreaterOrEqual(t, f1, 0.80)
		require.GreaterOrEqual(t, withTier, 0.88)
	}
}

// dropped returns the path of the table without a random share DROP of its rows.
func dropped(t *testing.T, table string) string {
	share, err := strconv.ParseFloat(os.Getenv("DROP"), 64)
	if err != nil {
		return table
	}
	text, err := os.ReadFile(table)
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(5, 5))
	var kept []string
	for i, line := range strings.SplitAfter(string(text), "\n") {
		if i == 0 || rng.Float64() >= share {
			kept = append(kept, line)
		}
	}
	path := filepath.Join(t.TempDir(), filepath.Base(table))
	require.NoError(t, os.WriteFile(path, []byte(strings.Join(kept, "")), 0o600))
	return path
}

// inside returns 1 if the interval contains the truth, and 0 otherwise.
func inside(e model.Effect, truth float64) float64 {
	if e.Low != nil && *e.Low <= truth && truth <= *e.High {
		return 1
	}
	return 0
}

// holdoutInside returns the share of the holdout's actuals inside their intervals.
func holdoutInside(r *Result) float64 {
	in, all := 0.0, 0.0
	part := r.Parts[1]
	for i, y := range part.Actual {
		if math.IsNaN(y) {
			continue
		}
		between := r.Intervals[part.Cell(i, len(r.Panel.Weeks))]
		if all++; between.Low <= y && y <= between.High {
			in++
		}
	}
	return in / all
}

func ranks(x []float64) []float64 {
	r := make([]float64, len(x))
	for i, v := range x {
		for _, w := range x {
			if w < v {
				r[i]++
			}
		}
	}
	return r
}
