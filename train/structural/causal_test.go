package structural

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/dag/learn"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// world is a panel of three channels, simulated from equations that are written out here. The first channel moves the second.
type world struct {
	panel  *panel.Panel
	direct []float64 // what each channel sold
	kpi    float64
}

// size of a world, and its noise.
type size struct {
	regions, weeks int
	noise          float64
}

var small = size{6, 90, 0.01}

// moves and movesLater are the weights of the first channel's log-exposure in the second's, in the same week and a week
// later. The latter identifies the direction of the edge.
const moves, movesLater = 0.5, 0.4

func newWorld(t testing.TB, s size) world {
	rng := rand.New(rand.NewPCG(1, 2))
	const M = 3
	p := panel.Panel{Channels: []string{"tv", "search", "radio"}, Controls: []string{"price"}}
	w := world{direct: make([]float64, M)}
	decay, half, slope, size := []float64{0.5, 0.2, 0.3}, []float64{0.9, 0.8, 1.1}, []float64{1.5, 1.6, 1.7}, []float64{0.25, 0.3, 0.15}
	for week := range s.weeks {
		p.Weeks = append(p.Weeks, fmt.Sprint(week))
	}
	p.Media, p.Control = make([]float64, s.regions*s.weeks*M), make([]float64, s.regions*s.weeks)
	for r := range s.regions {
		p.Regions = append(p.Regions, fmt.Sprint("region", r))
		big := 100 * math.Exp(rng.NormFloat64())
		level := 0.6 * math.Exp(0.2*rng.NormFloat64())
		mean := make([]float64, M)
		before := 0.0
		for week := range s.weeks {
			tv := math.Exp(0.8 * rng.NormFloat64())
			search := math.Exp(moves*math.Log1p(tv) + movesLater*before + 0.3*rng.NormFloat64())
			before = math.Log1p(tv)
			for m, x := range []float64{tv, search, math.Exp(0.9 * rng.NormFloat64())} {
				p.Media[(r*s.weeks+week)*M+m] = x
				mean[m] += x / float64(s.weeks)
			}
			p.Control[r*s.weeks+week] = rng.NormFloat64()
		}
		carried := make([]float64, M)
		for week := range s.weeks {
			y := level * (1 + 0.1*float64(week)/float64(s.weeks)) * (1 + 0.08*math.Sin(2*math.Pi*float64(week)*7/365.25))
			y += 0.05 * level * p.Control[r*s.weeks+week]
			for m := range M {
				at := (r*s.weeks+week)*M + m
				x := p.Media[at] / mean[m]
				if week == 0 {
					carried[m] = x
				}
				carried[m] = (1-decay[m])*x + decay[m]*carried[m]
				u := math.Pow(carried[m]/half[m], slope[m])
				sold := level * size[m] * u / (1 + u)
				y += sold
				w.direct[m] += 1000 * big * sold
				p.Media[at] *= big
			}
			p.Target = append(p.Target, 1000*big*(y+s.noise*rng.NormFloat64()))
		}
	}
	w.kpi = floats.Sum(p.Target)
	made, err := panel.New(p)
	require.NoError(t, err)
	w.panel = made
	return w
}

func dataOf(t testing.TB, p *panel.Panel, train int) *Data {
	d, err := NewData(p, train, len(p.Weeks)-train, 4, Relative)
	require.NoError(t, err)
	return d
}

// chain is the graph of a world: tv → search, in the week and a week later.
func chain(t testing.TB) *dag.Graph {
	g, err := dag.NewGraph(mat.NewDense(3, 3, []float64{0, 0.6, 0, 0, 0, 0, 0, 0, 0}),
		mat.NewDense(3, 3, []float64{0, 0.2, 0, 0, 0.3, 0, 0, 0, 0}))
	require.NoError(t, err)
	return g
}

// effectsAlong are the effects of a fit, with a channel graph.
func effectsAlong(t testing.TB, f *Fit, g *dag.Graph) *Effects {
	s, err := NewStructure(f.Model.Data, g)
	require.NoError(t, err)
	e, err := effectsOf(f.Model, s)
	require.NoError(t, err)
	return e
}

// everything is a shape with every part.
var everything = Shape{Knots: 3, Trend: calmTrend, RegionTrend: 0.05, Harmonics: 2, Control: 0.3, Media: 0.3, RegionEffect: 0.2, Units: 2}

