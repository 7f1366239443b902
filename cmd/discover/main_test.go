package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/dag/learn"
	"deepcausalmmm/internal/cli"
	"deepcausalmmm/simulate"
)

// call runs the command in a fresh folder's name space: every @ in the arguments is that folder.
func call(t *testing.T, dir string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "@", dir)
	}
	var out, err bytes.Buffer
	status = cli.Run(context.Background(), command(), args, &out, &err)
	return status, out.String(), err.String()
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
}

// chain writes a table with ad → visits → sales and an unrelated column, and its truth.
func chain(t *testing.T, dir string) {
	rng := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	text.WriteString("sales,ad,weather,visits\n")
	for range 500 {
		ad, weather := rng.NormFloat64(), rng.NormFloat64()
		visits := 1.5*ad + rng.NormFloat64()
		sales := -0.8*visits + rng.NormFloat64()
		fmt.Fprintf(&text, "%v,%v,%v,%v\n", sales, ad, weather, visits)
	}
	put(t, dir, "table.csv", text.String())
	put(t, dir, "truth.json", `{"nodes": ["sales", "ad", "weather", "visits"], "edges": [[1, 3], [3, 0]]}`)
}

func read(t *testing.T, dir string) (r result) {
	text, err := os.ReadFile(filepath.Join(dir, "out", "result.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &r))
	return r
}

func TestEveryMethodFindsAChain(t *testing.T) {
	for _, method := range []string{"notears", "dagma", "eqvar", "exact"} {
		dir := t.TempDir()
		chain(t, dir)
		status, stdout, stderr := call(t, dir, "--data", "@/table.csv", "--method", method, "--truth", "@/truth.json", "--out", "@/out")
		require.Zero(t, status, stderr)
		require.Contains(t, stdout, "against the truth: SHD 0")
		r := read(t, dir)
		require.Equal(t, learn.Method(method), r.Method)
		require.Equal(t, []string{"sales", "ad", "weather", "visits"}, r.Nodes)
		require.True(t, r.IsDAG)
		require.Zero(t, r.H)
		require.Zero(t, r.Metrics.SHD)
		require.Equal(t, 1.0, r.Metrics.F1)
		require.Len(t, r.Edges, 2)
		require.Equal(t, "ad → visits", r.Edges[0].From+" → "+r.Edges[0].To)
		require.InDelta(t, 1.5, r.Edges[0].Weight, 0.1)
		for _, name := range []string{"adjacency.csv", "graph.dot", "graph.graphml", "graph.json"} {
			info, err := os.Stat(filepath.Join(dir, "out", name))
			require.NoError(t, err)
			require.Positive(t, info.Size())
		}
	}
}

// Weights of columns in very different units are too large for h, which then is null: the rest of the result is written.
func TestNumbersThatAreNotFiniteAreNamedAndCostNothingElse(t *testing.T) {
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	text.WriteString("a,b,c,flat,again\n")
	for range 300 {
		a := rng.NormFloat64()
		b := 1.5*a + rng.NormFloat64()
		fmt.Fprintf(&text, "%v,%v,%v,5,%v\n", 1e6*a, 1e-3*b, -0.8*b+rng.NormFloat64(), 1e6*a)
	}
	put(t, dir, "units.csv", text.String())
	status, stdout, stderr := call(t, dir, "--data", "@/units.csv", "--method", "dagma", "--out", "@/out")
	require.Zero(t, status, stderr)
	require.Contains(t, stdout, "constant: flat;")
	require.Contains(t, stdout, "copies of each other up to scale: a and again (correlation 1.00)")
	require.Contains(t, stdout, "not finite, so null in result.json: solver_h")
	require.NotEmpty(t, read(t, dir).Edges)
	raw, err := os.ReadFile(filepath.Join(dir, "out", "result.json"))
	require.NoError(t, err)
	require.Contains(t, string(raw), `"solver_h": null`)
}

// Signals have no units, so a graph can be learned from columns whose variances overflow.
func TestVarsortabilityOfOverflowingColumnsIsNull(t *testing.T) {
	g, err := dag.NewGraph(mat.NewDense(2, 2, []float64{0, 1, 0, 0}))
	require.NoError(t, err)
	s := &study{names: []string{"tv", "search"}, estimate: &learn.Estimate{Graph: g}}
	s.sortable, err = s.varsortability([]mat.Matrix{mat.NewDense(3, 2, []float64{1e200, 1, -1e200, 2, 3e200, 5})})
	require.ErrorContains(t, err, "overflows")
	text, err := json.Marshal(s.result())
	require.NoError(t, err)
	require.Contains(t, string(text), `"varsortability":null`)
	s.describe(func(format string, args ...any) {
		require.NotContains(t, fmt.Sprintf(format, args...), "varsortability")
	})

	s.sortable, err = s.varsortability([]mat.Matrix{mat.NewDense(3, 2, []float64{1, 1, 1, 2, 2, 5})})
	require.NoError(t, err)
	require.Equal(t, 1.0, s.sortable)
}

func TestTheDefaultMethodFollowsTheData(t *testing.T) {
	dir := t.TempDir()
	chain(t, dir)
	for scale, want := range map[string]learn.Method{"none": learn.DAGMA, "standardise": learn.Exact} {
		status, _, stderr := call(t, dir, "--data", "@/table.csv", "--scale", scale, "--out", "@/out")
		require.Zero(t, status, stderr)
		require.Equal(t, want, read(t, dir).Method)
	}
}

// Exact reads neither flag, so it is not chosen for them.
func TestTheDefaultMethodReadsTheGivenFlags(t *testing.T) {
	dir := t.TempDir()
	chain(t, dir)
	world, err := simulate.Run(simulate.DefaultConfig())
	require.NoError(t, err)
	var panel bytes.Buffer
	require.NoError(t, world.WriteCSV(&panel))
	put(t, dir, "panel.csv", panel.String())
	for _, data := range []string{"--data @/table.csv --scale standardise", "--data @/panel.csv --panel --columns *_impressions"} {
		for _, flag := range []string{"--plain --threshold 0.1", "--lambda1 0.05", "--group-l1 0.1"} {
			found := map[string]result{}
			for _, method := range []string{"", " --method dagma"} {
				status, _, stderr := call(t, dir, strings.Fields(data+" "+flag+method+" --out @/out")...)
				require.Zero(t, status, stderr)
				r := read(t, dir)
				r.Seconds = 0
				found[method] = r
			}
			require.Equal(t, learn.DAGMA, found[""].Method, "%s %s", data, flag)
			require.Equal(t, found[" --method dagma"], found[""], "%s %s", data, flag)
		}
	}
}

func TestTheGroupPenaltyShrinksWeights(t *testing.T) {
	dir := t.TempDir()
	chain(t, dir)
	for _, method := range []string{"notears", "dagma"} {
		last := math.Inf(1)
		for _, penalty := range []string{"0", "0.2"} {
			status, _, stderr := call(t, dir, "--data", "@/table.csv", "--method", method, "--plain", "--group-l1", penalty, "--out", "@/out")
			require.Zero(t, status, stderr)
			sum := 0.0
			for _, e := range read(t, dir).Edges {
				sum += math.Abs(e.Weight)
			}
			require.Less(t, sum, last, method)
			last = sum
		}
	}
}

func TestKnowledgeAndResamples(t *testing.T) {
	dir := t.TempDir()
	chain(t, dir)
	put(t, dir, "known.yaml", "forbidden:\n  - ad -> visits\nrequired:\n  - [weather, sales]\n")
	status, stdout, stderr := call(t, dir, "--data", "@/table.csv", "--knowledge", "@/known.yaml", "--bootstrap", "5", "--out", "@/out")
	require.Zero(t, status, stderr)
	require.Contains(t, stdout, "of the resamples")
	found := map[string]bool{}
	for _, e := range read(t, dir).Edges {
		found[e.From+" → "+e.To] = true
		require.NotNil(t, e.Frequency)
	}
	require.True(t, found["weather → sales"])
	require.False(t, found["ad → visits"])
	_, err := os.Stat(filepath.Join(dir, "out", "frequency.csv"))
	require.NoError(t, err)
}

func TestPanel(t *testing.T) {
	dir := t.TempDir()
	config := simulate.DefaultConfig()
	world, err := simulate.Run(config)
	require.NoError(t, err)
	var table, truth bytes.Buffer
	require.NoError(t, world.WriteCSV(&table))
	require.NoError(t, world.WriteTruth(&truth))
	put(t, dir, "panel.csv", table.String())
	put(t, dir, "truth.json", truth.String())
	status, stdout, stderr := call(t, dir, "--data", "@/panel.csv", "--panel", "--lags", "1", "--method", "notears",
		"--truth", "@/truth.json", "--out", "@/out")
	require.Zero(t, status, stderr)
	require.Contains(t, stdout, "against the truth")
	r := read(t, dir)
	require.True(t, r.IsDAG)
	require.Equal(t, len(config.Channels), len(r.Nodes), "the truth chooses the columns")
	require.Len(t, r.Edges[0].Lagged, 1)
	without := r.Metrics.F1

	status, _, stderr = call(t, dir, "--data", "@/panel.csv", "--panel", "--lags", "2", "--method", "notears",
		"--columns", "*_impressions", "--controls", "control_*", "--truth", "@/truth.json", "--out", "@/out")
	require.Zero(t, status, stderr)
	r = read(t, dir)
	require.Greater(t, r.Metrics.F1, without, "its planners follow a control")
	require.GreaterOrEqual(t, r.Metrics.F1, 0.9)

	status, _, stderr = call(t, dir, "--data", "@/panel.csv", "--panel", "--controls", "control_*,*_price,region,week", "--out", "@/out")
	require.NotZero(t, status)
	require.NotContains(t, strings.TrimSpace(stderr), "\n")
}

func TestBadInputEndsInOneLineAndWritesNothing(t *testing.T) {
	for _, c := range []struct {
		args string
		want string
	}{
		{"--out @/out", "--data is missing"},
		{"--data @/table.csv", "--out is missing"},
		{"--data @/none.csv --out @/out", "no such file"},
		{"--data @/table.csv --out @/out --method pc", `--method "pc": choose notears, dagma, eqvar, exact`},
		{"--data @/table.csv --out @/out --threshold low", `--threshold "low"`},
		{"--data @/table.csv --out @/out --threshold -1", `--threshold "-1"`},
		{"--data @/table.csv --out @/out --lags -1", "--lags -1"},
		{"--data @/table.csv --out @/out --lambda1 -1", "--lambda1 -1"},
		{"--data @/table.csv --out @/out --group-l1 -1", "--group-l1 -1"},
		{"--data @/table.csv --out @/out --bootstrap -1", "--bootstrap -1"},
		{"--data @/table.csv --out @/out --scale big", "--scale"},
		{"--data @/table.csv --out @/out --keep-week-means", "goes with --panel"},
		{"--data @/table.csv --out @/out --controls add", "--controls goes with --panel"},
		{"--data @/table.csv --out @/out --loss logistic", "takes 0 and 1 only"},
		{"--data @/table.csv --out @/out --loss logistic --method eqvar", "eqvar compares variances"},
		{"--data @/table.csv --out @/out --loss logistic --method exact", "exact compares variances"},
		{"--data @/none.csv --out @/out --plain --method exact", "--plain is for the solvers of notears and dagma, and exact has none"},
		{"--data @/none.csv --out @/out --plain --method eqvar", "--plain is for the solvers of notears and dagma, and eqvar has none"},
		{"--data @/none.csv --out @/out --lambda1 0.1 --method exact", "--lambda1 is for the solvers"},
		{"--data @/none.csv --out @/out --lambda1 0.1 --method eqvar", "--lambda1 is for the solvers"},
		{"--data @/none.csv --out @/out --group-l1 0.1 --method exact", "--group-l1 is for the solvers"},
		{"--data @/none.csv --out @/out --group-l1 0.1 --method eqvar", "--group-l1 is for the solvers"},
		{"--data @/table.csv --out @/out --plain --threshold auto", "needs selected parents"},
		{"--data @/table.csv --out @/out --columns add", `did you mean "ad"?`},
		{"--data @/table.csv --out @/out --panel", "region"},
		{"--data @/table.csv --out @/out --knowledge @/circle.yaml", "required edges contradict each other: ad → visits → ad"},
		{"--data @/table.csv --out @/out --truth @/table.csv", "table.csv"},
		{"--data @/table.csv --out @/table.csv", "cannot make the output folder"},
		{"--data @/table.csv --out @/out surplus", "unknown command"},
		{"--data @/text.csv --out @/out", `text.csv:3: column "b": "x" is not a number`},
	} {
		dir := t.TempDir()
		chain(t, dir)
		put(t, dir, "circle.yaml", "required:\n  - [ad, visits]\n  - [visits, ad]\n")
		put(t, dir, "text.csv", "a,b\n1,2\n3,x\n")
		status, _, stderr := call(t, dir, strings.Fields(c.args)...)
		require.Equal(t, cli.Misuse, status, "%s: %s", c.args, stderr)
		require.Contains(t, stderr, c.want)
		require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
		_, err := os.Stat(filepath.Join(dir, "out"))
		require.ErrorIs(t, err, os.ErrNotExist, c.args)
	}
}

func TestTheTableIsNeverReplaced(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "adjacency.csv", "a,b\n1,2\n2,1\n3,5\n")
	status, _, stderr := call(t, dir, "--data", "@/adjacency.csv", "--out", "@")
	require.Equal(t, cli.Misuse, status)
	require.Contains(t, stderr, "would be replaced")
}

func TestInterruption(t *testing.T) {
	dir := t.TempDir()
	chain(t, dir)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, err bytes.Buffer
	require.Equal(t, cli.Interrupted, cli.Run(ctx, command(), []string{"--data", filepath.Join(dir, "table.csv"), "--out", filepath.Join(dir, "out")}, &out, &err))
}
