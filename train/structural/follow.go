package structural

import (
	"math"
	"slices"

	"deepcausalmmm/dag"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

var _ model.Follower = (*Fitted)(nil)

// Follow computes the unknown exposure of mediators from their structural equations, week by week and parents before children:
//
//	z_t = ε̄ + z_t·W + Σ_k z_{t−k}·A_k,  1 + x = e^z · mean(e^{ε−ε̄}) or x = z
//
// with a region's mean residual ε̄ over the training weeks, its usual level, and by shares the mean of what the logarithm hides
// (Duan 1983). A mediator that no channel moves is left as it is.
func (f *Fitted) Follow(p *panel.Panel, first int, unknown []bool) ([]int, error) {
	g, M := f.graph, len(p.Channels)
	var followed []int
	for _, j := range g.Order() {
		missing, moved := false, false
		for i := j; i < len(unknown); i += M {
			missing = missing || unknown[i]
		}
		for _, e := range g.Edges() {
			moved = moved || e.To == j && e.From != j
		}
		if missing && moved {
			followed = append(followed, j)
		}
	}
	if len(followed) == 0 {
		return nil, nil
	}
	past := *f.panel
	past.Media, past.Missing = f.exposure, nil
	before, now := f.scaling.Rescaled(&past, f.train.To, 0), f.scaling.Rescaled(p, f.train.To, first)
	T := len(p.Weeks)
	for r := range p.Regions {
		history := scaled(g.Mechanism, before.Media[r*before.Weeks*M:][:before.Weeks*M])
		z := scaled(g.Mechanism, now.Media[r*T*M:][:T*M])
		usual := make([]float64, M) // z before the panel's first week
		for i := range f.train.To * M {
			usual[i%M] += history[i] / float64(f.train.To)
		}
		level, smear := make([]float64, M), make([]float64, M)
		for _, j := range followed {
			level[j], smear[j] = f.residuals(history, usual, j)
		}
		for t := range T {
			for _, j := range followed {
				if i := (r*T+t)*M + j; unknown[i] {
					z[t*M+j] = level[j] + f.explained(z, usual, t, j)
					relative := g.Mechanism.Exposure(z[t*M+j] + smear[j])
					p.Media[i] = f.scaling.exposure().Units(r, j, M, relative)
				}
			}
		}
	}
	slices.Sort(followed)
	return followed, nil
}

// explained is the part of channel j's equation in week t that comes from the channels; usual is z before week 0.
func (f *Fitted) explained(z, usual []float64, t, j int) float64 {
	M, sum := len(usual), 0.0
	for k := range 1 + f.graph.Lags() {
		row := usual
		if t >= k {
			row = z[(t-k)*M:][:M]
		}
		for i, x := range row {
			sum += f.graph.Lag(k).At(i, j) * x
		}
	}
	return sum
}

// residuals returns the mean residual of channel j's equation over the training weeks, and by shares the logarithm of the mean
// of the exponentials of the residuals' distances from it; by amounts, 0.
func (f *Fitted) residuals(z, usual []float64, j int) (level, smear float64) {
	M, n := len(usual), float64(f.train.To)
	left := make([]float64, f.train.To)
	for t := range left {
		left[t] = z[t*M+j] - f.explained(z, usual, t, j)
		level += left[t] / n
	}
	if f.graph.Mechanism == dag.Amounts {
		return level, 0
	}
	for _, e := range left {
		smear += math.Exp(e-level) / n
	}
	return level, math.Log(smear)
}

// scaled is exposure in a mechanism's scale.
func scaled(by dag.Mechanism, x []float64) []float64 {
	z := make([]float64, len(x))
	for i, v := range x {
		z[i] = by.Scale(v)
	}
	return z
}