// The gradient of the whole loss by finite differences, with every part and prior.
func TestGradientOfTheLoss(t *testing.T) {
	w := newWorld(t, size{3, 24, 0.01})
	for _, by := range []MediaScaling{Relative, Share} {
		d, err := NewData(w.panel, 20, 4, 4, by)
		require.NoError(t, err)
		o := Options{Seed: 9, Priors: []SharePrior{{1, 0.1, 0.05}, {AllMedia, 0.4, 0.1}}}
		requireGradients(t, d, everything, o)
		for _, shape := range allForms() {
			requireGradients(t, d, shape, o)
		}
	}
}

// requireGradients compares the gradient of the loss with finite differences near the end of a short fit.
func requireGradients(t *testing.T, d *Data, shape Shape, o Options) {
	rng := rand.New(rand.NewPCG(5, 4))
	f, err := NewFit(context.Background(), d, shape, o, Effort{Start: 5}, nil, nil)
	require.NoError(t, err)
	m := f.Model
	x := m.vector()
	for i := range x {
		x[i] += 0.05 * rng.NormFloat64()
	}
	loss := func() float64 {
		m.setVector(x)
		require.NoError(t, m.machine.Run())
		return m.Scalar(m.Loss.Total)
	}
	loss()
	var gradient []float64
	for _, g := range m.gradients {
		gradient = append(gradient, m.Floats(g)...)
	}
	for i := range x {
		const step = 1e-5
		was := x[i]
		x[i] = was + step
		up := loss()
		x[i] = was - step
		down := loss()
		x[i] = was
		require.InDelta(t, (up-down)/(2*step), gradient[i], 1e-5*max(1, math.Abs(gradient[i])), "parameter %d of %s", i, shape)
	}
}

// A fit to simulated data recovers the effect of each channel, the noise and the controls, and forecasts.
func TestFitFindsTheTruth(t *testing.T) {
	w := newWorld(t, size{10, 130, 0.01})
	d := dataOf(t, w.panel, 117)
	f, err := NewFit(context.Background(), d, Shape{Knots: 3, Trend: calmTrend, RegionTrend: 0.03, Harmonics: 1, Control: 0.3, Media: 0.3}, Options{}, Full, nil, nil)
	require.NoError(t, err)
	require.True(t, f.Converged)
	e := effectsAlong(t, f, chain(t))
	require.InEpsilon(t, w.kpi, e.KPI, 0.005)
	for c, name := range w.panel.Channels {
		require.InEpsilon(t, w.direct[c], e.Channels[c].Direct, 0.2, name)
	}
	require.InDelta(t, 0.01, f.Sigma, 0.005, "of a region's average week, which is about 1")
	ahead, err := f.forecastOf(w.panel, model.Weeks{Train: 117, To: 130})
	require.NoError(t, err)
	require.Less(t, ahead.absolute/ahead.total, 0.02)
	require.InDelta(t, 0.05, f.Model.ControlEffects()[0], 0.005)
}

func TestTheSameSeedGivesTheSameFit(t *testing.T) {
	w := newWorld(t, small)
	d := dataOf(t, w.panel, 80)
	var fits [][]float64
	for range 2 {
		f, err := NewFit(context.Background(), d, everything, Options{Seed: 5}, Effort{Start: 20}, nil, nil)
		require.NoError(t, err)
		fits = append(fits, f.Model.vector())
	}
	require.Equal(t, fits[0], fits[1])
}

func TestStepsAreObserved(t *testing.T) {
	w := newWorld(t, small)
	d := dataOf(t, w.panel, 80)
	var steps []Step
	f, err := NewFit(context.Background(), d, Shape{Knots: 1, Trend: calmTrend, RegionTrend: 0.1, Media: 0.3}, Options{}, Effort{2, 10, 10}, nil,
		func(s Step) { steps = append(steps, s) })
	require.NoError(t, err)
	require.Len(t, steps, f.Iterations)
	last := steps[len(steps)-1]
	require.Equal(t, f.Iterations-1, last.Iteration)
	require.InDelta(t, last.Loss, last.Fit+last.Prior, 1e-12)
	require.Less(t, last.TrainRMSE, steps[0].TrainRMSE)
	require.False(t, math.IsNaN(last.HoldoutRMSE))
	whole := dataOf(t, w.panel, 90)
	_, err = NewFit(context.Background(), whole, Shape{Knots: 1, Trend: calmTrend, RegionTrend: 0.1, Media: 0.3}, Options{}, Effort{Start: 1}, nil,
		func(s Step) { last = s })
	require.NoError(t, err)
	require.True(t, math.IsNaN(last.HoldoutRMSE), "there is no holdout")
}

