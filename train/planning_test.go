package train

import (
	"bytes"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"deepcausalmmm/internal/modelfile"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
	"deepcausalmmm/train/plan"
)

// roots is a fitted model whose channels sell the root of their exposure times a factor; the second moves with the first by shares.
type roots struct{ factors []float64 }

func (roots) Save(*modelfile.Writer) error { return nil }

func (roots) Predict(p *panel.Panel, _ int, spans []model.Span) ([]model.Part, error) {
	part := model.Part{Span: spans[0].Span, Regions: len(p.Regions)}
	part.Add(model.Component{Name: "baseline", Kind: model.Baseline, Value: slices.Repeat([]float64{100}, len(p.Regions)*spans[0].Len())})
	return []model.Part{part}, nil
}

func (f roots) Markets(p *panel.Panel, _, _, n int) ([]model.Market, error) {
	var all []model.Market
	for d := range n {
		all = append(all, &rootMarket{panel: p, scale: 1 + 0.01*float64(d-n/2), factors: f.factors})
	}
	return all, nil
}

// rootMarket is one draw: x′₁ = own₁ and 1 + x′₂ = (1 + own₂)·((1 + x′₁)/(1 + x₁))^¼.
type rootMarket struct {
	panel   *panel.Panel
	scale   float64
	factors []float64
	own, x  []float64
}

const pulled = 0.25

func (m *rootMarket) Planned() []float64 { return m.panel.Media }

func (m *rootMarket) Run(own []float64, held []bool) error {
	m.own, m.x = own, slices.Clone(own)
	M := len(m.panel.Channels)
	for i := 1; i < len(own); i += M {
		if held == nil || !held[1] {
			m.x[i] = (1+own[i])*math.Pow((1+own[i-1])/(1+m.panel.Media[i-1]), pulled) - 1
		}
	}
	return nil
}

func (m *rootMarket) Exposure() []float64 { return m.x }

func (m *rootMarket) Sold() []float64 {
	out := make([]float64, len(m.x))
	for i, x := range m.x {
		out[i] = m.scale * m.factors[i%len(m.factors)] * math.Sqrt(max(x, 0))
	}
	return out
}

func (m *rootMarket) Pull(byExposure, bySold []float64) ([]float64, error) {
	out, M := make([]float64, len(m.x)), len(m.panel.Channels)
	for i, x := range m.x {
		g := byExposure[i]
		if bySold[i] != 0 {
			g += bySold[i] * m.scale * m.factors[i%M] / 2 / math.Sqrt(max(x, 1e-9))
		}
		if i%M != 1 {
			out[i] += g
			continue
		}
		out[i] += g * (1 + x) / (1 + m.own[i])
		out[i-1] += g * pulled * (1 + x) / (1 + m.own[i-1])
	}
	return out, nil
}

func (m *rootMarket) Reach(channel int) []int {
	if channel == 0 {
		return []int{0, 1}
	}
	return []int{channel}
}

func (m *rootMarket) Additive() bool { return true }

// bought is a saved model of 2 regions and 20 weeks that buys two channels of three, with other prices in each region.
func bought(t *testing.T) *Saved {
	p := panel.Panel{
		Regions: []string{"north", "south"}, Channels: []string{"tv", "search", "visits"}, Kinds: []panel.ChannelKind{panel.Paid, panel.Paid, panel.Mediator},
		SpendNames: []string{"tv_cost", "search_cost"}, SpendOf: []int{0, 1, -1},
	}
	for w := range 20 {
		p.Weeks = append(p.Weeks, panelWeek(w))
	}
	for r := range 2 {
		for w := range 20 {
			tv, search := 50+float64(10*(w%4)), 30+float64(w)
			p.Media = append(p.Media, tv, search, 7)
			p.Spend = append(p.Spend, tv*float64(2+r), search*0.5)
		}
	}
	made, err := panel.New(p)
	require.NoError(t, err)
	c := RecommendedConfig()
	c.Data.Target, c.Data.Region, c.Data.Week = "sales", "region", "week"
	return &Saved{Config: c, Panel: made, Train: panel.Span{From: 0, To: 16}, Fitted: roots{[]float64{9, 5, 1}}}
}

