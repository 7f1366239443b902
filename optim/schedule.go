package optim

import "math"

// Plateau cuts the learning rate when a figure (an error: the smaller, the better) stops falling, as PyTorch's
// ReduceLROnPlateau in its mode min with a relative threshold: after more than Patience steps without a new best, the
// rate is multiplied by Factor.
type Plateau struct {
	Patience  int
	Factor    float64
	Threshold float64 // by what share of the best a figure must be below it to be a new best
	MinRate   float64

	best  float64
	waits int
	begun bool
}

// minChange is the least change of the rate that PyTorch makes.
const minChange = 1e-8

// Step takes a figure and the rate, and returns the rate from here on.
func (p *Plateau) Step(figure, rate float64) float64 {
	if !p.begun || figure < p.best*(1-p.Threshold) {
		p.best, p.waits, p.begun = figure, 0, true
		return rate
	}
	if p.waits++; p.waits <= p.Patience {
		return rate
	}
	p.waits = 0
	if lower := max(rate*p.Factor, p.MinRate); rate-lower > minChange {
		return lower
	}
	return rate
}

// CosineRestarts lets the rate fall along half a cosine from MaxRate to MinRate within a period, and then starts
// again with a period Mult times as long (SGDR, Loshchilov and Hutter 2017), as PyTorch's
// CosineAnnealingWarmRestarts.
type CosineRestarts struct {
	MaxRate, MinRate float64
	Period           int // steps of the first period, at least 1
	Mult             int // at least 1
}

// At is the rate of a step, counted from 0.
func (c *CosineRestarts) At(step int) float64 {
	period := c.Period
	for step >= period {
		step -= period
		period *= c.Mult
	}
	return c.MinRate + (c.MaxRate-c.MinRate)*(1+math.Cos(math.Pi*float64(step)/float64(period)))/2
}
