package structural

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"deepcausalmmm/dag"
	"deepcausalmmm/dag/learn"
	"deepcausalmmm/internal/cores"
	"deepcausalmmm/layers"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// blockAt is a block of a region's weeks.
type blockAt struct{ region, from, weeks int }

// blockRows is the length of a block in rows: learn.BlockRows weeks, and at least shortestBlock rows, which carry-over and lags
// need at every resolution.
func (d *Data) blockRows() int { return max(d.Every.Rows(learn.BlockRows), shortestBlock) }

const shortestBlock = 4

// resampled draws blocks of rows with weight, within each region and with replacement (Künsch 1989). A block may overlap either
// end, where it is cut, so that every row is drawn equally often.
func (d *Data) resampled(rng *rand.Rand) *Data {
	drawn := *d
	drawn.Weight = make([]float64, len(d.Weight))
	first := d.Train
	for cell, w := range d.Weight {
		if w > 0 {
			first = min(first, cell%d.Weeks)
		}
	}
	length := d.blockRows()
	starts := d.Train - first + length - 1
	for r := range d.Regions {
		for range max(1, (starts+length/2)/length) {
			from := first - length + 1 + rng.IntN(starts)
			to := min(from+length, d.Train)
			from = max(from, first)
			drawn.blocks = append(drawn.blocks, blockAt{r, from, to - from})
			for t := from; t < to; t++ {
				cell := r*d.Weeks + t
				drawn.Weight[cell] += d.Weight[cell]
			}
		}
	}
	return &drawn
}

// Member is the fit of one resample.
type Member struct {
	Effects   []Effect // [M]
	KPI       float64
	Predicted []float64  // [R, T], KPI units, a draw: with noise, and with a random trend after the training weeks
	Graph     *dag.Graph // learned from the resample
}

// anchorScale widens the priors of decay, half-saturation, slope and size across ensemble members, in prior standard
// deviations. The estimate's priors of half-saturation and slope are tighter than the knowledge of them, since data hardly
// separate them from the level of the curve; intervals must cover the usual choices: slopes from 1 (Meridian's default) to 3
// (the prior mean of Jin et al. 2017).
var anchorScale = [layers.EffectAnchors]float64{1, 2, 3, 1}

// mediaSpread is the standard deviation, across members, of the logarithm of the effect expected of all channels together: a
// factor of two. Data do not separate the effect of steady channels from the baseline (docs/truth.md).
const mediaSpread = 0.7

// LeftOut is a resample that could not be fitted, or whose effects are not finite.
type LeftOut struct {
	Resample int // from 1
	Err      error
}

// Ensemble fits n resamples of the data, on all cores, each starting from the full fit. Members differ in their blocks of
// weeks, from which the graph is learned again; in their shape, one of the given ones; and in the means of their priors, so
// that they spread as far as the priors where data say little (Pearce et al. 2020). They depend on the seed, not on the
// number of cores. A resample that fails is left out; if all fail, that is an error. observe, if not nil, is called after
// each fit.
func (f *Fit) Ensemble(ctx context.Context, n int, shapes []Shape, relearn func(context.Context, *Data) (*dag.Graph, error), observe func(done int)) ([]Member, []LeftOut, error) {
	fitted, failures := make([]Member, n), make([]error, n)
	var mutex sync.Mutex
	done := 0
	cores.Share(n, 1, func(lo, hi int) {
		for i := lo; i < hi && ctx.Err() == nil; i++ {
			fitted[i], failures[i] = f.member(ctx, i, shapes, relearn)
			mutex.Lock()
			if done++; observe != nil {
				observe(done)
			}
			mutex.Unlock()
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	var members []Member
	var out []LeftOut
	for i, err := range failures {
		if err != nil {
			out = append(out, LeftOut{i + 1, err})
			continue
		}
		members = append(members, fitted[i])
	}
	if len(members) == 0 && n > 0 {
		return nil, out, fmt.Errorf("none of %d resamples could be fitted; the first: %w", n, out[0].Err)
	}
	return members, out, nil
}

func (f *Fit) member(ctx context.Context, i int, shapes []Shape, relearn func(context.Context, *Data) (*dag.Graph, error)) (Member, error) {
	m := f.Model
	rng := rand.New(rand.NewPCG(m.options.Seed, uint64(i)+1))
	d := m.Data.resampled(rng)
	g, err := relearn(ctx, d)
	if err != nil {
		return Member{}, err
	}
	o := m.options
	o.Anchors = make([]float64, layers.EffectAnchors*d.Channels)
	for k := range o.Anchors {
		o.Anchors[k] = anchorScale[k/d.Channels] * rng.NormFloat64()
	}
	shape := shapes[rng.IntN(len(shapes))]
	shape.Media *= math.Exp(mediaSpread * rng.NormFloat64())
	o.Lifts = drawn(o.Lifts, rng)
	fit, err := NewFit(ctx, d, g, shape, o, Again, f, nil)
	if err != nil {
		return Member{}, err
	}
	effects, err := fit.Effects()
	if err == nil {
		err = effects.Check()
	}
	if err != nil {
		return Member{}, err
	}
	member := Member{Effects: effects.Channels, KPI: effects.KPI, Graph: g}
	if err := fit.Model.Evaluate(); err != nil {
		return Member{}, err
	}
	member.Predicted = fit.forecast(rng)
	return member, nil
}

// forecast draws an observation: the prediction in KPI units plus noise of the fit's size, and after the training weeks a
// trend that continues as a random walk with steps of the fitted trend's size.
func (f *Fit) forecast(rng *rand.Rand) []float64 {
	m := f.Model
	d := m.Data
	predicted, level := m.Floats(m.Prediction), m.Floats(m.Level)
	perWeek := math.Sqrt(float64(m.Shape.Knots) / float64(d.Train)) // of the step between knots
	national, regional := 0.0, 0.0
	if l, ok := m.baseline.(stepping); ok {
		n, r := l.Steps()
		national, regional = perWeek*panel.RMS(n), perWeek*panel.RMS(r)
	}
	walk := make([]float64, d.Weeks)
	for t := d.Train; t < d.Weeks; t++ {
		walk[t] = walk[t-1] + national*rng.NormFloat64()
	}
	for r := range d.Regions {
		own := 0.0
		for t := range d.Weeks {
			cell := r*d.Weeks + t
			if t >= d.Train {
				own += regional * rng.NormFloat64()
			}
			predicted[cell] += level[cell]*(walk[t]+own) + f.Sigma*rng.NormFloat64()
			predicted[cell] *= d.unit(cell)
		}
	}
	return predicted
}

// The quantiles that bound an interval.
const lowQuantile, highQuantile = 0.1, 0.9

// IntervalOf returns the interval of draws, widened to contain the estimate.
func IntervalOf(estimate float64, draws []float64) model.Interval {
	sorted := slices.Sorted(slices.Values(draws))
	return model.Interval{
		Low:  min(estimate, panel.Quantile(sorted, lowQuantile)),
		High: max(estimate, panel.Quantile(sorted, highQuantile)),
	}
}
