package structural

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/panel"
	"deepcausalmmm/simulate"
	"deepcausalmmm/train/model"
)

// known is a simulated world with its data and its structural equations, which are by amounts: the activity of a parent, carried over,
// adds to a child's.
type known struct {
	*simulate.World
	truth simulate.Truth
	data  *Data
	graph *dag.Graph
}

func knownWorld(t *testing.T) known {
	c := simulate.DefaultConfig()
	c.Regions, c.Weeks = 1, 110
	w, err := simulate.Run(c)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "panel.csv")
	require.NoError(t, w.Save(path, nil))
	p, err := panel.Read(path, panel.Columns{Week: "week", Target: simulate.Target, Media: []string{"*_impressions"}, Controls: []string{"control_*"}})
	require.NoError(t, err)
	k := known{World: w, truth: w.Truth(), data: dataOf(t, p, 110)}
	require.Equal(t, k.truth.Channels, p.Channels)

	const lags = 40
	weights := make([]mat.Matrix, 1+lags)
	at := map[string]int{}
	for c, name := range p.Channels {
		at[name] = c
	}
	for lag := range weights {
		w := mat.NewDense(len(at), len(at), nil)
		for _, e := range k.truth.EdgeWeights {
			keep := k.truth.Carryover[e.From]
			unit := func(name string) float64 { return k.truth.ActivityUnit[name] / k.data.Scaling.Media[at[name]] }
			w.Set(at[e.From], at[e.To], e.Weight*unit(e.To)/unit(e.From)*(1-keep)*math.Pow(keep, float64(lag)))
		}
		weights[lag] = w
	}
	k.graph, err = dag.NewGraph(weights[0], weights[1:]...)
	require.NoError(t, err)
	k.graph.Mechanism = dag.Amounts
	return k
}

// sold is what an exposure sells in the world.
func (k known) sold(exposure []float64) (total float64) {
	M := k.data.Channels
	for c, name := range k.truth.Channels {
		stock, keep := 0.0, k.truth.Carryover[name]
		for t := range k.data.Weeks {
			activity := exposure[t*M+c] * k.data.Scaling.Media[c] / k.truth.ActivityUnit[name]
			for _, size := range k.truth.RegionSize {
				activity /= size
			}
			stock = (1-keep)*activity + keep*stock
			saturated := 0.0
			if stock > 0 {
				saturated = 1 / (1 + math.Pow(k.truth.HalfSaturation[name]/stock, k.truth.HillSlope[name]))
			}
			for _, baseline := range k.truth.RegionBaseline {
				total += baseline * k.truth.MediaEffect[name] * saturated
			}
		}
	}
	return total
}

// Levers mean what they mean in the simulator: under the equations of a world, they change the exposures such that sales change as the
// world's do.
func TestLeversMeanWhatTheyMeanInTheSimulator(t *testing.T) {
	k := knownWorld(t)
	s, err := NewStructure(k.data, k.graph)
	require.NoError(t, err)
	const from = 60
	for _, change := range []simulate.Intervention{
		{Lever: map[string]float64{"tv_impressions": 1.3}},
		{Lever: map[string]float64{"search_impressions": 0}},
		{Lever: map[string]float64{"social_impressions": 0.5, "tv_impressions": 2, "affiliates_impressions": 1.2}},
		{Lever: map[string]float64{"search_impressions": 2}, Do: map[string]float64{"tv_impressions": 0}},
		{Do: map[string]float64{"social_impressions": 0}},
	} {
		do := model.Intervention{Channels: map[int]float64{}, Levers: map[int]float64{}}
		for c, name := range k.truth.Channels {
			if f, ok := change.Do[name]; ok {
				do.Channels[c] = f
			}
			if f, ok := change.Lever[name]; ok {
				do.Levers[c] = f
			}
		}
		exposure, err := s.Under(do, from)
		require.NoError(t, err)
		change.From = simulate.DefaultConfig().Start.AddDate(0, 0, 7*from)
		truly, err := k.Intervene(change)
		require.NoError(t, err)
		require.InEpsilon(t, truly.Change()*k.truth.KPITotal, k.sold(exposure)-k.sold(k.data.Media), 2e-3, "%v", change)
	}
}

