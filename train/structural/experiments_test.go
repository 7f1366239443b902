package structural

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/dag"
	"deepcausalmmm/internal/settings"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// fair is a panel of 4 regions, 40 weeks and 2 channels with spend, whose exposure is level: tv of 100, 200, 300 and 400 a week,
// which doubles in weeks 20 to 29 wherever no test is; radio of 50. A hundred is sold in each cell.
func fair(t *testing.T, change func(r, week int, tv float64) float64) *panel.Panel {
	p := panel.Panel{Channels: []string{"tv", "radio"}, SpendNames: []string{"tv_cost"}, SpendOf: []int{0, -1}}
	for week := range 40 {
		p.Weeks = append(p.Weeks, fmt.Sprint(week))
	}
	for r := range 4 {
		p.Regions = append(p.Regions, string(rune('a'+r)))
		for week := range 40 {
			tv := 100 * float64(r+1)
			if week >= 20 && week < 30 {
				tv *= 2
			}
			tv = change(r, week, tv)
			p.Media = append(p.Media, tv, 50)
			p.Spend = append(p.Spend, tv/10)
			p.Target = append(p.Target, 100)
		}
	}
	made, err := panel.New(p)
	require.NoError(t, err)
	return made
}

func untouched(_, _ int, tv float64) float64 { return tv }

var fairSpan = panel.Span{From: 0, To: 36}

func number(v float64) *float64 { return &v }

func read(t *testing.T, p *panel.Panel, all ...Experiment) []Lift {
	s := Settings{Experiments: all}
	for _, e := range all {
		key, problem := e.problem()
		require.Empty(t, key+problem)
	}
	lifts, err := s.lifts(p, fairSpan)
	require.NoError(t, err)
	return lifts
}

// The usual exposure of a channel that was off is the region's own around the test, moved as in the regions that were not tested;
// without any, the region's own.
func TestUsualExposureMovesAsInOtherRegions(t *testing.T) {
	off := Experiment{Channels: []string{"tv"}, Regions: []string{"a", "c"}, From: "18", To: "21", Off: true, Lift: number(-10), SE: 2}
	p := fair(t, func(r, week int, tv float64) float64 {
		if r%2 == 0 && week >= 18 && week <= 21 {
			return 0
		}
		return tv
	})
	around := 1.5 // of weeks 14 to 17, and 22 to 25, which have double
	want := []float64{100, 100, 200, 200, 300, 300, 600, 600}
	for i, usual := range read(t, p, off)[0].Usual {
		require.InDelta(t, want[i], usual, 1e-9, "row %d", i)
	}
	require.InDelta(t, 2, read(t, p, off)[0].SE, 1e-9, "the other regions tell it exactly")
	everywhere := fair(t, func(_, week int, tv float64) float64 {
		if week >= 18 && week <= 21 {
			return 0
		}
		return tv
	})
	off.Regions = nil
	usual := read(t, everywhere, off)[0].Usual
	require.Len(t, usual, 16)
	require.InDelta(t, 300*around, usual[8], 1e-9)

	require.Greater(t, read(t, everywhere, off)[0].Doubt, 0.1, "exposure doubles for ten weeks")
	require.InDelta(t, math.Hypot(2, 10*read(t, everywhere, off)[0].Doubt), read(t, everywhere, off)[0].SE, 1e-12)

	off.Usual = number(4 * 1000)
	given := read(t, everywhere, off)[0].Usual
	require.Zero(t, read(t, everywhere, off)[0].Doubt)
	require.InDelta(t, 1000, given[0]+given[4]+given[8]+given[12], 1e-9, "of each week")
	require.InEpsilon(t, 4, given[12]/given[0], 1e-9, "in proportion to the regions' means")
}

