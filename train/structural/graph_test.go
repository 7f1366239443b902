package structural

import (
	"bytes"
	"context"
	"math"
	"runtime"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/dag/learn"
	"deepcausalmmm/internal/modelfile"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// Draws of the graph depend on the seed and not on the cores, differ in their weights, and have an edge that is certain in all.
func TestGraphsAreDrawsOfTheGraph(t *testing.T) {
	w := newWorld(t, size{12, 120, 0.01})
	d := dataOf(t, w.panel, 110)
	var all [][]*dag.Graph
	for _, cores := range []int{1, 2} {
		before := runtime.GOMAXPROCS(cores)
		graphs, err := Graphs(context.Background(), d, 12, 3, learn.Exact, 2, 0, nil)
		runtime.GOMAXPROCS(before)
		require.NoError(t, err)
		require.Len(t, graphs, 12)
		all = append(all, graphs)
	}
	require.Equal(t, all[0], all[1])
	frequency := dag.Frequency(all[0])
	require.Equal(t, 1.0, frequency.At(0, 1))
	require.Zero(t, frequency.At(1, 0))
	require.NotEqual(t, all[0][0].Weights(), all[0][1].Weights())
	whole, err := Learn(context.Background(), d, learn.Exact, 2, 0, nil)
	require.NoError(t, err)
	mean := 0.0
	for _, g := range all[0] {
		mean += g.Same().At(0, 1) / 12
	}
	require.InEpsilon(t, whole.Same().At(0, 1), mean, 0.1)

	ended, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = Graphs(ended, d, 2, 3, learn.Exact, 2, 0, nil)
	require.ErrorIs(t, err, context.Canceled)
}

// An edge that knowledge requires is in every draw, of one region too.
func TestRequiredEdgesAreInEveryDraw(t *testing.T) {
	for _, regions := range []int{1, 6} {
		d := dataOf(t, newWorld(t, size{regions, 120, 0.01}).panel, 110)
		known := dag.NewConstraints(3)
		require.NoError(t, known.Require(2, 1))
		graphs, err := Graphs(context.Background(), d, 8, 1, learn.Exact, 1, 0, known)
		require.NoError(t, err)
		require.Equal(t, 1.0, dag.Frequency(graphs).At(2, 1))
	}
}

func TestOneChannelHasEmptyGraphs(t *testing.T) {
	graphs, err := Graphs(context.Background(), &Data{Channels: 1}, 3, 1, learn.Exact, 2, 0, nil)
	require.NoError(t, err)
	require.Len(t, graphs, 3)
	require.Empty(t, graphs[2].Edges())
}

// By amounts, a mediator of which nothing is known follows from its parent's amount, and its usual residual.
func TestMediatorsFollowByAmounts(t *testing.T) {
	const weeks = 40
	p := &panel.Panel{Regions: []string{"r"}, Channels: []string{"tv", "visits"}}
	for week := range weeks + 2 {
		tv := 1 + 0.5*math.Sin(float64(week))
		p.Weeks = append(p.Weeks, strconv.Itoa(week))
		p.Media = append(p.Media, tv, 0.4*tv+0.6)
	}
	g, err := dag.NewGraph(mat.NewDense(2, 2, []float64{0, 0.4, 0, 0}))
	require.NoError(t, err)
	g.Mechanism = dag.Amounts
	trained := *p
	trained.Weeks, trained.Media = p.Weeks[:weeks], p.Media[:2*weeks]
	f := &Fitted{panel: &trained, train: panel.Span{To: weeks}, exposure: trained.Media, graph: g, scaling: Scaling{Media: []float64{1, 1}, Target: []float64{1}}}
	want := p.Media[2*weeks+3]
	p.Media[2*weeks+3] = 0
	unknown := make([]bool, len(p.Media))
	unknown[2*weeks+3] = true
	_, err = f.Follow(p, 0, unknown)
	require.NoError(t, err)
	require.InDelta(t, want, p.Media[2*weeks+3], 1e-9)
}

// A model file keeps how channels move each other; a file without that is of channels that move by shares.
func TestTheMechanismIsSaved(t *testing.T) {
	w := newWorld(t, size{3, 70, 0.01})
	f := learned(t, w.panel, 10).Fitted.(*Fitted)
	task := model.Task{Settings: f.settings, Panel: w.panel, Train: f.train}
	open := func(entry any) (*Fitted, error) {
		out := modelfile.NewWriter()
		require.NoError(t, f.Save(out))
		if entry != nil {
			require.NoError(t, out.JSON(map[string]any{entryMechanism: entry}))
		} else {
			out.Text(entryMechanism, "")
		}
		var text bytes.Buffer
		require.NoError(t, out.Encode(&text))
		r, err := modelfile.Parse(text.Bytes(), "(train again)")
		require.NoError(t, err)
		_, err = r.Panel()
		require.NoError(t, err)
		opened, err := Structural{}.Open(r, task)
		if err != nil {
			return nil, err
		}
		return opened.(*Fitted), nil
	}
	for entry, want := range map[any]dag.Mechanism{dag.Amounts: dag.Amounts, dag.Shares: dag.Shares, nil: ""} {
		opened, err := open(entry)
		require.NoError(t, err)
		require.Equal(t, want, opened.graph.Mechanism)
		require.Equal(t, f.graph.Weights(), opened.graph.Weights())
	}
	_, err := open("magic")
	require.ErrorContains(t, err, `move each other by "magic", which is none of [shares amounts] (train again)`)
}
