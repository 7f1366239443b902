package panel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// WithChannel returns the panel with a further channel, the last one, that nobody pays for. Exposure is [R, T], in the table's units.
func (p *Panel) WithChannel(name string, kind ChannelKind, exposure []float64) *Panel {
	q := *p
	q.Channels = append(slices.Clone(p.Channels), name)
	q.Media = widened(p.Media, len(p.Channels), exposure)
	if p.Kinds != nil || kind != Paid {
		q.Kinds = nil
		for m := range p.Channels {
			q.Kinds = append(q.Kinds, p.Kind(m))
		}
		q.Kinds = append(q.Kinds, kind)
	}
	if p.SpendOf != nil {
		q.SpendOf = append(slices.Clone(p.SpendOf), -1)
	}
	return &q
}

// WithControl returns the panel with a further control, the last one. Values are [R, T].
func (p *Panel) WithControl(name string, values []float64) *Panel {
	q := *p
	q.Controls = append(slices.Clone(p.Controls), name)
	q.Control = widened(p.Control, len(p.Controls), values)
	if p.Treatments != nil {
		q.Treatments = append(slices.Clone(p.Treatments), false)
	}
	return &q
}

// widened appends a column [R, T] to x [R, T, K].
func widened(x []float64, K int, column []float64) []float64 {
	wide := make([]float64, 0, len(x)+len(column))
	for cell, value := range column {
		wide = append(append(wide, x[cell*K:(cell+1)*K]...), value)
	}
	return wide
}

// WithoutTargets returns the panel with the targets of some weeks missing, in all regions: they are filled like those that the table
// does not have. It fails if a region has no other target.
func (p *Panel) WithoutTargets(weeks []int) (*Panel, error) {
	q := *p
	q.Filled = slices.Clone(p.Filled)
	for r := range p.Regions {
		for _, t := range weeks {
			q.Filled[r*len(p.Weeks)+t] = true
		}
		if span := q.Filled[r*len(p.Weeks) : (r+1)*len(p.Weeks)]; !slices.Contains(span, false) {
			return nil, fmt.Errorf("%sregion %q would have no target left", prefix(p.Report.File), p.Regions[r])
		}
	}
	return q.First(len(p.Weeks)) // fills the cells again
}

// ExposureOf returns the exposure of channel m, [R, T], in the table's units. Where the table had no row it is that of the other
// regions in this week, see RelativeExposure.
func (p *Panel) ExposureOf(m int) []float64 {
	scale := p.ExposureScale(len(p.Weeks))
	relative, _ := p.RelativeExposure(scale)
	all := p.Exposure(relative, scale)
	var own []float64
	for i := m; i < len(all); i += len(p.Channels) {
		own = append(own, all[i])
	}
	return own
}

// Start returns the first week in which channel m has exposure in a region; the number of weeks if there is none.
func (p *Panel) Start(m int) int {
	T, M := len(p.Weeks), len(p.Channels)
	for t := range T {
		for r := range p.Regions {
			if p.Media[(r*T+t)*M+m] != 0 {
				return t
			}
		}
	}
	return T
}

// ShuffledBlocks draws an order of n weeks, in which element t is the week that comes to t. Whole blocks move, so that most weeks keep
// their neighbours, and of two blocks or more none stays where it was.
func ShuffledBlocks(n, block int, rng *rand.Rand) []int {
	var blocks [][]int
	for from := 0; from < n; from += block {
		var weeks []int
		for t := from; t < min(from+block, n); t++ {
			weeks = append(weeks, t)
		}
		blocks = append(blocks, weeks)
	}
	order := make([]int, 0, n)
	for _, b := range derangement(len(blocks), rng) {
		order = append(order, blocks[b]...)
	}
	return order
}

// derangement draws a permutation of n without a fixed point, of those that are one cycle (Sattolo 1986); of n = 1 there is none.
func derangement(n int, rng *rand.Rand) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	for i := n - 1; i > 0; i-- {
		j := rng.IntN(i)
		order[i], order[j] = order[j], order[i]
	}
	return order
}

// Reordered returns x [R, T] with the weeks of each region in another order, the same in all: what regions do together, they still do.
func (p *Panel) Reordered(x []float64, order []int) []float64 {
	T := len(p.Weeks)
	moved := make([]float64, len(x))
	for i := range x {
		moved[i] = x[i/T*T+order[i%T]]
	}
	return moved
}

// BlocksOf draws about n of the first weeks in blocks, in ascending order: n rounded to whole blocks, at least one.
func BlocksOf(weeks, n, block int, rng *rand.Rand) []int {
	starts := rng.Perm(max(1, weeks/block))
	starts = starts[:min(len(starts), max(1, int(math.Round(float64(n)/float64(block)))))]
	slices.Sort(starts)
	var drawn []int
	for _, b := range starts {
		for t := b * block; t < min((b+1)*block, weeks); t++ {
			drawn = append(drawn, t)
		}
	}
	return drawn
}

// Noise draws values [R, T] of mean 0 and variance 1 that remain from week to week (autoregressive, of order 1): one half of the
// variance is shared by all regions, as that of weather or the economy.
func (p *Panel) Noise(autocorrelation float64, rng *rand.Rand) []float64 {
	T := len(p.Weeks)
	series := func() []float64 {
		x := make([]float64, T)
		for t := range x {
			x[t] = rng.NormFloat64()
			if t > 0 {
				x[t] = autocorrelation*x[t-1] + math.Sqrt(1-autocorrelation*autocorrelation)*x[t]
			}
		}
		return x
	}
	shared := series()
	var all []float64
	for range p.Regions {
		for t, own := range series() {
			all = append(all, (shared[t]+own)/math.Sqrt2)
		}
	}
	return all
}
