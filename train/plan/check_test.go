package plan

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestErrorsComeBeforeAnyWork(t *testing.T) {
	none, one := -1.0, 1.0
	valid := Options{Goal: Goal{Kind: MostValue, Amount: 50}}
	for says, change := range map[string]func(p *Problem, o *Options){
		"no draw of a market":                        func(p *Problem, _ *Options) { p.Markets = nil },
		"do not fit into 8 weeks":                    func(p *Problem, _ *Options) { p.Tail = 9 },
		"1 prices are not 2 regions":                 func(p *Problem, _ *Options) { p.Price = p.Price[:1] },
		"1 values of the KPI":                        func(p *Problem, _ *Options) { p.Value = []float64{1} },
		"1 largest exposures seen":                   func(p *Problem, _ *Options) { p.Seen = []float64{1} },
		"market 0 has 48 own parts, not 2 regions":   func(p *Problem, _ *Options) { p.Weeks = p.Weeks[:7]; p.Tail = 1; p.Price = p.Price[:42] },
		"a has the price 0 in r0, week w2":           func(p *Problem, _ *Options) { p.Price[2*3] = 0 },
		"no channel has a price":                     func(p *Problem, _ *Options) { setRoles(p, Follows) },
		`the role "bought" is not free`:              func(p *Problem, _ *Options) { p.Channels[1].Role = "bought" },
		"b: a minimum flight of -1":                  func(p *Problem, _ *Options) { p.Channels[1].MinFlight = -1 },
		`the goal "more" is not one of`:              func(_ *Problem, o *Options) { o.Goal.Kind = "more" },
		"needs an amount, not -1":                    func(_ *Problem, o *Options) { o.Goal.Amount = -1 },
		"a risk of 1 is not a probability":           func(_ *Problem, o *Options) { o.Risk = 1 },
		"bounded by a multiple, at least 0, not NaN": func(_ *Problem, o *Options) { o.Beyond = math.NaN() },
		"x: neither a minimum nor a maximum":         func(_ *Problem, o *Options) { o.Limits = []Limit{{Name: "x"}} },
		"x: -1 is not an amount of spend":            func(_ *Problem, o *Options) { o.Limits = []Limit{{Name: "x", Max: &none}} },
		"x: the week number 1 is not among those that are planned, 2 to 5": func(_ *Problem, o *Options) {
			o.Limits = []Limit{{Name: "x", Max: &one, Weeks: []int{1}}}
		},
	} {
		p, o := problemOf(2, 2, funnel(false)), valid
		change(p, &o)
		_, err := p.Optimise(context.Background(), o)
		require.ErrorContains(t, err, says)
	}
}

func setRoles(p *Problem, role Role) {
	for m := range p.Channels {
		p.Channels[m].Role = role
	}
}

func TestWithoutExposureOrEffectThereIsNothingToPlan(t *testing.T) {
	w := funnel(false)
	clear(w.x)
	_, err := problemOf(2, 2, w).Optimise(context.Background(), Options{Goal: Goal{Kind: MostValue, Amount: 50}})
	require.ErrorContains(t, err, "no channel has exposure in the reference's horizon")
	w = funnel(false)
	for m := range w.curves {
		w.curves[m] = func(float64) (float64, float64) { return 0, 0 }
	}
	_, err = problemOf(2, 2, w).Optimise(context.Background(), Options{Goal: Goal{Kind: MostValue, Amount: 50}})
	require.ErrorContains(t, err, "no channel that can be planned changes the KPI")
}

func TestEvaluateRefusesWhatIsNoSpend(t *testing.T) {
	p := problemOf(2, 2, funnel(false))
	_, err := p.Evaluate("mine", []float64{1})
	require.ErrorContains(t, err, "1 cells of spend are not 2 regions × 4 weeks × 3 channels")
	spend := make([]float64, 24)
	spend[4] = -2
	_, err = p.Evaluate("mine", spend)
	require.ErrorContains(t, err, "mine: b spends -2 in r0, week w3")
}

func TestASearchEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := problemOf(2, 2, funnel(false)).Optimise(ctx, Options{Goal: Goal{Kind: MostValue, Amount: 50}})
	require.ErrorIs(t, err, context.Canceled)
}

func TestAmountsAreWrittenWithThousands(t *testing.T) {
	for x, text := range map[float64]string{0: "0.00", 12.345: "12.35", 999.5: "999.50", 1234567.8: "1,234,568", -1e6: "−1,000,000"} {
		require.Equal(t, text, amount(x))
	}
}