func panelWeek(w int) string {
	return []string{
		"2025-01-06", "2025-01-13", "2025-01-20", "2025-01-27", "2025-02-03", "2025-02-10", "2025-02-17", "2025-02-24", "2025-03-03", "2025-03-10",
		"2025-03-17", "2025-03-24", "2025-03-31", "2025-04-07", "2025-04-14", "2025-04-21", "2025-04-28", "2025-05-05", "2025-05-12", "2025-05-19",
	}[w]
}

// The status quo of weeks that follow repeats the reference period, in the horizon and over and over in the tail, after the training's rows.
func TestHorizonRepeatsTheReferencePeriod(t *testing.T) {
	s := bought(t)
	for reference, from := range map[string]int{"": 16, "2025-02-03": 4} {
		h, err := s.horizon(HorizonRequest{Weeks: 4, Reference: reference}, nil)
		require.NoError(t, err)
		require.Equal(t, panel.Span{From: 20, To: 24}, h.Span)
		require.Equal(t, panel.Span{From: from, To: from + 4}, h.Reference)
		require.Equal(t, s.Panel.Weeks, h.Panel.Weeks[:20])
		require.Equal(t, "2025-05-26", h.Panel.Weeks[20])
		T, M := len(h.Panel.Weeks), 3
		require.Equal(t, 24+26, T)
		for r := range 2 {
			require.Equal(t, s.Panel.Media[r*20*M:][:20*M], h.Panel.Media[r*T*M:][:20*M])
			for w := 20; w < T; w++ {
				require.Equal(t, s.Panel.Media[(r*20+from+(w-20)%4)*M:][:M], h.Panel.Media[(r*T+w)*M:][:M], "week %d", w)
			}
		}
		require.Equal(t, []float64{2, 0.5, 0, 3, 0.5, 0}, h.Price)
		require.Equal(t, []float64{80, 49, 7, 80, 49, 7}, h.Seen)
	}
}

// Within the training's weeks the status quo is what was done.
func TestHorizonInThePastIsWhatWasDone(t *testing.T) {
	s := bought(t)
	h, err := s.horizon(HorizonRequest{From: "2025-03-03", Weeks: 5}, nil)
	require.NoError(t, err)
	require.True(t, h.Past)
	require.Equal(t, panel.Span{From: 8, To: 13}, h.Span)
	T := len(h.Panel.Weeks)
	require.Equal(t, s.Panel.Media[:20*3], h.Panel.Media[:20*3])
	require.Equal(t, 13+26, T)
}

func TestWeeksThatCannotBePlannedAreRefused(t *testing.T) {
	s := bought(t)
	for want, q := range map[string]HorizonRequest{
		"does not follow the training's last, 2025-05-19: 3 weeks are missing": {From: "2025-06-16", Weeks: 4},
		"begins on another day than the training's (begin at 2025-05-26)":      {From: "2025-05-28", Weeks: 4},
		"is none of the training's, 2025-01-06 to 2025-05-19":                  {From: "2024-06-17", Weeks: 4},
		"is not written as the training's":                                     {From: "Q3", Weeks: 4},
		"begins within the training's weeks, at 2025-05-12, and ends after":    {From: "2025-05-12", Weeks: 4},
		"a plan of 0 weeks": {Weeks: 0},
		"a plan of 30 weeks needs a reference period as long":                      {Weeks: 30},
		"the reference period's first week, 2030-01-01, is none of the training's": {Weeks: 4, Reference: "2030-01-01"},
		"needs a reference period as long, and the training has only 20 weeks":     {Weeks: 4, Reference: YearBefore},
		"what was done in them is the status quo":                                  {From: "2025-03-03", Weeks: 4, Reference: "2025-01-06"},
	} {
		_, err := s.horizon(q, nil)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "\n")
	}
}

