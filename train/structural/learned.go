package structural

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"deepcausalmmm/layers"
)

// A channel's share is the prior's if the data have hardly made its effect more certain: with the logarithm c of the channel's
// contribution over the weeks fitted to,
//
//	sd(c) > leastNarrowed · sd_0(c)   and   |c* − c_0| < leastMoved · sd_0(c)
//
// where the standard deviations are those of posterior and prior, c* is at the fit and c_0 at the priors' means. The data then
// have less than a fifth of the weight in c*, and what they moved is within their noise, or due to the priors of other parts: the
// smaller a constant channel is, the smaller a trend may be that multiplies the level.
const (
	leastNarrowed = 0.9
	leastMoved    = 0.5
)

// Assumed lists the channels whose share comes from the prior. The standard deviation of the posterior is that of
// its Laplace approximation (Tierney and Kadane 1986), sd(c)² = gᵀH⁻¹g with the gradient g of c and the Hessian H of the negative log
// posterior in all parameters. Differences of the loss's gradient give products with H. Only channels that the data did not move
// far need them.
func (f *Fit) Assumed() ([]int, error) {
	m := f.Model
	if err := m.Evaluate(); err != nil {
		return nil, err
	}
	var still []logContribution
	for c := range m.Data.Channels {
		if l, ok := m.logContribution(c); ok && math.Abs(l.moved) < leastMoved*l.sd {
			still = append(still, l)
		}
	}
	var assumed []int
	for _, l := range still {
		wide, err := m.isWider(l.gradient, leastNarrowed*leastNarrowed*l.sd*l.sd)
		if err != nil {
			return nil, err
		}
		if wide {
			assumed = append(assumed, l.channel)
		}
	}
	return assumed, m.Evaluate()
}

// logContribution is the logarithm c of a channel's contribution.
type logContribution struct {
	channel  int
	moved    float64   // c at the fit − c at the priors' means
	sd       float64   // of c under the prior
	gradient []float64 // of c, over all parameters
}

// logContribution describes channel c at the last run. A channel that was never on has none. Its carry-over is taken as it is:
// it moves a contribution from week to week, and hardly changes the sum.
func (m *Model) logContribution(c int) (logContribution, bool) {
	priors := m.effectPriors()
	l := logContribution{channel: c, gradient: make([]float64, len(m.vector()))}
	curve := m.curveOf(c)
	total := curve.total(curve.logHalf, curve.logSlope)
	if !(total > 0) {
		return l, false
	}
	then := curve
	moved := func(name string, p layers.Prior, value float64, slope float64) float64 {
		at, known := m.offset(name)
		if !known {
			return value // of another design's curve
		}
		l.gradient[at+c] = slope
		l.sd = math.Hypot(l.sd, slope*p.SD)
		return p.Mean
	}
	const step = 1e-4
	size := m.Params.Get("effect.size").Value.Float64s()[c]
	l.moved = size - moved("effect.size", priors.Effect, size, 1)
	then.logHalf = moved("effect.half", priors.Half, curve.logHalf,
		(math.Log(curve.total(curve.logHalf+step, curve.logSlope))-math.Log(curve.total(curve.logHalf-step, curve.logSlope)))/(2*step))
	then.logSlope = moved("effect.slope", priors.Slope, curve.logSlope,
		(math.Log(curve.total(curve.logHalf, curve.logSlope+step))-math.Log(curve.total(curve.logHalf, curve.logSlope-step)))/(2*step))
	l.moved += math.Log(total) - math.Log(curve.total(then.logHalf, then.logSlope))
	return l, true
}

// curve is a channel's saturation over the weighted cells.
type curve struct {
	exposure, weight  []float64
	contribution      float64 // at the fit
	known             bool    // the saturation is an SCurve
	logHalf, logSlope float64
}

