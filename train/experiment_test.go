package train

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/panel"
	"deepcausalmmm/simulate"
	"deepcausalmmm/train/model"
	"deepcausalmmm/train/structural"
)

// laboratory is a simulated panel and its truth.
type laboratory struct {
	table string // path
	truth simulate.Truth
}

func newLaboratory(t *testing.T, seed uint64) laboratory {
	c := simulate.DefaultConfig()
	c.Regions, c.Weeks, c.Seed = 15, 104, seed
	w, err := simulate.Run(c)
	require.NoError(t, err)
	table := filepath.Join(t.TempDir(), "panel.csv")
	require.NoError(t, w.Save(table, nil))
	return laboratory{table, w.Truth()}
}

var laboratoryColumns = panel.Columns{Region: "region", Week: "week", Target: simulate.Target, Media: []string{"*_impressions"}, Controls: []string{"control_*"}}

func (l laboratory) panel(t *testing.T) *panel.Panel {
	p, err := panel.Read(l.table, laboratoryColumns)
	require.NoError(t, err)
	return p
}

// activity is [R, T] of a channel, in the units of the truth.
func (l laboratory) activity(p *panel.Panel, c int) []float64 {
	T, M, name := len(p.Weeks), len(p.Channels), p.Channels[c]
	activity := make([]float64, len(p.Regions)*T)
	for cell := range activity {
		activity[cell] = p.Media[cell*M+c] / (l.truth.ActivityUnit[name] * l.truth.RegionSize[p.Regions[cell/T]])
	}
	return activity
}

// stock is the carried-over activity, by the equations of package simulate.
func (l laboratory) stock(activity []float64, weeks int, channel string) []float64 {
	decay, last := l.truth.Carryover[channel], 0.0
	stock := make([]float64, len(activity))
	for cell, a := range activity {
		if cell%weeks == 0 {
			last = 0
		}
		last = (1-decay)*a + decay*last
		stock[cell] = last
	}
	return stock
}

// switchOff switches a channel off in some regions and weeks, and lets its descendants follow: exposure and target of the panel
// change by the equations of package simulate. It returns the change of the target in the cells.
func (l laboratory) switchOff(p *panel.Panel, channel string, regions []int, span panel.Span) (lift float64) {
	T, M := len(p.Weeks), len(p.Channels)
	change := map[string][]float64{} // of the stock
	for _, name := range l.truth.CausalOrder {
		c := slices.Index(p.Channels, name)
		before := l.activity(p, c)
		after := slices.Clone(before)
		for _, e := range l.truth.EdgeWeights {
			if moved := change[e.From]; e.To == name && moved != nil {
				for cell, d := range moved {
					after[cell] = max(after[cell]+e.Weight*d, 0) // one that a test has switched off stays so
				}
			}
		}
		if name == channel {
			for _, r := range regions {
				clear(after[r*T+span.From : r*T+span.To])
			}
		}
		was, is := l.stock(before, T, name), l.stock(after, T, name)
		change[name] = make([]float64, len(is))
		for cell := range is {
			region := p.Regions[cell/T]
			change[name][cell] = is[cell] - was[cell]
			if change[name][cell] == 0 {
				continue
			}
			p.Media[cell*M+c] = after[cell] * l.truth.ActivityUnit[name] * l.truth.RegionSize[region]
			sold := l.truth.RegionBaseline[region] * l.truth.MediaEffect[name] * (l.saturation(name, is[cell]) - l.saturation(name, was[cell]))
			p.Target[cell] += sold
			if week := cell % T; week >= span.From && week < span.To && slices.Contains(regions, cell/T) {
				lift += sold
			}
		}
	}
	return lift
}

func (l laboratory) saturation(channel string, stock float64) float64 {
	if stock == 0 {
		return 0
	}
	return 1 / (1 + math.Pow(l.truth.HalfSaturation[channel]/stock, l.truth.HillSlope[channel]))
}

// total is the true total effect of a channel in a panel of this laboratory, with or without a test in it.
func (l laboratory) total(p *panel.Panel, channel string) float64 {
	without := *p
	without.Media, without.Target = slices.Clone(p.Media), slices.Clone(p.Target)
	var all []int
	for r := range p.Regions {
		all = append(all, r)
	}
	return -l.switchOff(&without, channel, all, panel.Span{To: len(p.Weeks)})
}

// errors of the channels' total effects, relative to the truth.
func (l laboratory) errors(t *testing.T, p *panel.Panel, experiments ...structural.Experiment) map[string]float64 {
	c := RecommendedConfig()
	c.Data.Columns = laboratoryColumns
	structuralOf(c).ChooseShape, structuralOf(c).Experiments = false, experiments
	training, err := New(c, p, model.Observer{})
	require.NoError(t, err)
	require.NoError(t, training.Ensemble(fewDraws))
	r, err := training.Run(context.Background())
	require.NoError(t, err)
	total := map[string]float64{}
	for _, e := range r.Inference.Effects {
		if e.Kind == model.Total {
			total[e.Channel] = math.Abs(e.Value/l.total(p, e.Channel) - 1)
		}
	}
	return total
}