func TestModelsWithoutMoneyOrEquationsAreRefused(t *testing.T) {
	s := bought(t)
	s.Panel.Spend, s.Panel.SpendNames, s.Panel.SpendOf = nil, nil, nil
	_, err := s.horizon(HorizonRequest{Weeks: 4}, nil)
	require.ErrorContains(t, err, "had no spend, which a plan needs (name the columns under data.spend")
	h, err := s.horizon(HorizonRequest{Weeks: 4}, map[string]float64{"tv": 3})
	require.NoError(t, err)
	require.Equal(t, []float64{3, 0, 0, 3, 0, 0}, h.Price)
	require.Contains(t, h.Notes[0], "no spend is known of search")
	s.Fitted = nil
	_, err = s.horizon(HorizonRequest{Weeks: 4}, nil)
	require.ErrorContains(t, err, "a plan needs structural equations")
}

// A region that bought nothing in the reference period has the price of all; a channel that was off has that of all the training's weeks.
func TestPriceOfWhatWasOff(t *testing.T) {
	s := bought(t)
	for w := 16; w < 20; w++ {
		s.Panel.Media[w*3], s.Panel.Spend[w*2] = 0, 0               // tv in the north
		s.Panel.Media[w*3+1], s.Panel.Spend[w*2+1] = 0, 0           // search in the north
		s.Panel.Media[(20+w)*3+1], s.Panel.Spend[(20+w)*2+1] = 0, 0 // and in the south
	}
	h, err := s.horizon(HorizonRequest{Weeks: 4}, nil)
	require.NoError(t, err)
	require.Equal(t, []float64{3, 0.5, 0, 3, 0.5, 0}, h.Price)
	require.Contains(t, h.Notes[0], "search was off in the reference period")
}

func constraints(t *testing.T, text string) *Constraints {
	c, err := readConstraints(t, text)
	require.NoError(t, err)
	return c
}

