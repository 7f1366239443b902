package causal

import (
	"context"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
)

// Graph is the channel graph with the weights of its structural equations, which Learn takes from the signals of the
// training weeks.
type Graph struct {
	Same   *mat.Dense   // W [M, M] of the same week, rows are parents
	Lagged []*mat.Dense // A_k [M, M], by lag
	All    *mat.Dense   // [M, M]: of each edge the strongest weight of any lag
	Order  []int        // channels, parents before children
	Cut    []dag.Removal
}

// Learn finds the graph among the channels: NOTEARS with lags on the panel's signals, its order refined, parents selected
// by the information criterion and weights refitted, see dag.Learn. Where there is one channel alone, there are no edges.
func Learn(ctx context.Context, d *Data, lags int, known *dag.Constraints) (*Graph, error) {
	if d.Channels < 2 {
		return Empty(1), nil
	}
	signals, err := d.signals()
	if err != nil {
		return nil, err
	}
	e, err := dag.Learn(ctx, dag.Options{Method: dag.MethodNOTEARS, Lags: lags, Standardise: true, Constraints: known}, signals...)
	if err != nil {
		return nil, err
	}
	for _, r := range e.Removed { // an edge goes with all its lags
		for _, w := range append([]*mat.Dense{e.Same}, e.Lagged...) {
			w.Set(r.From, r.To, 0)
		}
	}
	g, err := newGraph(e.Same, e.Lagged, lags, e.Removed)
	if err != nil {
		return nil, err
	}
	return g, g.refit(d)
}

// refit sets the weights to their least squares, each channel on its parents: Learn's are in standard deviations.
func (g *Graph) refit(d *Data) error {
	z, past, rows, err := d.regression(len(g.Lagged))
	if err != nil {
		return err
	}
	M := d.Channels
	all := append([]*mat.Dense{g.Same}, g.Lagged...)
	columns := [][]float64{z} // of each lag, [rows, M]
	for k := range g.Lagged {
		lag := make([]float64, 0, rows*M)
		for row := range rows {
			at := (row*len(g.Lagged) + k) * M
			lag = append(lag, past[at:at+M]...)
		}
		columns = append(columns, lag)
	}
	for child := range M {
		g.refitChild(child, all, columns, rows)
	}
	strongest, err := newGraph(g.Same, g.Lagged, len(g.Lagged), g.Cut)
	if err == nil {
		*g = *strongest
	}
	return err
}

func (g *Graph) refitChild(child int, all []*mat.Dense, columns [][]float64, rows int) {
	M, _ := g.Same.Dims()
	type parent struct{ lag, node int }
	var parents []parent
	for k, w := range all {
		for i := range M {
			if w.At(i, child) != 0 {
				parents = append(parents, parent{k, i})
			}
		}
	}
	if len(parents) == 0 {
		return
	}
	gram, cross := mat.NewSymDense(len(parents), nil), mat.NewVecDense(len(parents), nil)
	for row := range rows {
		for a, p := range parents {
			x := columns[p.lag][row*M+p.node]
			cross.SetVec(a, cross.AtVec(a)+x*columns[0][row*M+child])
			for b, q := range parents[:a+1] {
				gram.SetSym(b, a, gram.At(b, a)+x*columns[q.lag][row*M+q.node])
			}
		}
	}
	var factor mat.Cholesky
	var weights mat.VecDense
	if !factor.Factorize(gram) || factor.SolveVecTo(&weights, cross) != nil {
		return // parents that copy each other: the learner's weights stay
	}
	for a, p := range parents {
		all[p.lag].Set(p.node, child, weights.AtVec(a))
	}
}

// Empty is the graph without edges.
func Empty(channels int) *Graph {
	g, err := newGraph(mat.NewDense(channels, channels, nil), nil, 1, nil)
	if err != nil {
		panic(err) // without an edge there is no cycle
	}
	return g
}

func newGraph(same *mat.Dense, lagged []*mat.Dense, lags int, cut []dag.Removal) (*Graph, error) {
	M, _ := same.Dims()
	for len(lagged) < max(lags, 1) {
		lagged = append(lagged, mat.NewDense(M, M, nil))
	}
	g := &Graph{Same: same, Lagged: lagged, All: mat.NewDense(M, M, nil), Cut: cut}
	for _, w := range append([]*mat.Dense{same}, lagged...) {
		for i := range M {
			for j := range M {
				if v := w.At(i, j); i != j && v*v > g.All.At(i, j)*g.All.At(i, j) {
					g.All.Set(i, j, v)
				}
			}
		}
	}
	if g.Order = dag.CausalOrder(g.All); g.Order == nil {
		return nil, fmt.Errorf("causal: the graph has the cycle %v over its lags", dag.Cycle(g.All))
	}
	return g, nil
}

// signals are the log-relative exposures of the training weeks, a matrix [weeks, channels] for each region.
func (d *Data) signals() ([]mat.Matrix, error) {
	series := make([]mat.Matrix, d.Regions)
	size := d.Weeks * d.Channels
	for r := range series {
		series[r] = mat.NewDense(d.Train, d.Channels, slices.Clone(d.Media[r*size:r*size+d.Train*d.Channels]))
	}
	signals, err := dag.Signals(series, false)
	if err != nil {
		return nil, fmt.Errorf("causal: %w", err)
	}
	return signals, nil
}

// regression lays out the signals for the structural equations: z [rows, M], and the weeks before each, [rows, K·M].
func (d *Data) regression(lags int) (z, past []float64, rows int, err error) {
	signals, err := d.signals()
	if err != nil {
		return nil, nil, 0, err
	}
	for _, s := range signals {
		for t := lags; t < d.Train; t++ {
			z = append(z, mat.Row(nil, t, s)...)
			for k := 1; k <= lags; k++ {
				past = append(past, mat.Row(nil, t-k, s)...)
			}
			rows++
		}
	}
	return z, past, rows, nil
}

func flat(w *mat.Dense) []float64 { return mat.DenseCopyOf(w).RawMatrix().Data }

// flatAll is the lagged weights one below the other, [K·M, M].
func flatAll(g *Graph) []float64 {
	var all []float64
	for _, w := range g.Lagged {
		all = append(all, flat(w)...)
	}
	return all
}