// The equations of this file are those of package simulate.
func TestTheLaboratoryKnowsTheTruth(t *testing.T) {
	l := newLaboratory(t, 3)
	p := l.panel(t)
	for channel, want := range l.truth.TotalEffect {
		require.InEpsilon(t, want, l.total(p, channel), 0.001, "%s, up to the rounding of impressions", channel)
	}
}

// Experiments are written as they are read: in a configuration and in a model file.
func TestExperimentsAreWrittenAsRead(t *testing.T) {
	no, half, lift := false, 0.5, -1234.5
	c := RecommendedConfig()
	c.Data.Week, c.Data.Target, c.Data.Media = "w", "y", []string{"tv"}
	structuralOf(c).Experiments = []structural.Experiment{
		{Channels: []string{"tv"}, Regions: []string{"501", "north"}, From: "2024-01-01", To: "2024-02-26", Off: true, Lift: &lift, SE: 30},
		{Channels: []string{"tv"}, From: "12", To: "17", Until: "19", Factor: &half, Relative: &half, SE: 0.1, Effect: model.Direct, InPanel: &no},
	}
	text, err := c.Text()
	require.NoError(t, err)
	again, err := Load(write(t, "c.yaml", text), Overrides{})
	require.NoError(t, err)
	require.Equal(t, structuralOf(c), structuralOf(again))
	stored, err := json.Marshal(c)
	require.NoError(t, err)
	again = Config{}
	require.NoError(t, json.Unmarshal(stored, &again))
	require.Equal(t, structuralOf(c).Experiments, structuralOf(again).Experiments)
}

// gain adds up the errors of tested channels and of others, over worlds and channels.
type gain struct{ tested, others, n, m float64 }

func (g *gain) add(errors map[string]float64, tested string) {
	for channel, e := range errors {
		if channel == tested {
			g.tested, g.n = g.tested+e, g.n+1
		} else {
			g.others, g.m = g.others+e, g.m+1
		}
	}
}

func (g gain) mean() (tested, others float64) { return g.tested / g.n, g.others / g.m }

// A test of a channel in half of the regions for a quarter of a year, with a standard error of a twentieth of the lift, halves the
// error of the channel's total effect and does not spoil those of the others, on average over worlds and channels, whether the panel
// has the test or not. That of a panel that has the test is small without its result, which must not spoil it.
func TestAnExperimentHalvesTheError(t *testing.T) {
	if os.Getenv("EXPERIMENTS") == "" {
		t.Skip("set EXPERIMENTS=1: it takes minutes")
	}
	const worlds, noise = 4, 0.05
	regions, span := []int{1, 3, 5, 7, 9, 11, 13}, panel.Span{From: 55, To: 68}
	var without, elsewhere, unsaid, inPanel gain
	for seed := uint64(1); seed <= worlds; seed++ {
		l := newLaboratory(t, seed)
		rng := rand.New(rand.NewPCG(seed, 1))
		plain := l.panel(t)
		free := l.errors(t, plain)
		for _, channel := range l.truth.Channels {
			p := l.panel(t)
			lift := l.switchOff(p, channel, regions, span)
			se := noise * math.Abs(lift)
			measured := lift + se*rng.NormFloat64()
			e := structural.Experiment{Channels: []string{channel}, From: p.Weeks[span.From], To: p.Weeks[span.To-1], Off: true, Lift: &measured, SE: se}
			for _, r := range regions {
				e.Regions = append(e.Regions, p.Regions[r])
			}
			without.add(free, channel)
			unsaid.add(l.errors(t, p), channel)
			inPanel.add(l.errors(t, p, e), channel)
			no := false
			e.InPanel = &no
			elsewhere.add(l.errors(t, plain, e), channel)
		}
	}
	fmt.Println("| mean error of total effects | tested channel | other channels |\n| --- | --- | --- |")
	for _, row := range []struct {
		name string
		gain
	}{
		{"without a test", without}, {"a test elsewhere", elsewhere}, {"a test in the panel, without its lift", unsaid}, {"a test in the panel", inPanel},
	} {
		tested, others := row.mean()
		fmt.Printf("| %s | %.1f %% | %.1f %% |\n", row.name, 100*tested, 100*others)
	}
	before, others := without.mean()
	for name, g := range map[string]gain{"elsewhere": elsewhere, "in the panel": inPanel} {
		tested, rest := g.mean()
		require.Less(t, tested, before/2, name)
		require.Less(t, rest, others+0.01, name)
	}
	known, _ := unsaid.mean()
	said, _ := inPanel.mean()
	require.Less(t, said, known+0.01)
}