func readConstraints(t *testing.T, text string) (*Constraints, error) {
	path := filepath.Join(t.TempDir(), "plan.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return ReadConstraints(path)
}

func planned(t *testing.T, s *Saved, q PlanRequest) *Plan {
	if q.Constraints == nil {
		q.Constraints = constraints(t, "")
	}
	if q.Horizon.Weeks == 0 {
		q.Horizon.Weeks = 4
	}
	if q.Goal.Kind == "" {
		q.Goal.Kind = plan.MostValue
	}
	planner, err := s.Planner(q)
	require.NoError(t, err)
	p, err := planner.Run(t.Context())
	require.NoError(t, err)
	return p
}

// Without a budget the status quo's is spent, channels without a bound have one marginal ROI, and the gain is not negative.
func TestPlanSpendsTheStatusQuosBudgetBetter(t *testing.T) {
	p := planned(t, bought(t), PlanRequest{})
	require.InEpsilon(t, p.StatusQuo.Spend, p.Best.Spend, 1e-3)
	require.Positive(t, p.Best.Gain.Mean)
	require.Greater(t, p.Best.Gain.High, p.Best.Gain.Low)
	require.Zero(t, p.StatusQuo.Gain)
	require.InDelta(t, 0, p.StatusQuo.Channels[2].Spend, 0, "nobody buys visits")
	require.Equal(t, plan.Follows, p.Best.Channels[2].Role)
	sum := 0.0
	for _, c := range p.Best.Channels {
		sum += c.Change.Mean
		require.Len(t, c.Weekly, 4)
		require.InDelta(t, c.Spend, floats.Sum(c.Weekly), 1e-6*p.Best.Spend)
	}
	require.InEpsilon(t, p.Best.Gain.Mean, sum, 1e-6, "without carry-over the gain is what the channels sell more in the horizon")
	require.InEpsilon(t, 800, p.StatusQuo.Value.Mean-sold(p.StatusQuo), 1e-9, "the baseline")
	require.NotNil(t, p.DirectOnly)
}

func sold(v PlanValue) (sum float64) {
	for _, c := range v.Channels {
		sum += c.Value.Mean
	}
	return sum
}

// The plan as its table, evaluated, is the plan: what is moved included.
func TestPlansTableIsThePlan(t *testing.T) {
	s, dir := bought(t), t.TempDir()
	for _, r := range []plan.Resolution{{}, {ByWeek: true, ByRegion: true}} {
		p := planned(t, s, PlanRequest{Resolution: r})
		require.NoError(t, p.Write(dir, func(w io.Writer) error { return nil }))
		table, err := s.ReadPlanTable(filepath.Join(dir, planCells))
		require.NoError(t, err)
		again := planned(t, s, PlanRequest{Resolution: r, Tables: []PlanTable{table}})
		blind(p, again)
		require.Equal(t, p.Best, again.Best, "the same request gives the same plan")
		require.InEpsilon(t, p.Best.Gain.Mean, again.Scenarios[0].Gain.Mean, 1e-3)
		require.InEpsilon(t, p.Best.Spend, again.Scenarios[0].Spend, 1e-4)
	}
}

// The comparison of plans has the status quo, the plan, that on direct effects and each table, in the file and on the terminal; a channel's
// spend is the same in all figures, and profit is what a plan gains less what it spends more.
func TestScenariosAreComparedInOneTable(t *testing.T) {
	s, dir := bought(t), t.TempDir()
	path := filepath.Join(dir, "mine.csv")
	require.NoError(t, os.WriteFile(path, []byte("channel,spend\ntv,40\n"), 0o600))
	table, err := s.ReadPlanTable(path)
	require.NoError(t, err)
	p := planned(t, s, PlanRequest{Tables: []PlanTable{table}, Risk: 0.3})
	require.NoError(t, p.Write(dir, func(io.Writer) error { return nil }))
	names := column(t, filepath.Join(dir, "scenarios.csv"), "plan")
	require.Len(t, names, 4)
	require.Contains(t, names[3], "mine.csv")
	for _, f := range []struct {
		column string
		of     func(PlanValue) float64
	}{
		{"spend", func(v PlanValue) float64 { return v.Spend }},
		{"gain", func(v PlanValue) float64 { return v.Gain.Mean }},
		{"gain_low", func(v PlanValue) float64 { return v.Gain.Low }},
		{"spend_tv", func(v PlanValue) float64 { return v.Channels[0].Spend }},
	} {
		for k, x := range cellsOf(t, column(t, filepath.Join(dir, "scenarios.csv"), f.column)) {
			require.InDelta(t, f.of(p.All()[k]), x, 1e-9*math.Abs(x), f.column)
		}
	}
	require.InEpsilon(t, 40, p.Scenarios[0].Channels[0].Spend, 1e-6)
	said := strings.Join(p.Lines(), "\n")
	for _, v := range p.All() {
		require.Contains(t, said, v.Name)
	}
	require.Error(t, ProtectPlan(dir, filepath.Join(dir, planCells)), "a plan does not replace the table that it values")
	require.NoError(t, ProtectPlan(dir, path))
}

// blind replaces the NaN of the channel that costs nothing, which equals nothing.
func blind(plans ...*Plan) {
	for _, p := range plans {
		p.Best.Channels[2].MarginalDirect, p.Best.Channels[2].MarginalTotal = 0, 0
	}
}

func TestPlanRoundTrips(t *testing.T) {
	s, dir := bought(t), t.TempDir()
	p := planned(t, s, PlanRequest{Goal: plan.Goal{Kind: plan.MarginalROI, Amount: 0.3}, Risk: 0.2})
	var page bytes.Buffer
	require.NoError(t, p.Write(dir, func(w io.Writer) error { _, err := w.Write(page.Bytes()); return err }))
	again, err := LoadPlan(dir)
	require.NoError(t, err)
	p.cells, p.today = nil, nil
	blind(p, again)
	require.Equal(t, p.Best, again.Best)
	require.Equal(t, p.Goal, again.Goal)
	none, err := LoadPlan(t.TempDir())
	require.NoError(t, err)
	require.Nil(t, none)
	require.NoError(t, os.WriteFile(filepath.Join(dir, PlanFile), []byte(`{"version": 1}`), 0o600))
	_, err = LoadPlan(dir)
	require.ErrorContains(t, err, "plan again")
}

// A sum is spread over regions and weeks as the status quo's, a wide table is the long one, and what it leaves out stays.
func TestTablesOfSpend(t *testing.T) {
	s := bought(t)
	h, err := s.horizon(HorizonRequest{Weeks: 4}, nil)
	require.NoError(t, err)
	today := h.spend()
	read := func(name, text string) []float64 {
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		table, err := s.ReadPlanTable(path)
		require.NoError(t, err)
		spend, err := table.spread(h, s)
		require.NoError(t, err)
		return spend
	}
	total := 0.0
	for i := 0; i < len(today); i += 3 {
		total += today[i]
	}
	spend := read("a.csv", "channel,spend\ntv,1000\n")
	for i, x := range spend {
		if i%3 == 0 {
			require.InEpsilon(t, 1000*today[i]/total, x, 1e-12)
		} else {
			require.True(t, math.IsNaN(x))
		}
	}
	long := read("a.csv", "region,week,channel,spend,exposure\nnorth,2025-05-26,tv,10,1\nnorth,2025-05-26,search,5,2\nsouth,2025-06-02,tv,3,\n")
	wide := read("b.csv", "region,week,tv_cost,search\nnorth,2025-05-26,10,5\nsouth,2025-06-02,3,\n")
	for i := range long {
		require.True(t, long[i] == wide[i] || math.IsNaN(long[i]) && math.IsNaN(wide[i]))
	}
	require.Equal(t, 10.0, long[0])
	require.Equal(t, 3.0, long[(4+1)*3])
}

func TestTablesOfSpendThatAreRefused(t *testing.T) {
	s := bought(t)
	h, err := s.horizon(HorizonRequest{Weeks: 4}, nil)
	require.NoError(t, err)
	for text, want := range map[string]string{
		"channel,spend\ntvv,1\n":                              `mine.csv:2: no channel "tvv"; did you mean tv?`,
		"channel,spend\ntv,x\n":                               `mine.csv:2: the spend of tv, "x", is not a number`,
		"channel,spend\ntv,NaN\nsearch,\n":                    "no row has a spend",
		"channel,spend\n":                                     "no row has a spend",
		"channel,spend\ntv,-1\n":                              "mine.csv:2: the spend of tv is -1",
		"channel,spend\nvisits,1\n":                           "mine.csv:2: visits is mediator: nobody buys it",
		"channel,exposure\ntv,1\n":                            "none of spend",
		"region,week\nnorth,2025-05-26\n":                     "has no spend",
		"week,tvv\n2025-05-26,1\n":                            `column "tvv" is no channel of the model`,
		"tv,tv_cost\n1,2\n":                                   "two columns of tv",
		"region,channel,spend\nnorht,tv,1\n":                  `mine.csv:2: no region "norht"; did you mean north?`,
		"week,channel,spend\n2025-05-19,tv,1\n":               "mine.csv:2: 2025-05-19 is none of the plan's weeks, 2025-05-26 to 2025-06-16",
		"channel,spend\ntv,1\ntv,2\n":                         "mine.csv:3: has the spend of tv a second time",
		"region,channel,spend\nnorth,tv,1\nnorth,tv_cost,2\n": "mine.csv:3: has the spend of tv_cost a second time",
	} {
		path := filepath.Join(t.TempDir(), "mine.csv")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		table, err := s.ReadPlanTable(path)
		if err == nil {
			_, err = table.spread(h, s)
		}
		require.ErrorContains(t, err, want, text)
		require.NotContains(t, err.Error(), "\n")
	}
}

func TestConstraintsThatAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"chanels:\n  tv: {max: 3}\n":                   "plan.yaml:1:1: chanels: no such key; did you mean channels?",
		"channels:\n  tv: {mx: 3}\n":                   "plan.yaml:2:8: channels.tv.mx: no such key; did you mean max?",
		"channels:\n  tv: {max: much}\n":               `plan.yaml:2:13: channels.tv.max: "much" is not a number`,
		"channels:\n  tv: {max: -3}\n":                 "plan.yaml:2:8: channels.tv.max: -3 is out of range",
		"channels:\n  tv: {min: 4, max: 3}\n":          "plan.yaml:2:8: channels.tv.min: 4 is above max, 3",
		"channels:\n  tv: {fixed: 4, max: 3}\n":        "plan.yaml:2:8: channels.tv.fixed: is the exact spend",
		"channels:\n  tv: {held: true, max: 3}\n":      "plan.yaml:2:8: channels.tv.held: keeps the reference's exposure",
		"channels:\n  tv: {held: perhaps}\n":           `channels.tv.held: "perhaps" is not true or false`,
		"channels:\n  tv: {relative: 2}\n":             "plan.yaml:2:8: channels.tv.relative: must be a list",
		"channels:\n  tv: {relative: [1]}\n":           "plan.yaml:2:8: channels.tv.relative: has 1 numbers",
		"relative: [2, 1]\n":                           "plan.yaml:1:1: relative: 2 is above 1",
		"channels:\n  tv:\n":                           "plan.yaml:2:3: channels.tv: has no value",
		"channels: [tv]\n":                             "plan.yaml:1:11: channels: must be a section",
		"limits: {max: 3}\n":                           "plan.yaml:1:1: limits: must be a list",
		"limits:\n  - {channels: [tv]}\n":              "plan.yaml:2:5: limits[1]: bounds nothing",
		"limits:\n  - {max: 3, minn: 2}\n":             "limits[1].minn: no such key; did you mean min?",
		"prices:\n  tv: 0\n":                           "plan.yaml:2:3: prices.tv: 0 is no price",
		"exposure_limit: 0\n":                          "plan.yaml:1:1: exposure_limit: 0 is out of range",
		"channels:\n  tvv: {max: 3}\n":                 `plan.yaml:2:3: channels.tvv: no channel "tvv"; did you mean tv?`,
		"channels:\n  visits: {max: 3}\n":              "plan.yaml:2:3: channels.visits: is mediator: nobody buys it",
		"prices:\n  radio: 3\n":                        `plan.yaml:2:3: prices.radio: no channel "radio" (there is: tv, search, visits)`,
		"limits:\n  - {channels: [tvv], max: 3}\n":     `plan.yaml:2:6: limits[1].channels: no channel "tvv"; did you mean tv?`,
		"limits:\n  - {weeks: [2025-05-19], max: 3}\n": `plan.yaml:2:6: limits[1].weeks: no week "2025-05-19"; did you mean 2025-05-26?`,
		"limits:\n  - {regions: [west], max: 3}\n":     `limits[1].regions: no region "west"`,
		"limits:\n  - {channels: [visits], max: 3}\n":  "limits[1].channels: visits has no spend to bound",
		"channels:\n\ttv: {max: 3}\n":                  "plan.yaml:2:1: the line begins with a tab",
	} {
		c, err := readConstraints(t, text)
		if err == nil {
			_, err = bought(t).Planner(PlanRequest{Horizon: HorizonRequest{Weeks: 4}, Constraints: c})
		}
		require.ErrorContains(t, err, want, text)
		require.NotContains(t, err.Error(), "\n")
	}
}

