package simulate

import "math"

// Carryover is a form of carry-over: the weights w_l with which the activity of l weeks ago is part of the stock. They add up to
// one, so that the stock stays in units of activity.
type Carryover string

// Forms of carry-over.
const (
	Geometric      Carryover = "geometric" // w_l ∝ λ^l (Jin et al. 2017, eq. 1)
	Delayed        Carryover = "delayed"   // w_l ∝ λ^((l−θ)²), with its maximum after θ weeks (Jin et al. 2017, eq. 3)
	Weibull        Carryover = "weibull"   // w_l ∝ density of the Weibull distribution at l + ½
	NoCarryover    Carryover = "none"      // w_0 = 1
	DrawnCarryover Carryover = "drawn"     // each channel has one of the above
)

var carryovers = []Carryover{Geometric, Delayed, Weibull, NoCarryover}

// window is the number of weeks of the weights that are not geometric.
const window = 40

// carrying is the carry-over of a channel.
type carrying struct {
	form      Carryover
	retention float64 // λ: of geometric and delayed
	peak      float64 // θ, in weeks: of delayed
	shape     float64 // of Weibull
	scale     float64 // in weeks: of Weibull
}

// drawCarrying draws a channel's carry-over of the given retention.
func drawCarrying(d draws, channel int, form Carryover, retention float64) carrying {
	rng := d.stream("carry-over", channel)
	if form == DrawnCarryover {
		form = carryovers[rng.IntN(len(carryovers))]
	}
	c := carrying{form: form}
	switch form {
	case Geometric:
		c.retention = retention
	case Delayed:
		c.retention, c.peak = max(retention, 0.3), between(rng, 1, 6)
	case Weibull:
		c.shape, c.scale = between(rng, 0.8, 3), between(rng, 1, 6)
	}
	return c
}

// weights returns the weights of the last weeks, the current one first.
func (c carrying) weights() []float64 {
	w, total := make([]float64, window), 0.0
	for l := range w {
		lag := float64(l)
		switch c.form {
		case Geometric:
			w[l] = math.Pow(c.retention, lag)
		case Delayed:
			w[l] = math.Pow(c.retention, (lag-c.peak)*(lag-c.peak))
		case Weibull:
			at := (lag + 0.5) / c.scale
			w[l] = math.Pow(at, c.shape-1) * math.Exp(-math.Pow(at, c.shape))
		case NoCarryover:
			w[l] = max(1-lag, 0)
		}
		total += w[l]
	}
	for l := range w {
		w[l] /= total
	}
	return w
}

// pull returns the gradient of Σ g·adstock(activity) by the activity.
func (c carrying) pull(g []float64) []float64 {
	by := make([]float64, len(g))
	if c.form == Geometric {
		next := 0.0
		for t := len(g) - 1; t >= 0; t-- {
			next = g[t] + c.retention*next
			by[t] = (1 - c.retention) * next
		}
		return by
	}
	for l, w := range c.weights() {
		for t := l; t < len(g); t++ {
			by[t-l] += w * g[t]
		}
	}
	return by
}

// adstock returns the stock of activity, A_t = Σ_l w_l·a_{t−l}, without activity before the first week. The geometric one has no
// window: A_t = (1−λ)·a_t + λ·A_{t−1}.
func (c carrying) adstock(activity []float64) []float64 {
	stock := make([]float64, len(activity))
	if c.form == Geometric {
		last := 0.0
		for t, a := range activity {
			last = (1-c.retention)*a + c.retention*last
			stock[t] = last
		}
		return stock
	}
	for l, w := range c.weights() {
		for t := l; t < len(stock); t++ {
			stock[t] += w * activity[t-l]
		}
	}
	return stock
}