func (m *Model) curveOf(c int) curve {
	d := m.Data
	carried, strength, media := m.Floats(m.Carried), m.Floats(m.Strength), m.Floats(m.Media)
	k := curve{}
	for cell, w := range d.Weight {
		r, at := cell/d.Weeks, cell*d.Channels+c
		if units := w * d.Scaling.Target[r]; units > 0 {
			k.exposure, k.weight = append(k.exposure, carried[at]), append(k.weight, units*strength[r*d.Channels+c])
			k.contribution += units * media[at]
		}
	}
	if half, slope := m.Params.Get("effect.half"), m.Params.Get("effect.slope"); half != nil && slope != nil {
		k.known, k.logHalf, k.logSlope = true, half.Value.Float64s()[c], slope.Value.Float64s()[c]
	}
	return k
}

// total is the weighted sum of the saturation with other parameters.
func (k curve) total(logHalf, logSlope float64) float64 {
	if !k.known {
		return k.contribution
	}
	sum := 0.0
	for i, x := range k.exposure {
		if x > 0 {
			sum += k.weight[i] / (1 + math.Exp(math.Exp(logSlope)*(logHalf-math.Log(x))))
		}
	}
	return sum
}

// offset is where a parameter begins in the vector of all.
func (m *Model) offset(name string) (at int, known bool) {
	for _, p := range m.Parameters {
		if p.Name == name {
			return at, true
		}
		at += len(p.Value.Float64s())
	}
	return 0, false
}

// mostProducts bounds the products with the Hessian for one channel.
const mostProducts = 100

// isWider reports whether the posterior variance gᵀH⁻¹g exceeds a limit. Conjugate gradients approach it from below, and from
// above with the squared residual over the smallest eigenvalue (Golub and Meurant 2010), so they end as soon as the limit is on one
// side. In units of the priors' standard deviations, that eigenvalue is at least 1. What the bound leaves open is not wider.
func (m *Model) isWider(g []float64, limit float64) (bool, error) {
	at, unit := m.vector(), m.units()
	defer m.setVector(at)
	residual := slices.Clone(g)
	floats.Mul(residual, unit)
	direction := slices.Clone(residual)
	square, variance := floats.Dot(residual, residual), 0.0
	for i := 0; i < mostProducts && variance+square > limit; i++ {
		product, err := m.hessianTimes(at, multiplied(direction, unit))
		if err != nil {
			return false, err
		}
		floats.Mul(product, unit)
		curvature := floats.Dot(direction, product)
		if !(curvature > 0) {
			return true, nil // not even a minimum in this direction: the data say nothing
		}
		step := square / curvature
		if variance += step * square; variance > limit {
			return true, nil
		}
		floats.AddScaled(residual, -step, product)
		next := floats.Dot(residual, residual)
		floats.Scale(next/square, direction)
		floats.Add(direction, residual)
		square = next
	}
	return false, nil
}

func multiplied(x, by []float64) []float64 { return floats.MulTo(make([]float64, len(x)), x, by) }

// otherUnit is a standard deviation that the priors of baseline and controls do not exceed.
const otherUnit = 0.3

// units are the standard deviations of the priors of all parameters, or a little more.
func (m *Model) units() []float64 {
	priors := m.effectPriors()
	known := map[string]float64{
		"effect.size": priors.Effect.SD, "effect.half": priors.Half.SD, "effect.slope": priors.Slope.SD, "effect.decay": priors.Decay.SD,
	}
	var units []float64
	for _, p := range m.Parameters {
		unit := cmp.Or(known[p.Name], otherUnit)
		units = append(units, slices.Repeat([]float64{unit}, len(p.Value.Float64s()))...)
	}
	return units
}

// hessianTimes is the product of the Hessian of the negative log posterior with a direction, by central differences.
func (m *Model) hessianTimes(at, direction []float64) ([]float64, error) {
	const step = 1e-4
	n := floats.Sum(m.Data.Weight)
	by := step / floats.Norm(direction, 2)
	var sides [2][]float64
	for i, sign := range []float64{1, -1} {
		x := slices.Clone(at)
		floats.AddScaled(x, sign*by, direction)
		sides[i] = make([]float64, len(at))
		if _, err := m.lossAt(x, sides[i]); err != nil {
			return nil, err
		}
	}
	floats.Sub(sides[0], sides[1])
	floats.Scale(n/(2*by), sides[0])
	return sides[0], nil
}
