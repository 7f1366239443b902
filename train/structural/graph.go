package structural

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/dag/learn"
	"deepcausalmmm/internal/cores"
)

// Learn learns the graph among the channels from the panel's signals, and how they move each other. The weights are those of
// least squares on the signals, without edges up to the threshold. A single channel has no edges.
func Learn(ctx context.Context, d *Data, method learn.Method, lags int, threshold float64, known *dag.Constraints) (*dag.Graph, error) {
	if d.Channels < 2 {
		return dag.NewEmpty(d.Channels, lags), nil
	}
	p, err := d.exposures(lags)
	if err != nil {
		return nil, err
	}
	return p.Fit(ctx, learn.Options{Method: method, Threshold: threshold, Constraints: known}, d.rows())
}

// Graphs learns the graph of each of n resamples of the data, on all cores: draws from what is uncertain about edges, their
// weights and how channels move each other (Friedman, Goldszmidt and Wyner 1999). Each search improves the order of the graph of
// all data by swaps. The draws depend on the seed, not on the number of cores.
func Graphs(ctx context.Context, d *Data, n int, seed uint64, method learn.Method, lags int, threshold float64, known *dag.Constraints) ([]*dag.Graph, error) {
	graphs, failures := make([]*dag.Graph, n), make([]error, n)
	if d.Channels < 2 {
		for i := range graphs {
			graphs[i] = dag.NewEmpty(d.Channels, lags)
		}
		return graphs, nil
	}
	p, err := d.exposures(lags)
	if err != nil {
		return nil, err
	}
	o := learn.Options{Method: method, Threshold: threshold, Constraints: known}
	whole, err := p.Fit(ctx, o, nil)
	if err != nil {
		return nil, err
	}
	o.Method, o.Start = learn.EqVar, whole.Order()
	cores.Share(n, 1, func(lo, hi int) {
		for i := lo; i < hi && ctx.Err() == nil; i++ {
			rng := rand.New(rand.NewPCG(seed, uint64(i)+1))
			graphs[i], failures[i] = p.Fit(ctx, o, d.resampled(rng).rows())
		}
	})
	return graphs, cmp.Or(ctx.Err(), errors.Join(failures...))
}

// exposures are the training weeks of all regions as graphs are learned from them: without what controls explain, and in a
// panel of one region without what the calendar does.
func (d *Data) exposures(lags int) (*learn.Panel, error) {
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
	var days [][]float64
	for h := 0; h < len(d.Days); h += d.Weeks {
		days = append(days, d.Days[h:h+d.Train])
	}
	o.Calendar = learn.Calendar(d.Years[:d.Train], days...)
	p, err := learn.NewPanel(series, o)
	if err != nil {
		return nil, fmt.Errorf("structural: %w", err)
	}
	return p, nil
}

// rows counts how often each region's weeks are in a resample; nil if this is none.
func (d *Data) rows() learn.Weights {
	if d.blocks == nil {
		return nil
	}
	w := make(learn.Weights, d.Regions)
	for r := range w {
		w[r] = make([]float64, d.Train)
	}
	for _, b := range d.blocks {
		for t := b.from; t < b.from+b.weeks; t++ {
			w[b.region][t]++
		}
	}
	return w
}