// A test in the panel is undone and one that is not is done; spend is a multiple of the usual one.
func TestFactors(t *testing.T) {
	no := false
	e := Experiment{Channels: []string{"tv"}, Regions: []string{"b"}, From: "10", To: "13", Lift: number(-10), SE: 2}
	tripled := fair(t, func(r, week int, tv float64) float64 {
		if r == 1 && week >= 10 && week <= 13 {
			return 3 * tv
		}
		return tv
	})
	with := func(change func(*Experiment)) Experiment {
		changed := e
		change(&changed)
		return changed
	}
	for name, c := range map[string]struct {
		e    Experiment
		want float64
	}{
		"factor":              {with(func(e *Experiment) { e.Factor = number(3) }), 1.0 / 3},
		"factor elsewhere":    {with(func(e *Experiment) { e.Factor, e.InPanel = number(3), &no }), 3},
		"spend":               {with(func(e *Experiment) { e.Spend = number(4 * 60) }), 1.0 / 3},
		"spend elsewhere":     {with(func(e *Experiment) { e.Spend, e.InPanel = number(120), &no }), 0.5},
		"spend, usual given":  {with(func(e *Experiment) { e.Spend, e.Usual = number(4*60), number(480) }), 2},
		"unpaired with usual": {with(func(e *Experiment) { e.Channels, e.Spend, e.Usual = []string{"radio"}, number(6), number(3) }), 0.5},
		"off elsewhere":       {with(func(e *Experiment) { e.Off, e.InPanel = true, &no }), 0},
	} {
		l := read(t, tripled, c.e)[0]
		require.InDelta(t, c.want, l.Factor, 1e-12, name)
		require.Nil(t, l.Usual, name)
		require.InDelta(t, 0, l.Doubt, 1e-12, name)
		require.Equal(t, Lift{
			Channels: l.Channels, Regions: []int{1}, Span: panel.Span{From: 10, To: 14}, Until: 14, InPanel: c.e.InPanel == nil, Factor: l.Factor,
			Measured: -10, SE: 2, Doubt: l.Doubt,
		}, l, name)
	}
	later := with(func(e *Experiment) { e.Factor, e.Until, e.Effect = number(3), "16", model.Direct })
	require.Equal(t, 17, read(t, tripled, later)[0].Until)
	require.True(t, read(t, tripled, later)[0].Direct)
}

// A relative lift is one of the target without the change, which the panel has only if it does not have the test.
func TestRelativeLifts(t *testing.T) {
	no := false
	e := Experiment{Channels: []string{"tv"}, Regions: []string{"b", "d"}, From: "10", To: "14", Factor: number(0.5), Relative: number(-0.2), SE: 0.04}
	l := read(t, fair(t, untouched), e)[0]
	const sold = 1000
	require.InDelta(t, sold-sold/0.8, l.Measured, 1e-9)
	step := 1e-6
	up := sold - sold/(0.8+step)
	require.InEpsilon(t, 0.04*(up-l.Measured)/step, l.SE, 1e-5, "by the derivative")
	e.InPanel = &no
	l = read(t, fair(t, untouched), e)[0]
	require.InDelta(t, -0.2*sold, l.Measured, 1e-9)
	require.InDelta(t, 0.04*sold, l.SE, 1e-9)
}

func TestReversedLifts(t *testing.T) {
	for _, l := range []Lift{
		{Factor: 0, Measured: 3, SE: 1}, {Usual: []float64{1}, InPanel: true, Measured: 3, SE: 1}, {Factor: 2, InPanel: true, Measured: 3, SE: 1},
		{Factor: 2, Measured: -3, SE: 1}, {Factor: 0.5, InPanel: true, Measured: -3, SE: 1},
	} {
		require.True(t, l.reversed(), "%+v", l)
		l.Measured = -l.Measured
		require.False(t, l.reversed(), "%+v", l)
		l.Measured, l.SE = -l.Measured, 4
		require.False(t, l.reversed(), "within a standard error")
	}
}

