package structural

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"deepcausalmmm/dag"
	"deepcausalmmm/internal/cores"
	"deepcausalmmm/layers"
	"deepcausalmmm/panel"
)

// blockWeeks stay together in a resample: long enough for what carries over and for noise that lasts.
const blockWeeks = 8

// blockAt is a block of a region's weeks.
type blockAt struct{ region, from, weeks int }

// resampled draws blocks of the weeks that count, within each region and with replacement (Künsch 1989). A block may reach
// over either end, where it is cut, so that every week is drawn equally often.
func (d *Data) resampled(rng *rand.Rand) *Data {
	drawn := *d
	drawn.Weight = make([]float64, len(d.Weight))
	first := d.Train
	for cell, w := range d.Weight {
		if w > 0 {
			first = min(first, cell%d.Weeks)
		}
	}
	starts := d.Train - first + blockWeeks - 1
	for r := range d.Regions {
		for range max(1, (starts+blockWeeks/2)/blockWeeks) {
			from := first - blockWeeks + 1 + rng.IntN(starts)
			to := min(from+blockWeeks, d.Train)
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

// Member is a fit of a resample.
type Member struct {
	Effects   []Effect // [M]
	KPI       float64
	Predicted []float64  // [R, T], KPI units, with noise and a trend that goes on as it may
	Graph     *dag.Graph // of the resample
}

// doubt is by how many of the priors' standard deviations the members' anchors spread, of decay, half-saturation, slope and
// size. The estimate's priors hold half-saturation and slope more tightly than anyone knows them, since data hardly tell
// them from the level of the curve; an interval has to admit what others take for usual: slopes from 1 (Meridian's
// default) to 3 (the mean of the prior of Jin et al. 2017).
var doubt = [layers.EffectAnchors]float64{1, 2, 3, 1}

// mediaDoubt is the standard deviation of the logarithm of what all channels together are expected to sell: a factor of two.
// Of steady channels data do not tell it from the baseline (docs/truth.md).
const mediaDoubt = 0.7

// Ensemble fits n resamples of the data, on all cores, each from the full fit on. Members differ in blocks of weeks, from
// which the graph is learned anew too; in a shape, one of those that forecast alike; and in the means of the priors, so
// that they spread as far as the priors where data say little (Pearce et al. 2020). They depend on the seed, not on the
// number of cores. tell, which may be nil, hears of each that is done.
func (f *Fit) Ensemble(ctx context.Context, n int, shapes []Shape, learn func(context.Context, *Data) (*dag.Graph, error), tell func(done int)) ([]Member, error) {
	members := make([]Member, n)
	var mutex sync.Mutex
	var failure error
	done := 0
	cores.Share(n, 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			member, err := f.member(ctx, i, shapes, learn)
			mutex.Lock()
			if err != nil && failure == nil {
				failure = err
			}
			members[i] = member
			if done++; tell != nil && err == nil {
				tell(done)
			}
			stop := failure != nil
			mutex.Unlock()
			if stop {
				return
			}
		}
	})
	return members, failure
}

func (f *Fit) member(ctx context.Context, i int, shapes []Shape, learn func(context.Context, *Data) (*dag.Graph, error)) (Member, error) {
	m := f.Model
	rng := rand.New(rand.NewPCG(m.options.Seed, uint64(i)+1))
	d := m.Data.resampled(rng)
	g, err := learn(ctx, d)
	if err != nil {
		return Member{}, err
	}
	o := m.options
	o.Anchors = make([]float64, layers.EffectAnchors*d.Channels)
	for k := range o.Anchors {
		o.Anchors[k] = doubt[k/d.Channels] * rng.NormFloat64()
	}
	shape := shapes[rng.IntN(len(shapes))]
	shape.Media *= math.Exp(mediaDoubt * rng.NormFloat64())
	fit, err := NewFit(ctx, d, g, shape, o, Again, f, nil)
	if err != nil {
		return Member{}, err
	}
	effects, err := fit.Effects()
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

// forecast draws what may be observed: the prediction in KPI units with noise of the fit's size, and behind the training
// weeks with a trend that wanders on, in steps as large as those it took before.
func (f *Fit) forecast(rng *rand.Rand) []float64 {
	m := f.Model
	d := m.Data
	predicted, level := m.Floats(m.Prediction), m.Floats(m.Level)
	perWeek := math.Sqrt(float64(m.Shape.Knots) / float64(d.Train)) // of a step from knot to knot
	national := perWeek * rms(m.Params.Get("baseline.trend").Value.Float64s())
	regional := perWeek * rms(m.Params.Get("baseline.region_trend").Value.Float64s())
	wander := make([]float64, d.Weeks)
	for t := d.Train; t < d.Weeks; t++ {
		wander[t] = wander[t-1] + national*rng.NormFloat64()
	}
	for r := range d.Regions {
		own := 0.0
		for t := range d.Weeks {
			cell := r*d.Weeks + t
			if t >= d.Train {
				own += regional * rng.NormFloat64()
			}
			predicted[cell] += level[cell]*(wander[t]+own) + f.Sigma*rng.NormFloat64()
			predicted[cell] *= d.Scaling.Target[r]
		}
	}
	return predicted
}

func rms(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum / float64(len(x)))
}

// Interval is where a quantity lies with a probability of 80 %.
type Interval struct{ Low, High float64 }

// The quantiles that an interval runs between.
const lowQuantile, highQuantile = 0.1, 0.9

// IntervalOf is the interval of draws, widened to hold the estimate.
func IntervalOf(estimate float64, draws []float64) Interval {
	sorted := slices.Sorted(slices.Values(draws))
	return Interval{
		Low:  min(estimate, panel.Quantile(sorted, lowQuantile)),
		High: max(estimate, panel.Quantile(sorted, highQuantile)),
	}
}
