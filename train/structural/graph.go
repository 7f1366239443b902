package structural

import (
	"context"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
)

// Graph is the channel graph with the weights of its structural equations.
type Graph struct {
	Same   *mat.Dense    // W [M, M] of the same week, rows are parents
	Lagged []*mat.Dense  // A_k [M, M], k = 1 … K
	All    *mat.Dense    // [M, M]: of each edge the strongest weight of any lag; acyclic
	Order  []int         // channels, parents before children
	Cut    []dag.Removal // what was taken out to break cycles
}

// NewGraph is the graph of given weights, of one lag at least. A cycle, over lags too, is an error.
func NewGraph(same *mat.Dense, lagged []*mat.Dense) (*Graph, error) {
	g := &Graph{Same: same, Lagged: lagged}
	if g.sort(); g.Order == nil {
		return nil, fmt.Errorf("causal: the channel graph has the cycle %v over its lags", dag.Cycle(g.All))
	}
	return g, nil
}

// Empty is the graph without edges.
func Empty(channels, lags int) *Graph {
	g := &Graph{Same: mat.NewDense(channels, channels, nil)}
	for range lags {
		g.Lagged = append(g.Lagged, mat.NewDense(channels, channels, nil))
	}
	g.sort()
	return g
}

// Learn finds the graph among the channels: NOTEARS with lags on the panel's signals, its order refined, parents selected
// by the information criterion, see dag.Learn; then its weights are those of least squares, and edges no stronger than
// the threshold are left out. Where there is one channel alone, there are no edges.
func Learn(ctx context.Context, d *Data, lags int, threshold float64, known *dag.Constraints) (*Graph, error) {
	if d.Channels < 2 {
		return Empty(d.Channels, lags), nil
	}
	signals, err := d.signals(lags)
	if err != nil {
		return nil, err
	}
	e, err := dag.Learn(ctx, dag.Options{Method: dag.MethodNOTEARS, Lags: lags, Standardise: true, Constraints: known}, signals...)
	if err != nil {
		return nil, err
	}
	g := &Graph{Same: e.Same, Lagged: e.Lagged, Cut: e.Removed}
	g.keep(e.Weights)
	if err := g.refit(d); err != nil {
		return nil, err
	}
	g.sort()
	kept, cut := dag.Prune(g.All, threshold)
	g.Cut = append(g.Cut, cut...)
	g.keep(kept)
	g.sort()
	return g, nil
}

// lags lists the weights of the same week and those of each lag.
func (g *Graph) lags() []*mat.Dense { return append([]*mat.Dense{g.Same}, g.Lagged...) }

// keep leaves the edges of another graph alone, with all their lags, and what channels keep of their own past.
func (g *Graph) keep(edges *mat.Dense) {
	for _, w := range g.lags() {
		w.Apply(func(i, j int, v float64) float64 {
			if i != j && edges.At(i, j) == 0 {
				return 0
			}
			return v
		}, w)
	}
}

// sort sets All and Order from the weights.
func (g *Graph) sort() {
	M, _ := g.Same.Dims()
	g.All = mat.NewDense(M, M, nil)
	for _, w := range g.lags() {
		g.All.Apply(func(i, j int, strongest float64) float64 {
			if v := w.At(i, j); i != j && v*v > strongest*strongest {
				return v
			}
			return strongest
		}, g.All)
	}
	g.Order = dag.CausalOrder(g.All)
}

// refit sets the weights to their least squares, each channel on its parents: Learn's are in standard deviations.
func (g *Graph) refit(d *Data) error {
	z, past, rows, err := d.regression(len(g.Lagged))
	if err != nil {
		return err
	}
	M := d.Channels
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
		g.refitChild(child, columns, rows)
	}
	return nil
}

func (g *Graph) refitChild(child int, columns [][]float64, rows int) {
	M, _ := g.Same.Dims()
	all := g.lags()
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

// signals are the log-relative exposures of the training weeks, less what controls explain: a matrix [weeks, channels] for each region, or for each
// block of a resample, with the weeks before it that lags ask for.
func (d *Data) signals(lags int) ([]mat.Matrix, error) {
	series, o := make([]mat.Matrix, d.Regions), dag.SignalOptions{Lags: lags}
	training := func(cells []float64, r, width int) mat.Matrix {
		from := r * d.Weeks * width
		return mat.NewDense(d.Train, width, slices.Clone(cells[from:from+d.Train*width]))
	}
	for r := range series {
		series[r] = training(d.Media, r, d.Channels)
		if d.Controls > 0 {
			o.Controls = append(o.Controls, training(d.Control, r, d.Controls))
		}
	}
	signals, err := dag.Signals(series, o)
	if err != nil {
		return nil, fmt.Errorf("causal: %w", err)
	}
	if d.blocks == nil {
		return signals, nil
	}
	var drawn []mat.Matrix
	for _, b := range d.blocks {
		from, to := max(b.from-lags, 0), b.from+b.weeks
		if to-from > lags {
			drawn = append(drawn, mat.DenseCopyOf(signals[b.region]).Slice(from, to, 0, d.Channels))
		}
	}
	return drawn, nil
}

// regression lays out the signals for the structural equations: z [rows, M], and the weeks before each, [rows, K·M].
func (d *Data) regression(lags int) (z, past []float64, rows int, err error) {
	signals, err := d.signals(lags)
	if err != nil {
		return nil, nil, 0, err
	}
	for _, s := range signals {
		weeks, _ := s.Dims()
		for t := lags; t < weeks; t++ {
			z = append(z, mat.Row(nil, t, s)...)
			for k := 1; k <= lags; k++ {
				past = append(past, mat.Row(nil, t-k, s)...)
			}
			rows++
		}
	}
	return z, past, rows, nil
}

// Flat is matrices one below the other, row-major.
func Flat(matrices ...*mat.Dense) []float64 {
	var all []float64
	for _, w := range matrices {
		all = append(all, mat.DenseCopyOf(w).RawMatrix().Data...)
	}
	return all
}