// Experiments that end after the first rows are not known then.
func TestUntilLeavesOutLaterExperiments(t *testing.T) {
	p := fair(t, untouched)
	s := &Settings{DAGLags: 7, Experiments: []Experiment{{From: "3", To: "9"}, {From: "3", To: "9", Until: "10"}, {From: "5", To: "20"}}}
	require.Equal(t, &Settings{DAGLags: 7, Experiments: s.Experiments[:1]}, s.Until(p, 10))
	require.Len(t, s.Experiments, 3)
	d, err := NewData(p, 15, 5, 2, Relative)
	require.NoError(t, err)
	lift := Lift{Channels: []int{0}, Regions: []int{0}, Span: panel.Span{From: 10, To: 15}, Until: 15, Direct: true}
	later := lift
	later.Until = 16
	used, err := newTested(d, dag.NewEmpty(2, 1), []Lift{later, lift})
	require.NoError(t, err)
	require.Equal(t, []Lift{lift}, used.lifts)
	used, err = newTested(d, dag.NewEmpty(2, 1), []Lift{later})
	require.NoError(t, err)
	require.Nil(t, used)
}

// TestBadExperiments says for each mistake which key is named, and what the line says.
func TestBadExperiments(t *testing.T) {
	yes, no := true, false
	p := fair(t, untouched)
	p.Kinds = []panel.ChannelKind{panel.Paid, panel.Organic}
	good := Experiment{Channels: []string{"tv"}, Regions: []string{"b"}, From: "10", To: "13", Factor: number(2), Lift: number(10), SE: 2, InPanel: &no}
	lacking, closed, mediator := *p, *p, *p
	lacking.Missing = make([]bool, 160)
	lacking.Missing[40+12] = true
	closed.Closed = make([]bool, 160)
	for week := 10; week < 14; week++ {
		closed.Closed[40+week] = true
	}
	mediator.Kinds = []panel.ChannelKind{panel.Mediator, panel.Paid}
	dark := fair(t, func(r, week int, tv float64) float64 {
		if week < 20 {
			return 0
		}
		return tv
	})
	for name, bad := range map[string]struct {
		change    func(*Experiment)
		of        *panel.Panel
		key, want string
	}{
		"no channel":       {func(e *Experiment) { e.Channels = nil }, p, "channels", "name the channels"},
		"no from":          {func(e *Experiment) { e.From = "" }, p, "from", "first row"},
		"no to":            {func(e *Experiment) { e.To = "" }, p, "to", "last row"},
		"nothing done":     {func(e *Experiment) { e.Factor = nil }, p, "off", "not by 0 of them"},
		"two things done":  {func(e *Experiment) { e.Off = true }, p, "off", "not by 2 of them"},
		"factor of 0":      {func(e *Experiment) { e.Factor = number(0) }, p, "factor", "write off: true"},
		"factor of NaN":    {func(e *Experiment) { e.Factor = number(math.NaN()) }, p, "factor", "out of range"},
		"factor of 1":      {func(e *Experiment) { e.Factor = number(1) }, p, "factor", "no change"},
		"no spend":         {func(e *Experiment) { e.Factor, e.Spend = nil, number(0) }, p, "spend", "write off: true"},
		"usual of 0":       {func(e *Experiment) { e.Factor, e.Spend, e.Usual = nil, number(1), number(0) }, p, "usual", "not above 0"},
		"usual and factor": {func(e *Experiment) { e.Usual = number(3) }, p, "usual", "leave usual out"},
		"usual elsewhere":  {func(e *Experiment) { e.Factor, e.Off, e.Usual = nil, true, number(3) }, p, "usual", "leave usual out"},
		"usual of two": {func(e *Experiment) {
			e.Factor, e.Off, e.Usual, e.InPanel, e.Channels = nil, true, number(3), &yes, p.Channels
		}, p, "usual", "several channels"},
		"nothing measured":      {func(e *Experiment) { e.Lift = nil }, p, "lift", "not both"},
		"measured twice":        {func(e *Experiment) { e.Relative = number(0.1) }, p, "lift", "not both"},
		"lift of NaN":           {func(e *Experiment) { e.Lift = number(math.NaN()) }, p, "lift", "not a number"},
		"per cent":              {func(e *Experiment) { e.Lift, e.Relative = nil, number(-4) }, p, "relative", "write -0.04 for 4 %"},
		"no standard error":     {func(e *Experiment) { e.SE = 0 }, p, "se", "not above 0"},
		"negative error":        {func(e *Experiment) { e.SE = -1 }, p, "se", "not above 0"},
		"unknown effect":        {func(e *Experiment) { e.Effect = model.Indirect }, p, "effect", "not one of direct, total"},
		"unknown channel":       {func(e *Experiment) { e.Channels = []string{"radios"} }, p, "channels", `did you mean "radio"?`},
		"a channel twice":       {func(e *Experiment) { e.Channels = []string{"tv", "tv"} }, p, "channels", "named twice"},
		"a mediator":            {func(*Experiment) {}, &mediator, "channels", "a mediator, which is not bought"},
		"unknown region":        {func(e *Experiment) { e.Regions = []string{"e"} }, p, "regions", `no region is called "e"`},
		"a region twice":        {func(e *Experiment) { e.Regions = []string{"b", "b"} }, p, "regions", "named twice"},
		"no such row":           {func(e *Experiment) { e.From = "2024-01-01" }, p, "from", "the panel has weeks from 0 to 39"},
		"after the panel":       {func(e *Experiment) { e.To = "40" }, p, "to", "the panel has weeks from 0 to 39"},
		"in the holdout":        {func(e *Experiment) { e.To = "36" }, p, "to", "36 is not among the weeks fitted to, which end on 35"},
		"counts in the holdout": {func(e *Experiment) { e.Until = "38" }, p, "until", "held out"},
		"backwards":             {func(e *Experiment) { e.To = "9" }, p, "to", "9 is before from, 10"},
		"counts too short":      {func(e *Experiment) { e.Until = "12" }, p, "until", "12 is before to, 13"},
		"no row in the table":   {func(e *Experiment) { e.InPanel = nil }, &lacking, "in_panel", "no row of b in 12"},
		"closed":                {func(*Experiment) {}, &closed, "regions", "nothing could be sold there"},
		"never on":              {func(*Experiment) {}, dark, "channels", "no exposure in these regions"},
		"never on, in panel":    {func(e *Experiment) { e.InPanel = nil }, dark, "channels", "write off: true"},
		"was not off":           {func(e *Experiment) { e.Factor, e.Off, e.InPanel = nil, true, nil }, p, "off", "the panel has 100 % of the usual exposure"},
		"was off around":        {func(e *Experiment) { e.Factor, e.Off, e.InPanel = nil, true, nil }, dark, "off", "would have had no exposure"},
		"no spend column":       {func(e *Experiment) { e.Channels, e.Factor, e.Spend = []string{"radio"}, nil, number(9) }, p, "spend", `"radio" has no spend column`},
		"another spend":         {func(e *Experiment) { e.Factor, e.Spend, e.InPanel = nil, number(9), nil }, p, "spend", "9 was spent in the test, but 80 in the panel's cells"},
		"the usual spend":       {func(e *Experiment) { e.Factor, e.Spend = nil, number(80) }, p, "spend", "80 is 1 times the usual spend"},
		"lost more than all":    {func(e *Experiment) { e.Lift = number(-401) }, p, "lift", "-401 is more than was sold there, 400"},
		"brought more than all": {func(e *Experiment) { e.Lift, e.InPanel = number(401), nil }, p, "lift", "401 is more than was sold there, 400"},
		"in another unit":       {func(e *Experiment) { e.Lift = number(1e6) }, p, "lift", "is it in the target's unit?"},
		"too exact":             {func(e *Experiment) { e.SE = 1e-4 }, p, "se", "no test is so exact"},
	} {
		t.Run(name, func(t *testing.T) {
			e := good
			e.Channels = slices.Clone(good.Channels)
			bad.change(&e)
			s := &Settings{Experiments: []Experiment{good, e}}
			key, problem := s.Check()
			if key == "" {
				_, err := (&Settings{Experiments: []Experiment{e}}).lifts(bad.of, fairSpan)
				require.IsType(t, &settings.Error{}, err)
				key, problem = err.(*settings.Error).Key, err.(*settings.Error).Problem
				require.Equal(t, "experiments[1]."+bad.key, key)
			} else {
				require.Equal(t, "experiments[2]."+bad.key, key)
			}
			require.Contains(t, problem, bad.want)
			require.NotContains(t, problem, "\n")
		})
	}
}
