package dag_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"deepcausalmmm/dag"
)

// drawWeights draws the weights of a graph with lags, cycles included.
func drawWeights(t *rapid.T) []mat.Matrix {
	n := rapid.IntRange(1, 7).Draw(t, "nodes")
	weights := make([]mat.Matrix, 1+rapid.IntRange(0, 2).Draw(t, "lags"))
	for k := range weights {
		w := mat.NewDense(n, n, nil)
		for i := range n {
			for j := range n {
				if rapid.IntRange(0, 3).Draw(t, "edge") == 0 {
					w.Set(i, j, drawWeight(t, 1e-3, 10))
				}
			}
		}
		weights[k] = w
	}
	return weights
}

func TestAGraphIsAcyclicOverItsLags(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := drawWeights(t)
		eps := rapid.SampledFrom([]float64{0, 0.1}).Draw(t, "threshold")
		g := dag.NewAcyclic(eps, nil, weights[0], weights[1:]...)
		n := g.Nodes()
		require.True(t, dag.IsDAG(g.Strongest()))
		require.Equal(t, dag.CausalOrder(g.Strongest()), g.Order())
		removed := map[[2]int]bool{}
		for _, r := range g.Removed() {
			removed[[2]int{r.From, r.To}] = true
		}
		for k, w := range weights {
			for i := range n {
				for j := range n {
					want := w.At(i, j)
					own := i == j && k > 0
					if math.Abs(want) <= eps || !own && removed[[2]int{i, j}] {
						want = 0
					}
					require.Equal(t, want, g.Lag(k).At(i, j), "lag %d, %d → %d", k, i, j)
				}
			}
		}
		again, err := dag.NewGraph(g.Same(), matrices(g.Lagged())...)
		require.NoError(t, err)
		require.Equal(t, g.Weights(), again.Weights())
		require.Equal(t, g.Edges(), again.Edges())
	})
}

func matrices(all []*mat.Dense) (list []mat.Matrix) {
	for _, w := range all {
		list = append(list, w)
	}
	return list
}

func TestACycleOverLagsIsNoGraph(t *testing.T) {
	same, lagged := mat.NewDense(2, 2, []float64{0, 1, 0, 0}), mat.NewDense(2, 2, []float64{0.5, 0, 1, 0})
	_, err := dag.NewGraph(same, lagged)
	require.EqualError(t, err, "dag: the graph has the cycle [0 1] over its lags")
	c := dag.NewConstraints(2)
	require.NoError(t, c.Require(0, 1))
	same.Set(0, 1, 0.01)
	g := dag.NewAcyclic(0.3, c, same, lagged)
	require.Equal(t, []dag.Edge{{From: 0, To: 1, Weight: 0.01}}, g.Edges(), "a required edge stays, however weak")
	require.Equal(t, 0.5, g.Lag(1).At(0, 0), "its own past is no edge")
	require.Equal(t, []dag.Removal{{From: 1, To: 0, Weight: 1, Cycle: []int{1, 0}}}, g.Removed())
}

func TestAnEmptyGraph(t *testing.T) {
	g := dag.NewEmpty(3, 2)
	require.Equal(t, []int{0, 1, 2}, g.Order())
	require.Equal(t, 2, g.Lags())
	require.Empty(t, g.Edges())
}

// Negative edges are drawn like positive ones.
func TestDrawnEdgesAreTheStrongestByAbsoluteWeight(t *testing.T) {
	g, err := dag.NewGraph(mat.NewDense(3, 3, []float64{0, -0.9, 0.1, 0, 0, 0.4, 0, 0, 0}),
		mat.NewDense(3, 3, []float64{0, 0.2, -0.5, 0, 0, 0.4, 0, 0, 0}))
	require.NoError(t, err)
	all := []dag.Edge{{From: 0, To: 1, Weight: -0.9}, {From: 0, To: 2, Weight: -0.5}, {From: 1, To: 2, Weight: 0.4}}
	require.Equal(t, all, g.Edges())
	require.Equal(t, all, g.Drawn(0.4, 5), "the threshold is included")
	require.Equal(t, all[:2], g.Drawn(0.45, 5))
	require.Equal(t, all[:1], g.Drawn(0, 1))
	require.Empty(t, g.Drawn(1, 5))
}

