package structural

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gorgonia.org/tensor"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/internal/cores"
	"deepcausalmmm/internal/modelfile"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// drawnForms is the model of severalForms with draws, of every form and graph, and its panel, in which something is closed.
func drawnForms(t testing.TB) (*Fitted, *panel.Panel, model.Task) {
	f, p, members, task := severalForms(t)
	s, err := newSampler(members, f.graphs, 7)
	require.NoError(t, err)
	draws, _, err := s.draw(context.Background(), 12, nil)
	require.NoError(t, err)
	f.draws = keep(draws, f.graphs)
	closed := *p
	closed.Closed = make([]bool, len(p.Target))
	closed.Closed[5], closed.Closed[80] = true, true
	return f, &closed, task
}

func marketsOf(t testing.TB, f *Fitted, p *panel.Panel, n int) []model.Market {
	markets, err := f.Markets(p, 0, 0, n)
	require.NoError(t, err)
	return markets
}

// What planners planned leads to what happened: the exposure to the last bit, and sales that are the media components of a prediction
// with the same parameters.
func TestWhatWasPlannedLeadsToWhatHappened(t *testing.T) {
	f, p, _ := drawnForms(t)
	for i, k := range marketsOf(t, f, p, 40) {
		require.NoError(t, k.Run(k.Planned(), nil))
		require.Equal(t, p.Media, k.Exposure(), "draw %d", i)
		d, form := f.draws[i], f.forms[f.draws[i].Form]
		m, err := NewModel(f.scaling.Rescaled(p, f.train.To, 0), form.Shape, Options{}, form.params, false)
		require.NoError(t, err)
		mode := allValues(m.Params)
		d.into(m.Params, form.params)
		require.NoError(t, m.Evaluate())
		for c, component := range components(m, p)[len(components(m, p))-3:] {
			for cell, want := range component.Value {
				require.InDelta(t, want, k.Sold()[cell*3+c], 1e-9*math.Abs(want), "draw %d, cell %d, channel %d", i, cell, c)
			}
		}
		keptDraw{values: mode}.into(m.Params, form.params)
		require.Equal(t, p.Media, k.Exposure())
		require.Zero(t, k.Sold()[5*3+1], "closed")
		require.True(t, k.Additive())
	}
}

// The gradient agrees with finite differences, at any decision, with and without held channels, and again at the same run.
func TestPullIsTheGradientOfRun(t *testing.T) {
	f, p, _ := drawnForms(t)
	rng := rand.New(rand.NewPCG(5, 6))
	n := len(p.Media)
	byExposure, bySold := make([]float64, n), make([]float64, n)
	for i := range n {
		byExposure[i], bySold[i] = 20*rng.NormFloat64(), rng.NormFloat64()
	}
	for i, k := range marketsOf(t, f, p, 7) {
		for _, held := range [][]bool{nil, {false, true, false}} {
			own := k.Planned()
			for j := range own {
				own[j] *= 0.7 + 0.6*rng.Float64()
			}
			at := func() float64 {
				require.NoError(t, k.Run(own, held))
				return floats.Dot(byExposure, k.Exposure()) + floats.Dot(bySold, k.Sold())
			}
			at()
			got, err := k.Pull(byExposure, bySold)
			require.NoError(t, err)
			got = slices.Clone(got)
			again, err := k.Pull(byExposure, bySold)
			require.NoError(t, err)
			require.Equal(t, got, again)
			for range 25 {
				j := rng.IntN(n)
				if k.Planned()[j] == 0 {
					continue
				}
				was, step := own[j], 1e-5*own[j]
				own[j] = was + step
				above := at()
				own[j] = was - step
				want := (above - at()) / (2 * step)
				own[j] = was
				require.InDelta(t, want, got[j], 1e-6*max(math.Abs(want), floats.Norm(got, 1)/float64(n)), "draw %d, cell %d", i, j)
			}
		}
	}
}

