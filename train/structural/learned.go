package structural

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"deepcausalmmm/layers"
)

// A channel's share is the prior's if the data have hardly made its effect more certain: with the logarithm c of the channel's
// contribution over the weeks fitted to, or the contribution if it may be negative,
//
//	sd(c) > leastNarrowed · sd_0(c)   and   |c* − c_0| < leastMoved · sd_0(c)
//
// where the standard deviations are those of posterior and prior, c* is at the fit and c_0 at the priors' means. The data then
// have about a third of the weight in c* at most, and what they moved is within their noise, or due to the priors of other parts: the
// smaller a constant channel is, the smaller a trend may be that multiplies the level.
const (
	leastNarrowed = 0.8
	leastMoved    = 0.5
)

// Assumed lists the channels whose share comes from the prior. The standard deviation of the posterior is that of
// its Laplace approximation (Tierney and Kadane 1986), sd(c)² = gᵀH⁻¹g with the gradient g of c and the Hessian H of the negative log
// posterior in all parameters. Differences of the loss's gradient give products with H. Only channels that the data did not move
// far need them.
func (f *Fit) Assumed() ([]int, error) {
	m := f.Model
	all, err := m.contributions()
	if err != nil {
		return nil, err
	}
	var assumed []int
	for _, l := range all {
		if math.Abs(l.moved) >= leastMoved*l.sd {
			continue
		}
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

// contribution is a channel's contribution c, or its logarithm.
type contribution struct {
	channel  int
	moved    float64   // c at the fit − c at the priors' means
	sd       float64   // of c under the prior
	gradient []float64 // of c, over all parameters
}

// shaping are the parameters that a channel's contribution depends on, by its strength and its saturation. Its carry-over is taken
// as it is: it moves a contribution from week to week, and hardly changes the sum.
var shaping = []string{"effect.average", "effect.signed", "effect.half", "effect.slope", "effect.exponent"}

// contributions describes the channels that were ever on, at the current parameters, by differences over the parameters of all
// channels at once: what one channel sells does not depend on another's.
func (m *Model) contributions() ([]contribution, error) {
	const step = 1e-4
	x, priors := m.vector(), m.effectPriors().Named()
	defer m.setVector(x)
	now, err := m.sold(x)
	if err != nil {
		return nil, err
	}
	all := make([]contribution, len(now))
	for c := range all {
		all[c] = contribution{channel: c, gradient: make([]float64, len(x))}
	}
	atPriors := slices.Clone(x)
	for _, name := range shaping {
		at, known := m.offset(name)
		if !known {
			continue // of another form, or of another design's curve
		}
		var sides [2][]float64
		for i, by := range []float64{step, -step} {
			moved := slices.Clone(x)
			floats.AddConst(by, moved[at:at+len(now)])
			if sides[i], err = m.sold(moved); err != nil {
				return nil, err
			}
		}
		for c := range all {
			slope := (sides[0][c] - sides[1][c]) / (2 * step)
			all[c].gradient[at+c] = slope
			all[c].sd = math.Hypot(all[c].sd, slope*priors[name].SD)
			atPriors[at+c] = priors[name].Mean
		}
	}
	then, err := m.sold(atPriors)
	if err != nil {
		return nil, err
	}
	for c := range all {
		all[c].moved = now[c] - then[c]
	}
	return slices.DeleteFunc(all, func(l contribution) bool { return !(l.sd > 0) || math.IsInf(l.moved, 0) }), nil
}

// sold is the contribution of each channel over the weighted cells with some parameters, without deviations of its coefficient: its
// logarithm, unless it may be negative.
func (m *Model) sold(x []float64) ([]float64, error) {
	m.setVector(x)
	if err := m.Evaluate(); err != nil {
		return nil, err
	}
	d := m.Data
	saturated, strength := m.Floats(m.Saturated), m.Floats(m.Strength)
	sums := make([]float64, d.Channels)
	for cell, w := range d.Weight {
		r := cell / d.Weeks
		for c := range sums {
			sums[c] += w * d.Scaling.Target[r] * strength[r*d.Channels+c] * saturated[cell*d.Channels+c]
		}
	}
	if !m.Shape.Signed {
		for c, sum := range sums {
			sums[c] = math.Log(sum)
		}
	}
	return sums, nil
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

// otherUnit is a standard deviation that the priors of baseline and controls do not exceed, but in their tails.
const otherUnit = 0.3

// units are the standard deviations of the priors of all parameters, or a little more.
func (m *Model) units() []float64 {
	priors := m.effectPriors().Named()
	priors["noise.size"], priors["noise.dof"] = layers.NoiseSize, layers.NoiseDof
	var units []float64
	for _, p := range m.Parameters {
		unit := cmp.Or(priors[p.Name].SD, otherUnit)
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