// Of a channel without parents a lever sets it, whatever its own lags. By amounts a lever of 0 leaves a channel what its parents bring,
// by shares nothing; and one of 1 changes nothing, to the last bit.
func TestLeversAreOfTheOwnPart(t *testing.T) {
	d := dataOf(t, newWorld(t, small).panel, 80)
	for _, by := range dag.Mechanisms {
		g, err := dag.NewGraph(mat.NewDense(3, 3, []float64{0, 0.2, 0, 0, 0, 0, 0, 0, 0}), mat.NewDense(3, 3, []float64{0.4, 0.1, 0, 0, 0.3, 0, 0, 0, 0.2}))
		require.NoError(t, err)
		g.Mechanism = by
		s, err := NewStructure(d, g)
		require.NoError(t, err)
		under := func(do model.Intervention) []float64 {
			exposure, err := s.Under(do, 10)
			require.NoError(t, err)
			return exposure
		}
		require.Equal(t, d.Media, under(model.Intervention{Levers: map[int]float64{0: 1, 1: 1, 2: 1}}))
		for _, factor := range []float64{0, 0.5, 3} {
			factors := map[int]float64{0: factor, 2: factor}
			require.InDeltaSlice(t, under(model.Intervention{Channels: factors}), under(model.Intervention{Levers: factors}), 1e-12, "%s, %g", by, factor)
		}
		off := under(model.Intervention{Levers: map[int]float64{1: 0}})
		for r := range d.Regions {
			brought := 0.0
			for week := range d.Weeks {
				at := (r*d.Weeks + week) * 3
				before := 0.0
				if week > 0 {
					before = d.Media[at-3]
				}
				brought = 0.2*d.Media[at] + 0.1*before + 0.3*brought
				switch {
				case week < 10:
					require.Equal(t, d.Media[at+1], off[at+1])
				case by == dag.Shares:
					require.Zero(t, off[at+1])
				default:
					require.InDelta(t, min(brought, d.Media[at+1]), off[at+1], 1e-12)
				}
			}
		}
	}
}

// A market's gradient says what a lever does: the mean over markets by finite differences, and a market under a lever that is the
// structure's.
func TestMarketsAndLeversAgree(t *testing.T) {
	f, p, _ := drawnForms(t)
	markets := marketsOf(t, f, p, 40)
	const from, lever = 30, 0
	sold := func(factor float64) (mean float64) {
		for i, k := range markets {
			own := k.Planned()
			for j := from * 3; j < len(own); j++ {
				if j%3 == lever && j/3%70 >= from {
					own[j] *= factor
				}
			}
			require.NoError(t, k.Run(own, nil))
			mean += floats.Sum(k.Sold()) / float64(len(markets))
			s, err := NewStructure(f.scaling.Rescaled(p, f.train.To, 0), f.graphs[f.draws[i].Graph])
			require.NoError(t, err)
			moved, err := s.Under(model.Intervention{Levers: map[int]float64{lever: factor}}, from)
			require.NoError(t, err)
			for j, x := range k.Exposure() {
				require.InDelta(t, f.scaling.exposure().Units(j/210, j%3, 3, moved[j]), x, 1e-9*x)
			}
		}
		return mean
	}
	const step = 1e-4
	want := (sold(1.2+step) - sold(1.2-step)) / (2 * step)
	sold(1.2)
	ones := make([]float64, len(p.Media))
	for i := range ones {
		ones[i] = 1
	}
	got := 0.0
	for _, k := range markets {
		gradient, err := k.Pull(make([]float64, len(ones)), ones)
		require.NoError(t, err)
		for j, planned := range k.Planned() {
			if j%3 == lever && j/3%70 >= from {
				got += gradient[j] * planned / float64(len(markets))
			}
		}
	}
	require.InEpsilon(t, want, got, 1e-6)
}