// Held channels have exactly their exposure, and do not follow; the others do, as far as they are reached.
func TestHeldChannelsDoNotFollow(t *testing.T) {
	f, p, _ := drawnForms(t)
	for i, k := range marketsOf(t, f, p, 6) {
		own := k.Planned()
		for j := 0; j < len(own); j += 3 {
			own[j] *= 1.7
		}
		own[4] = 123.456
		require.NoError(t, k.Run(own, []bool{true, true, true}))
		require.Equal(t, own, k.Exposure())
		require.NoError(t, k.Run(own, []bool{true, false, false}))
		moved := []int{0}
		for c := 1; c < 3; c++ {
			for j, x := range k.Exposure() {
				if j%3 == c && j != 4 && x != p.Media[j] {
					moved = append(moved, c)
					break
				}
			}
		}
		require.ElementsMatch(t, k.Reach(0), moved, "draw %d", i)
	}
}

// A file has the draws, and the markets of a model from a file are those of the one that was saved.
func TestAFileKeepsTheMarkets(t *testing.T) {
	f, p, task := drawnForms(t)
	opened, err := Structural{}.Open(file(t, f, nil), task)
	require.NoError(t, err)
	fresh, again := marketsOf(t, f, p, 40), marketsOf(t, opened.(*Fitted), p, 40)
	require.Len(t, again, 12)
	for i, k := range fresh {
		own := k.Planned()
		floats.Scale(1.1, own)
		require.NoError(t, k.Run(own, nil))
		require.NoError(t, again[i].Run(own, nil))
		require.Equal(t, k.Exposure(), again[i].Exposure())
		require.Equal(t, k.Sold(), again[i].Sold())
	}
	require.Len(t, marketsOf(t, f, p, 3), 3)
	require.Len(t, keep(make([]Draw, 41), f.graphs), 40)
	_, err = f.Markets(p, 0, 0, 0)
	require.EqualError(t, err, "0 draws from the posterior are asked for, not 1 or more")

	f.draws = nil
	opened, err = Structural{}.Open(file(t, f, nil), task)
	require.NoError(t, err)
	_, err = opened.(*Fitted).Markets(p, 0, 0, 40)
	require.EqualError(t, err, "the model has no draws from the posterior: an earlier version trained it (train again)")
}

// Draws that do not fit the forms and graphs are refused.
func TestBrokenDrawsAreRefused(t *testing.T) {
	f, _, task := drawnForms(t)
	for want, change := range map[string]func(w *modelfile.Writer){
		"draw 1 is of form 2 and graph 0, of which there are 2 and 3 (train again)": func(w *modelfile.Writer) { w.Text(entryDraws, `[{"form":2,"graph":0}]`) },
		"draw 1 is of form 0 and graph 9":                                           func(w *modelfile.Writer) { w.Text(entryDraws, `[{"form":0,"graph":9}]`) },
		`tensor "draws" is`:                                                         func(w *modelfile.Writer) { w.Text(entryDraws, `[{"form":0,"graph":0}]`) },
		`its metadata "structural_draws"`:                                           func(w *modelfile.Writer) { w.Text(entryDraws, `[{`) },
		`tensor "form2.draws" is NaN`: func(w *modelfile.Writer) {
			n := 0
			for _, d := range f.draws {
				n += d.Form
			}
			all := make([]float64, n*len(allValues(f.forms[1].params)))
			all[0] = math.NaN()
			w.Tensor("form2.draws", all, n, len(all)/n)
		},
		`tensors that are not part of its configuration: draws, form2.draws`: func(w *modelfile.Writer) { w.Text(entryDraws, "") },
	} {
		_, err := Structural{}.Open(file(t, f, change), task)
		require.ErrorContains(t, err, want)
	}
}

// Markets depend on nothing that another one does.
func TestMarketsRunConcurrently(t *testing.T) {
	f, p, _ := drawnForms(t)
	one := marketsOf(t, f, p, 12)
	all := marketsOf(t, f, p, 12)
	own := one[0].Planned()
	floats.Scale(1.3, own)
	failures := make([]error, len(all))
	cores.Each(len(all), func(i int) { failures[i] = all[i].Run(own, nil) })
	for i, k := range one {
		require.NoError(t, failures[i])
		require.NoError(t, k.Run(own, nil))
		require.Equal(t, k.Sold(), all[i].Sold())
	}
}

