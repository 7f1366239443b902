package structural

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"deepcausalmmm/dag"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// survey is a panel in which TV sells through awareness, an index with negative values, and little by itself. Price is set by the
// firm. The truth is what sales would have been.
type survey struct {
	panel     *panel.Panel
	sales     float64
	withoutTV float64
	dearer    float64 // at 1.1 times the price
}

const (
	surveyRegions, surveyWeeks = 12, 150
	indexScale, indexFrom      = 20, -15
)

func newSurvey(t *testing.T) survey {
	rng := rand.New(rand.NewPCG(11, 12))
	p := panel.Panel{
		Channels: []string{"awareness", "tv", "radio"}, Kinds: []panel.ChannelKind{panel.Mediator, panel.Paid, panel.Organic},
		Controls: []string{"price"}, Treatments: []bool{true},
	}
	for week := range surveyWeeks {
		p.Weeks = append(p.Weeks, fmt.Sprint(week))
	}
	var s survey
	for r := range surveyRegions {
		p.Regions = append(p.Regions, fmt.Sprint("region", r))
		level := 1000 * math.Exp(0.5*rng.NormFloat64())
		before := 0.0
		for range surveyWeeks {
			tv, radio, noise := math.Exp(0.8*rng.NormFloat64()), math.Exp(0.8*rng.NormFloat64()), 0.2*rng.NormFloat64()
			price := 10 * math.Exp(0.08*rng.NormFloat64())
			now := math.Log1p(tv)
			aware, unaware := math.Exp(0.5*now+0.4*before+noise), math.Exp(noise) // relative, without TV in any week
			before = now
			saturated := func(x, half float64) float64 { return math.Pow(x, 1.5) / (math.Pow(x, 1.5) + math.Pow(half, 1.5)) }
			sales := func(tv, aware, price float64) float64 {
				return level * (1 - 0.6*math.Log(price/10) + 0.05*saturated(tv, 1) + 0.6*saturated(aware-0.5, 2) + 0.2*saturated(radio, 1))
			}
			y := sales(tv, max(aware, 0.5), price)
			s.sales += y
			s.withoutTV += sales(0, max(unaware, 0.5), price)
			s.dearer += sales(tv, max(aware, 0.5), 1.1*price)
			p.Media = append(p.Media, indexFrom+indexScale*(aware-0.5), 100*tv, 50*radio)
			p.Control = append(p.Control, price)
			p.Target = append(p.Target, y+0.01*level*rng.NormFloat64())
		}
	}
	var err error
	s.panel, err = panel.New(p)
	require.NoError(t, err)
	return s
}

// learned trains on all weeks of a panel but some at its end.
func learned(t *testing.T, p *panel.Panel, held int) *model.Outcome {
	shared, own := Structural{}.Defaults()
	own.(*Settings).ChooseShape = false
	T := len(p.Weeks)
	task := model.Task{
		Shared: shared, Settings: own, Panel: p, Train: panel.Span{To: T - held}, Holdout: panel.Span{From: T - held, To: T},
		Observer: model.Observer{Logf: t.Logf, Step: func(model.Step) {}},
	}
	training, err := Structural{}.Prepare(task)
	require.NoError(t, err)
	out, err := training.Run(t.Context())
	require.NoError(t, err)
	return out
}

func total(t *testing.T, out *model.Outcome, channel string) float64 {
	for _, e := range out.Inference.Effects {
		if e.Channel == channel && e.Kind == model.Total {
			return e.Value
		}
	}
	t.Fatal("no effect of ", channel)
	return 0
}

// Total effects travel through a mediator. The same column as a control takes them away.
func TestTotalEffectsTravelThroughAMediator(t *testing.T) {
	s := newSurvey(t)
	truth := s.sales - s.withoutTV
	out := learned(t, s.panel, 0)
	require.InEpsilon(t, truth, total(t, out, "tv"), 0.2)
	require.InEpsilon(t, s.sales, out.Inference.KPI, 0.01)
	for _, e := range out.Graph.Pruned.Edges() {
		require.NotZero(t, e.From, "awareness moves %s", s.panel.Channels[e.To])
	}
	kinds := map[string]model.Kind{}
	for _, c := range out.Parts[0].Components {
		kinds[c.Name] = c.Kind
	}
	require.Equal(t, model.Mediator, kinds["awareness"])
	require.Equal(t, model.Media, kinds["radio"])
	require.Equal(t, model.Treatment, kinds["price"])
	require.Contains(t, fmt.Sprint(out.Description.Notes.Scaling), "Mediator awareness has negative values")

	controlled := *s.panel
	controlled.Channels, controlled.Kinds = s.panel.Channels[1:], s.panel.Kinds[1:]
	controlled.Controls, controlled.Treatments = []string{"price", "awareness"}, nil
	controlled.Media, controlled.Control = nil, nil
	for cell, price := range s.panel.Control {
		controlled.Media = append(controlled.Media, s.panel.Media[cell*3+1:cell*3+3]...)
		controlled.Control = append(controlled.Control, price, s.panel.Media[cell*3])
	}
	require.Less(t, total(t, learned(t, &controlled, 0), "tv"), 0.5*truth, "as a control it takes TV's effect away")
}

