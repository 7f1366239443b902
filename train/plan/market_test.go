package plan

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// curve is what a channel sells of its carry-over a, and its slope.
type curve func(a float64) (sold, slope float64)

func power(beta, exponent float64) curve {
	return func(a float64) (float64, float64) {
		return beta * math.Pow(a, exponent), beta * exponent * math.Pow(max(a, 1e-12), exponent-1)
	}
}

func hill(beta, half, slope float64) curve {
	return func(a float64) (float64, float64) {
		if a == 0 {
			return 0, 0
		}
		p, k := math.Pow(a, slope), math.Pow(half, slope)
		return beta * p / (p + k), beta * slope * p / a * k / ((p + k) * (p + k))
	}
}

// edge moves a channel by weight times the change of its parent lag weeks before. Parents have smaller numbers.
type edge struct {
	from, to, lag int
	weight        float64
}

// world is a market with geometric carry-over within regions, in closed form.
type world struct {
	R, T, M  int
	x        []float64 // [R, T, M]
	byAmount bool
	edges    []edge
	decay    []float64
	curves   []curve

	planned, own, exposure, carried, sold, change []float64
	held                                          []bool
}

var _ model.Market = (*world)(nil)

func (w *world) Planned() []float64 {
	if w.planned == nil {
		w.planned = slices.Clone(w.x)
		for i, x := range w.x {
			if w.byAmount {
				w.planned[i] = min(max(x-w.brought(i, w.x), 0), x)
			}
		}
	}
	return w.planned
}

// brought is what the parents of a cell add, of a field [R, T, M].
func (w *world) brought(i int, of []float64) float64 {
	sum := 0.0
	for _, e := range w.edges {
		if e.to == i%w.M && i/w.M%w.T >= e.lag {
			sum += e.weight * of[i-i%w.M-e.lag*w.M+e.from]
		}
	}
	return sum
}

func (w *world) Run(own []float64, held []bool) error {
	n := len(w.x)
	if w.exposure == nil {
		w.exposure, w.carried, w.sold, w.change = make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	}
	w.own, w.held = own, held
	planned := w.Planned()
	for i, x := range w.x {
		m, week := i%w.M, i/w.M%w.T
		delta := w.brought(i, w.change)
		switch {
		case held != nil && held[m]:
			w.exposure[i] = own[i]
		case w.byAmount:
			w.exposure[i] = max(x-planned[i]+own[i]+delta, 0)
		default:
			w.exposure[i] = max((1+own[i])*math.Exp(delta)-1, 0)
		}
		w.change[i] = w.exposure[i] - x
		if !w.byAmount {
			w.change[i] = math.Log1p(w.exposure[i]) - math.Log1p(x)
		}
		w.carried[i] = w.exposure[i]
		if week > 0 {
			w.carried[i] += w.decay[m] * w.carried[i-w.M]
		}
		w.sold[i], _ = w.curves[m](w.carried[i])
	}
	return nil
}

func (w *world) Exposure() []float64 { return w.exposure }
func (w *world) Sold() []float64     { return w.sold }

func (w *world) Pull(byExposure, bySold []float64) ([]float64, error) {
	n := len(w.x)
	out, carried, change := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := n - 1; i >= 0; i-- {
		m, week := i%w.M, i/w.M%w.T
		if bySold[i] != 0 {
			_, slope := w.curves[m](w.carried[i])
			carried[i] += bySold[i] * slope
		}
		if week > 0 {
			carried[i-w.M] += w.decay[m] * carried[i]
		}
		g := byExposure[i] + carried[i]
		if w.byAmount {
			g += change[i]
		} else {
			g += change[i] / (1 + w.exposure[i])
		}
		delta := 0.0
		switch {
		case w.held != nil && w.held[m]:
			out[i] = g
			continue
		case !w.byAmount && w.exposure[i] > 0:
			out[i], delta = g*(1+w.exposure[i])/(1+w.own[i]), g*(1+w.exposure[i])
		case w.exposure[i] > 0:
			out[i], delta = g, g
		}
		for _, e := range w.edges {
			if e.to == m && week >= e.lag {
				change[i-m-e.lag*w.M+e.from] += e.weight * delta
			}
		}
	}
	return out, nil
}

func (w *world) Reach(channel int) []int {
	out := []int{channel}
	for n := 0; n < len(out); n++ {
		for _, e := range w.edges {
			if e.from == out[n] && !slices.Contains(out, e.to) {
				out = append(out, e.to)
			}
		}
	}
	return out
}

func (w *world) Additive() bool { return true }

func TestWorldPullIsTheGradient(t *testing.T) {
	for _, byAmount := range []bool{false, true} {
		w := &world{R: 2, T: 5, M: 3, byAmount: byAmount, decay: []float64{0.3, 0, 0.5},
			edges:  []edge{{0, 1, 0, 0.3}, {1, 2, 0, 0.4}, {0, 2, 1, 0.2}},
			curves: []curve{power(2, 0.5), hill(3, 2, 2), power(1, 0.7)}}
		rng := rand.New(rand.NewPCG(1, 2))
		own, byExposure, bySold := make([]float64, 30), make([]float64, 30), make([]float64, 30)
		for i := range own {
			w.x = append(w.x, 1+rng.Float64())
			own[i], byExposure[i], bySold[i] = 1+rng.Float64(), rng.Float64(), rng.Float64()
		}
		value := func() float64 {
			require.NoError(t, w.Run(own, []bool{false, false, false}))
			sum := 0.0
			for i := range own {
				sum += byExposure[i]*w.exposure[i] + bySold[i]*w.sold[i]
			}
			return sum
		}
		value()
		grad, err := w.Pull(byExposure, bySold)
		require.NoError(t, err)
		for i := range own {
			const h = 1e-6
			own[i] += h
			up := value()
			own[i] -= 2 * h
			down := value()
			own[i] += h
			require.InDelta(t, (up-down)/(2*h), grad[i], 1e-6)
		}
	}
}

// problemOf is a problem of worlds of one panel: prices are 1, all weeks but the first history and the last tail are the horizon.
func problemOf(history, tail int, worlds ...*world) *Problem {
	w := worlds[0]
	p := &Problem{Horizon: panel.Span{From: history, To: w.T - tail}, Tail: tail, Price: make([]float64, len(w.x))}
	for i := range p.Price {
		p.Price[i] = 1
	}
	for _, w := range worlds {
		p.Markets = append(p.Markets, w)
	}
	for m := range w.M {
		p.Channels = append(p.Channels, Channel{Name: string(rune('a' + m)), Role: Free})
	}
	for r := range w.R {
		p.Regions = append(p.Regions, "r"+string(rune('0'+r%10)))
	}
	for week := range w.T {
		p.Weeks = append(p.Weeks, "w"+string(rune('0'+week%10)))
	}
	return p
}

// panelOf is exposure of one region, the same in every week.
func panelOf(weeks int, levels ...float64) []float64 { return slices.Repeat(levels, weeks) }