// Decisions that are no exposure, and slices of other sizes, are refused.
func TestMarketsRefuseWhatIsNoExposure(t *testing.T) {
	f, p, _ := drawnForms(t)
	k := marketsOf(t, f, p, 1)[0]
	_, err := k.Pull(make([]float64, len(p.Media)), make([]float64, len(p.Media)))
	require.EqualError(t, err, "structural: a market has no gradient before its first run")
	for _, v := range []float64{-1, math.NaN(), math.Inf(1)} {
		own := k.Planned()
		own[70*3+3*2+1] = v
		require.EqualError(t, k.Run(own, nil), fmt.Sprintf("structural: the own part of channel 1 in region 1 and row 2 is %v, not a finite number of at least 0", v))
	}
	require.Error(t, k.Run(nil, nil))
	require.Error(t, k.Run(k.Planned(), []bool{true}))
	require.NoError(t, k.Run(k.Planned(), nil))
	_, err = k.Pull(nil, nil)
	require.Error(t, err)
}

// undetermined is a model of one form with draws around its start.
func undetermined(t testing.TB, p *panel.Panel, train int, shape Shape, by MediaScaling, graphs ...*dag.Graph) *Fitted {
	d, err := NewData(p, train, 0, 0, by)
	require.NoError(t, err)
	f := &Fitted{settings: &Settings{}, panel: p, train: panel.Span{To: train}, scaling: d.Scaling, graphs: graphs}
	params := graph.NewParams(tensor.Float64, 1)
	_, err = NewModel(d, shape.complete(), Options{}, params, false)
	require.NoError(t, err)
	f.forms = []weighted{{Shape: shape.complete(), Weight: 1, params: params}}
	rng := rand.New(rand.NewPCG(8, 9))
	for g := range graphs {
		values := allValues(params)
		for j := range values {
			values[j] += 0.2 * rng.NormFloat64()
		}
		f.draws = append(f.draws, keptDraw{Graph: g, values: values})
	}
	return f
}

// A market that leaves out rows that are history leads to the same exposure, sales and gradients in the others, whatever the form.
func TestHistoryDoesNotChangeWhatFollows(t *testing.T) {
	p := newWorld(t, size{3, 70, 0.01}).panel
	amounts := chain(t)
	amounts.Mechanism = dag.Amounts
	const from = 45
	rng := rand.New(rand.NewPCG(1, 9))
	adjoint := make([]float64, len(p.Media))
	for i := range adjoint {
		adjoint[i] = rng.Float64()
	}
	recurrent := Shape{Knots: 2, Media: 0.3, Units: 2}
	for _, shape := range append(allForms(), recurrent) {
		for _, by := range []MediaScaling{Relative, Share} {
			f := undetermined(t, p, 60, shape, by, chain(t), amounts)
			all := marketsOf(t, f, p, 2)
			later, err := f.Markets(p, 0, from, 2)
			require.NoError(t, err)
			for i, k := range later {
				own := all[i].Planned()
				require.Equal(t, own, k.Planned())
				require.NoError(t, k.Run(own, nil))
				require.Equal(t, p.Media, k.Exposure())
				for j := range own {
					if j/3%70 >= from {
						own[j] *= 0.5 + rng.Float64()
					}
				}
				require.NoError(t, all[i].Run(own, nil))
				require.NoError(t, k.Run(own, nil))
				require.Equal(t, all[i].Exposure(), k.Exposure())
				for j, want := range all[i].Sold() {
					require.InDelta(t, want, k.Sold()[j], 1e-9*math.Abs(want), "%v, draw %d, cell %d", shape, i, j)
				}
				want, err := all[i].Pull(adjoint, adjoint)
				require.NoError(t, err)
				got, err := k.Pull(adjoint, adjoint)
				require.NoError(t, err)
				for j, v := range want {
					if j/3%70 < from {
						v = 0
					}
					require.InDelta(t, v, got[j], 1e-9*math.Abs(v), "%v, draw %d, cell %d", shape, i, j)
				}
				require.Equal(t, shape.Units == 0, k.Additive())
			}
		}
	}
	_, err := undetermined(t, p, 60, recurrent, Relative, chain(t)).Markets(p, 0, 70, 1)
	require.EqualError(t, err, "nothing is decided on: of 70 rows 70 are history")
}
