package optim

import (
	"fmt"
	"math"
)

// CosineRestarts lets the rate fall along half a cosine from MaxRate to MinRate within a period, and then starts
// again with a period Mult times as long (SGDR, Loshchilov and Hutter 2017), as PyTorch's
// CosineAnnealingWarmRestarts.
type CosineRestarts struct {
	MaxRate, MinRate float64
	Period           int // steps of the first period, at least 1
	Mult             int // at least 1
}

// At returns the rate of a step, counted from 0. It panics on an invalid period or step.
func (c *CosineRestarts) At(step int) float64 {
	if c.Period < 1 || c.Mult < 1 || step < 0 {
		panic(fmt.Sprintf("optim: no rate at step %d of cosines of period %d, each %d times as long",
			step, c.Period, c.Mult))
	}
	period := c.Period
	for step >= period {
		step -= period
		period *= c.Mult
	}
	return c.MinRate + (c.MaxRate-c.MinRate)*(1+math.Cos(math.Pi*float64(step)/float64(period)))/2
}