func TestAFitStopsWithItsContext(t *testing.T) {
	w := newWorld(t, small)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := NewFit(ctx, dataOf(t, w.panel, 80), everything, Options{}, Full, nil, nil)
	require.ErrorIs(t, err, context.Canceled)
	_, err = Weigh(ctx, w.panel, Search{Train: 80, Horizon: 10, Scaling: Relative})
	require.ErrorIs(t, err, context.Canceled)
}

// A prior on a share moves the share, more so with a smaller standard deviation.
func TestSharePriorsMoveShares(t *testing.T) {
	w := newWorld(t, small)
	d := dataOf(t, w.panel, 90)
	share := func(priors ...SharePrior) float64 {
		f, err := NewFit(context.Background(), d, Shape{Knots: 1, Trend: calmTrend, RegionTrend: 0.03, Harmonics: 1, Control: 0.3, Media: 0.3},
			Options{Priors: priors}, Full, nil, nil)
		require.NoError(t, err)
		e := effectsAlong(t, f, dag.NewEmpty(3, 1))
		return e.Channels[2].Direct / e.KPI
	}
	free := share()
	vague, sure := share(SharePrior{2, 2 * free, free}), share(SharePrior{2, 2 * free, free / 1000})
	require.Less(t, free, vague)
	require.InEpsilon(t, 2*free, sure, 0.02)
	require.Less(t, vague, sure)
}

func TestLearnFindsTheChainAndHonoursKnowledge(t *testing.T) {
	w := newWorld(t, size{12, 120, 0.01})
	d := dataOf(t, w.panel, 110)
	g, err := Learn(context.Background(), d, learn.Exact, 2, 0, nil)
	require.NoError(t, err)
	edges := g.Edges()
	require.Len(t, edges, 1)
	require.Equal(t, [2]int{0, 1}, [2]int{edges[0].From, edges[0].To})
	require.Equal(t, 2, g.Lags())
	require.Equal(t, 3, len(g.Order()))

	known := dag.NewConstraints(3)
	known.Forbid(0, 1)
	g, err = Learn(context.Background(), d, learn.Exact, 1, 0, known)
	require.NoError(t, err)
	require.Zero(t, g.Strongest().At(0, 1))

	g, err = Learn(context.Background(), d, learn.Exact, 1, 10, nil)
	require.NoError(t, err)
	require.Empty(t, g.Edges(), "no edge is as strong as the threshold")
}

// The design effect of independent noise is about 1; of noise that is the same in all regions, their number; and of noise
// that also lasts a block of weeks, that number times the weeks.
func TestDesignEffect(t *testing.T) {
	w := newWorld(t, size{10, 130, 0.01})
	d := dataOf(t, w.panel, 120)
	f, err := NewFit(context.Background(), d, plain, Options{}, Effort{Start: 1}, nil, nil)
	require.NoError(t, err)
	m := f.Model
	predicted := m.Floats(m.Prediction)
	rng := rand.New(rand.NewPCG(5, 6))
	shocks := make([]float64, d.Weeks)
	for i := range shocks {
		shocks[i] = rng.NormFloat64()
	}
	for _, x := range []struct {
		noise func(week int) float64
		want  float64
	}{
		{func(int) float64 { return rng.NormFloat64() }, 1},
		{func(week int) float64 { return shocks[week] }, 10},
		{func(week int) float64 { return shocks[week/clusterWeeks] }, 40},
	} {
		for cell := range d.Target {
			d.Target[cell] = predicted[cell] + x.noise(cell%d.Weeks)
		}
		require.InEpsilon(t, x.want, m.designEffect(), 0.5)
	}
	copy(d.Target, predicted)
	require.Equal(t, 1.0, m.designEffect())
}
