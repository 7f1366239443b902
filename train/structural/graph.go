package structural

import (
	"context"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/dag/learn"
)

// Learn learns the graph among the channels from the panel's signals. The weights are those of least squares on the signals,
// without edges up to the threshold. A single channel has no edges.
func Learn(ctx context.Context, d *Data, method learn.Method, lags int, threshold float64, known *dag.Constraints) (*dag.Graph, error) {
	if d.Channels < 2 {
		return dag.NewEmpty(d.Channels, lags), nil
	}
	signals, err := d.signals(lags)
	if err != nil {
		return nil, err
	}
	o := learn.Options{Method: method, Lags: lags, Standardise: true, Constraints: known}
	e, err := learn.Learn(ctx, o, signals...)
	if err != nil {
		return nil, err
	}
	moments, err := dag.CrossProducts(lags, signals...)
	if err != nil {
		return nil, err
	}
	e.Graph.Refit(moments)
	g := e.Graph.Prune(threshold, known)
	g.Refit(moments) // on the parents that are left
	return g, nil
}

// signals are the log-relative exposures of the training weeks without what controls explain: a matrix [weeks, channels]
// for each region, or for each block of a resample, which starts lags earlier.
func (d *Data) signals(lags int) ([]mat.Matrix, error) {
	series, o := make([]mat.Matrix, d.Regions), learn.SignalOptions{Lags: lags}
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
	signals, err := learn.Signals(series, o)
	if err != nil {
		return nil, fmt.Errorf("structural: %w", err)
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