// A treatment changes sales by its own effect, which may be negative, and moves no channel.
func TestTreatmentsAreSet(t *testing.T) {
	s := newSurvey(t)
	f := learned(t, s.panel, 0).Fitted.(*Fitted)
	do := model.Intervention{Treatments: map[int]float64{0: 1.1}}
	answer, err := f.Do(s.panel, 0, panel.Span{To: surveyWeeks}, do)
	require.NoError(t, err)
	require.Empty(t, f.Moves(do))
	change := floats.Sum(answer.Under.Predicted) - floats.Sum(answer.AsItIs.Predicted)
	require.InEpsilon(t, s.dearer-s.sales, change, 0.1)
	for i, x := range s.panel.Media {
		require.InDelta(t, x, answer.Media[i], 1e-9)
	}
	same, err := f.Do(s.panel, 0, panel.Span{To: surveyWeeks}, model.Intervention{Treatments: map[int]float64{0: 1}})
	require.NoError(t, err)
	for i, y := range same.AsItIs.Predicted {
		require.InEpsilon(t, y, same.Under.Predicted[i], 1e-12, "an average over graphs is as it was, up to rounding")
	}
	index, err := f.Do(s.panel, 0, panel.Span{To: surveyWeeks}, model.Intervention{Channels: map[int]float64{0: 2}})
	require.NoError(t, err)
	require.Len(t, index.Notes, 1)
	require.Contains(t, index.Notes[0], "the factor applies to what is above it")

	f.forms[0].Shape.Control = 0
	_, err = f.Do(s.panel, 0, panel.Span{To: surveyWeeks}, do)
	require.ErrorContains(t, err, `"price" has no effect in this model`)
}

// Mediators of coming weeks follow from their parents: closer to what happens than their usual level, and on average right.
func TestMediatorsFollowFromTheirParents(t *testing.T) {
	const held = 30
	s := newSurvey(t)
	f := learned(t, s.panel, held).Fitted.(*Fitted)
	plan := *s.panel
	plan.Media = slices.Clone(s.panel.Media)
	unknown := make([]bool, len(plan.Media))
	for r := range surveyRegions {
		for week := surveyWeeks - held; week < surveyWeeks; week++ {
			at := (r*surveyWeeks + week) * 3
			plan.Media[at], unknown[at] = 0, true
		}
	}
	followed, err := f.Follow(&plan, 0, unknown)
	require.NoError(t, err)
	require.Equal(t, []int{0}, followed)
	var happened, guessed []float64
	for i, is := range unknown {
		if is {
			happened, guessed = append(happened, s.panel.Media[i]), append(guessed, plan.Media[i])
		} else {
			require.Equal(t, s.panel.Media[i], plan.Media[i])
		}
	}
	require.InDelta(t, stat.Mean(happened, nil), stat.Mean(guessed, nil), 0.1*stat.StdDev(happened, nil))
	require.Greater(t, stat.Correlation(happened, guessed, nil), 0.8)
}

// A mediator moves no channel that is planned, unless knowledge requires it; the order of columns does not count for it.
func TestMediatorsMoveNoPlannedChannel(t *testing.T) {
	p := &panel.Panel{Channels: []string{"search", "tv", "visits", "radio"}, Kinds: []panel.ChannelKind{panel.Mediator, panel.Paid, panel.Mediator, panel.Organic}}
	known, err := (&Settings{}).knowledge(dag.NOTEARS, p)
	require.NoError(t, err)
	allowed := func(edges ...[2]int) {
		for from := range 4 {
			for to := range 4 {
				require.Equal(t, slices.Contains(edges, [2]int{from, to}), known.Allowed(from, to), "%d → %d", from, to)
			}
		}
	}
	allowed([2]int{0, 2}, [2]int{2, 0}, [2]int{1, 3}, [2]int{3, 1}, [2]int{1, 0}, [2]int{1, 2}, [2]int{3, 0}, [2]int{3, 2})
	known, err = (&Settings{}).knowledge(dag.Triangular, p)
	require.NoError(t, err)
	allowed([2]int{0, 2}, [2]int{1, 3}, [2]int{1, 0}, [2]int{1, 2}, [2]int{3, 0}, [2]int{3, 2})
	known, err = (&Settings{DAGKnowledge: knowledgeFile(t, "required:\n  - [search, tv]\n")}).knowledge(dag.NOTEARS, p)
	require.NoError(t, err)
	require.True(t, known.Required(0, 1))
	require.False(t, known.Allowed(0, 3))
}

func knowledgeFile(t *testing.T, text string) string {
	path := filepath.Join(t.TempDir(), "knowledge.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}