// What constraints say holds in the plan.
func TestPlanKeepsToConstraints(t *testing.T) {
	s := bought(t)
	p := planned(t, s, PlanRequest{Resolution: plan.Resolution{ByWeek: true, ByRegion: true}, Constraints: constraints(t, `
channels:
  tv: {min: 1000, relative: [0, 2]}
limits:
  - {channels: [search], each_week: true, max: 30}
  - {regions: [south], channels: [tv, search], max: 900}
`)})
	tv, search := p.Best.Channels[0], p.Best.Channels[1]
	require.GreaterOrEqual(t, tv.Spend, 1000*(1-1e-3))
	for _, x := range search.Weekly {
		require.LessOrEqual(t, x, 30*(1+1e-3))
	}
	south := 0.0
	for i, x := range p.cells.CellSpend {
		if i >= 4*3 {
			south += x
		}
	}
	require.LessOrEqual(t, south, 900*(1+1e-3))
	fixed := planned(t, s, PlanRequest{Constraints: constraints(t, "channels:\n  tv: {fixed: 700}\n")})
	require.InEpsilon(t, 700, fixed.Best.Channels[0].Spend, 1e-3)
	held := planned(t, s, PlanRequest{Constraints: constraints(t, "channels:\n  search: {held: true}\n")})
	require.InEpsilon(t, held.StatusQuo.Channels[1].Spend, held.Best.Channels[1].Spend, 1e-9)
	_, err := s.Planner(PlanRequest{Horizon: HorizonRequest{Weeks: 4}, Constraints: constraints(t, "")})
	require.NoError(t, err)
}