func TestPruningRemovesAllLagsOfAWeakEdge(t *testing.T) {
	g, err := dag.NewGraph(mat.NewDense(2, 2, []float64{0, 0.2, 0, 0}), mat.NewDense(2, 2, []float64{0.05, 0.3, 0, 0}))
	require.NoError(t, err)
	require.Equal(t, g.Weights(), g.Prune(0.25, nil).Weights(), "its strongest lag counts")
	pruned := g.Prune(0.3, nil)
	require.Empty(t, pruned.Edges())
	require.Equal(t, 0.05, pruned.Lag(1).At(0, 0))
	require.Len(t, g.Edges(), 1, "the graph itself stays")
}

// Least squares by gonum's QR decomposition of the rows.
func TestRefitIsLeastSquares(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := drawWeights(t)
		g := dag.NewAcyclic(0, nil, weights[0], weights[1:]...)
		edges := g.Edges()
		x := noise(seeded(rapid.Uint64().Draw(t, "seed")), 60, g.Nodes())
		m, err := dag.CrossProducts(g.Lags(), x)
		require.NoError(t, err)
		g.Refit(m)
		require.Len(t, g.Edges(), len(edges))
		rows, err := dag.Stack(g.Lags(), x)
		require.NoError(t, err)
		all := mat.NewDense(rows.Rows, rows.Cols, rows.Data)
		for child := range g.Nodes() {
			var parents []int
			for row := range rows.Cols {
				if g.Weights().At(row, child) != 0 {
					parents = append(parents, row)
				}
			}
			if parents == nil {
				continue
			}
			design := mat.NewDense(rows.Rows, len(parents), nil)
			for a, row := range parents {
				design.SetCol(a, mat.Col(nil, row, all))
			}
			var want mat.VecDense
			require.NoError(t, want.SolveVec(design, all.ColView(child)))
			for a, row := range parents {
				require.InDelta(t, want.AtVec(a), g.Weights().At(row, child), 1e-9)
			}
		}
	})
}

func TestFrequencyIsAShareOfGraphs(t *testing.T) {
	edge, err := dag.NewGraph(mat.NewDense(2, 2, []float64{0, -3, 0, 0}))
	require.NoError(t, err)
	none := dag.NewEmpty(2, 0)
	f := dag.Frequency([]*dag.Graph{edge, none, edge, edge})
	require.InDelta(t, 0.75, f.At(0, 1), 1e-12)
	require.Zero(t, f.At(1, 0))
	all := make([]*dag.Graph, 20)
	for i := range all {
		all[i] = edge
	}
	require.Equal(t, 1.0, dag.Frequency(all).At(0, 1), "never above 1")
}

func TestCovariancesThatOverflowAreNamed(t *testing.T) {
	x := noise(seeded(1), 9, 3)
	x.Apply(func(_, j int, v float64) float64 { return v * math.Pow(1e200, float64(j/2)) }, x)
	_, err := dag.NewMoments(1, x)
	require.EqualError(t, err, "dag: the covariance of columns 3 and 3 overflows (divide them by a power of ten)")
}

func ExampleGraph() {
	same := mat.NewDense(3, 3, []float64{ // tv → search, and search → affiliates
		0, 0.6, 0,
		0, 0, 0.3,
		0, 0, 0,
	})
	lagged := mat.NewDense(3, 3, []float64{ // tv → affiliates a week later
		0, 0, -0.4,
		0, 0, 0,
		0, 0, 0,
	})
	g, err := dag.NewGraph(same, lagged)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range g.Drawn(0.35, 10) {
		fmt.Println(e.From, e.To, e.Weight)
	}
	fmt.Println(g.Order())
	_, err = dag.NewGraph(same, lagged.T())
	fmt.Println(err)
	// Output:
	// 0 1 0.6
	// 0 2 -0.4
	// [0 1 2]
	// dag: the graph has the cycle [0 1 2] over its lags
}