// Every weekly bound is one limit, named after its week.
func TestLimitsOfEachWeekAndRegion(t *testing.T) {
	s := bought(t)
	h, err := s.horizon(HorizonRequest{Weeks: 4}, nil)
	require.NoError(t, err)
	_, limits, err := constraints(t, "limits:\n  - {channels: [tv], each_week: true, each_region: true, max: 3}\n  - {weeks: [2025-06-02], min: 1}\n").resolve(h)
	require.NoError(t, err)
	require.Len(t, limits, 4*2+1)
	require.Equal(t, "tv in north in 2025-05-26", limits[0].Name)
	require.Equal(t, []int{20}, limits[0].Weeks)
	require.Equal(t, []int{21}, limits[8].Weeks)
	require.Equal(t, "all channels in 2025-06-02", limits[8].Name)
}

// A goal in units of the KPI is one in money if all units are worth the same; otherwise everything is counted in units.
func TestValueOfTheKPI(t *testing.T) {
	s := bought(t)
	plain := planned(t, s, PlanRequest{})
	s.Panel.Revenue = slices.Repeat([]float64{2.5}, 40)
	money := planned(t, s, PlanRequest{})
	require.True(t, money.Money)
	require.InEpsilon(t, 2.5*plain.Best.Gain.Mean, money.Best.Gain.Mean, 1e-3)
	target := plan.Goal{Kind: plan.LeastBudget, Amount: 1.01 * plain.StatusQuo.Value.Mean, Total: true}
	least := planned(t, s, PlanRequest{Goal: target})
	require.InEpsilon(t, 2.5*target.Amount, least.Best.Value.Mean, 1e-3)
	s.Panel.Revenue[3] = 7
	units := planned(t, s, PlanRequest{Goal: target})
	require.False(t, units.Money)
	require.InEpsilon(t, target.Amount, units.Best.Value.Mean, 1e-3)
	require.Contains(t, strings.Join(units.Lines(), "\n"), "everything is counted in units")
}

// A table's exposures are the status quo of the horizon, and the reference period's come after it.
func TestPlannedExposureIsTheStatusQuo(t *testing.T) {
	s := bought(t)
	p := panel.Panel{Regions: s.Panel.Regions, Channels: []string{"tv", "search", "visits"}, Kinds: s.Panel.Kinds}
	for w := range 4 {
		p.Weeks = append(p.Weeks, s.Panel.Axis().Label(w+1))
	}
	for i := range 2 * 4 {
		p.Media = append(p.Media, float64(60+i), float64(40+i), 7)
	}
	table, err := panel.New(p)
	require.NoError(t, err)
	h, err := s.horizon(HorizonRequest{Weeks: 4, Planned: table}, nil)
	require.NoError(t, err)
	require.Equal(t, []float64{60, 40, 7}, h.Panel.Media[20*3:][:3])
	require.Equal(t, s.Panel.Media[16*3:][:3], h.Panel.Media[24*3:][:3])
	_, err = s.horizon(HorizonRequest{Weeks: 5, Planned: table}, nil)
	require.ErrorContains(t, err, "has the weeks 2025-05-26 to 2025-06-16, and the plan those from 2025-05-26 to 2025-06-23")
}
