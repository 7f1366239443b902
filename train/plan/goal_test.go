package plan

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// funnel is a market in which a moves b, which sells best.
func funnel(byAmount bool) *world {
	w := &world{R: 2, T: 8, M: 3, byAmount: byAmount, decay: []float64{0.4, 0.1, 0.2}, edges: []edge{{0, 1, 0, 0.25}, {0, 1, 1, 0.1}},
		curves: []curve{hill(6, 6, 1), hill(30, 9, 1), hill(12, 5, 1)}}
	for i := range w.R * w.T * w.M {
		w.x = append(w.x, []float64{4, 3, 2}[i%3]*(1+0.3*math.Sin(float64(i))))
	}
	return w
}

// shifted are draws of a funnel whose strengths differ.
func shifted(draws int, byAmount bool) []*world {
	var out []*world
	for d := range draws {
		w, by := funnel(byAmount), 1+0.3*math.Sin(float64(3*d))
		w.curves = []curve{hill(6*by, 6, 1), hill(30/by, 9, 1), hill(12*by*by, 5, 1)}
		out = append(out, w)
	}
	return out
}

func reference(t *testing.T, p *Problem) *ledger {
	l, err := p.open()
	require.NoError(t, err)
	return l
}

func TestMarginalROIsOfFreeChannelsAgree(t *testing.T) {
	for _, byAmount := range []bool{false, true} {
		for _, at := range []Resolution{{}, {ByWeek: true}, {ByRegion: true}, {ByWeek: true, ByRegion: true}} {
			p := wide(problemOf(2, 2, shifted(5, byAmount)...), 0.05, 6)
			budget := 1.2 * reference(t, p).cost(reference(t, p).reference, p.Horizon)
			r := optimise(t, p, Options{Goal: Goal{Kind: MostValue, Amount: budget}, Resolution: at})
			require.InEpsilon(t, budget, r.Plan.Spend, 1e-4)
			for _, c := range r.Plan.Channels {
				require.Empty(t, c.AtBound)
				require.InEpsilon(t, r.Binding[0].Shadow, c.MarginalTotal, 1e-3, "%s at %+v", c.Name, at)
			}
			require.GreaterOrEqual(t, r.Plan.Gain.Mean, r.DirectOnly.Gain.Mean-1e-4, "what the graph knows is worth something")
			require.InEpsilon(t, budget, r.DirectOnly.Spend, 1e-4)
		}
	}
}

func TestFinerResolutionIsNoWorse(t *testing.T) {
	p := problemOf(2, 2, shifted(3, false)...)
	budget := 1.1 * reference(t, p).cost(reference(t, p).reference, p.Horizon)
	gain := func(at Resolution) float64 {
		return optimise(t, p, Options{Goal: Goal{Kind: MostValue, Amount: budget}, Resolution: at}).Plan.Gain.Mean
	}
	whole, weeks, regions, both := gain(Resolution{}), gain(Resolution{ByWeek: true}), gain(Resolution{ByRegion: true}), gain(Resolution{ByWeek: true, ByRegion: true})
	require.GreaterOrEqual(t, weeks, whole-1e-6)
	require.GreaterOrEqual(t, regions, whole-1e-6)
	require.GreaterOrEqual(t, both, max(weeks, regions)-1e-6)
}

func TestLikeChannelsShareTheBudgetEqually(t *testing.T) {
	w := &world{R: 1, T: 4, M: 4, x: panelOf(4, 1, 2, 3, 4), decay: slices.Repeat([]float64{0.5}, 4), curves: slices.Repeat([]curve{hill(3, 4, 1)}, 4)}
	r := optimise(t, wide(problemOf(0, 0, w), 0, 20), Options{Goal: Goal{Kind: MostValue, Amount: 48}})
	for _, spend := range spends(r.Plan) {
		require.InDelta(t, 12, spend, 0.02)
	}
}

func TestHillChannelsFollowTheirClosedForm(t *testing.T) {
	// Without carry-over, β·x/(x+k) has the slope βk/(x+k)²: x_m + k_m is in proportion to √(β_m·k_m).
	beta, half := []float64{2, 5, 9}, []float64{1, 3, 2}
	w := &world{R: 1, T: 2, M: 3, x: panelOf(2, 1, 1, 1), decay: make([]float64, 3)}
	roots, halves := 0.0, 0.0
	for m := range beta {
		w.curves = append(w.curves, hill(beta[m], half[m], 1))
		roots += math.Sqrt(beta[m] * half[m])
		halves += half[m]
	}
	r := optimise(t, wide(problemOf(0, 0, w), 0, 20), Options{Goal: Goal{Kind: MostValue, Amount: 2 * 9}})
	for m, spend := range spends(r.Plan) {
		require.InDelta(t, 2*((9+halves)*math.Sqrt(beta[m]*half[m])/roots-half[m]), spend, 0.01)
	}
}

func TestThreeChannelsAgainstAGrid(t *testing.T) {
	p := problemOf(2, 2, shifted(3, true)...)
	l := reference(t, p)
	budget := l.cost(l.reference, p.Horizon)
	r := optimise(t, p, Options{Goal: Goal{Kind: MostValue, Amount: budget}})
	s, best := newSpace(l, Resolution{}, math.Inf(1)), math.Inf(-1)
	const steps = 60
	for a := range steps + 1 {
		for b := range steps + 1 {
			f := []float64{0.5 + float64(a)/steps, 0.5 + float64(b)/steps, 0}
			// Spend is linear in the last multiple.
			s.fill(f)
			require.NoError(t, l.run(nil))
			f[2] = (budget - l.spend()) / s.weight[2]
			if f[2] < 0.5 || f[2] > 1.5 {
				continue
			}
			s.fill(f)
			require.NoError(t, l.run(nil))
			best = max(best, mean(l.gain))
		}
	}
	require.GreaterOrEqual(t, r.Plan.Gain.Mean, best-1e-6)
	require.InDelta(t, best, r.Plan.Gain.Mean, 0.02*math.Abs(best), "the grid is fine enough to come near")
}

func TestTwentyStartsEndInOnePlanWhereCurvesAreConcave(t *testing.T) {
	p := problemOf(2, 2, shifted(4, false)...)
	budget := 1.1 * reference(t, p).cost(reference(t, p).reference, p.Horizon)
	r := optimise(t, p, Options{Goal: Goal{Kind: MostValue, Amount: budget}, Starts: 20})
	require.Len(t, r.Starts, 20)
	for _, s := range r.Starts {
		require.True(t, s.Feasible, s.Name)
		require.Less(t, s.Distance, sameplan, s.Name)
	}
	require.Empty(t, r.Notes)
}

func TestSCurvesTakeTheBestOfTheirStarts(t *testing.T) {
	// The budget pays for one of two S-shaped curves, of which b is the better; the status quo is at neither.
	w := &world{R: 1, T: 2, M: 2, x: panelOf(2, 4, 2), decay: make([]float64, 2), curves: []curve{hill(10, 5, 6), hill(13, 5, 6)}}
	r := optimise(t, wide(problemOf(0, 0, w), 0, 5), Options{Goal: Goal{Kind: MostValue, Amount: 14}, Starts: 8})
	require.Greater(t, r.Plan.Channels[1].Spend, 13.0)
	require.Contains(t, strings.Join(r.Notes, "\n"), "starts ended in another plan")
	best := math.Inf(-1)
	for _, s := range r.Starts {
		best = max(best, s.Objective)
	}
	require.InEpsilon(t, best, r.Plan.Gain.Mean, 1e-3)
}

func TestShadowPricesAreTheSlopesOfTheOptimum(t *testing.T) {
	solve := func(change func(p *Problem, o *Options)) *Result {
		p := problemOf(2, 2, shifted(3, false)...)
		l := reference(t, p)
		p.Channels[1].Range = &[2]float64{0.8, 1.2}
		most, least := 45.0, 1.05
		o := Options{Goal: Goal{Kind: MostValue, Amount: 1.1 * l.cost(l.reference, p.Horizon)}, Limits: []Limit{
			{Name: "a and b", Channels: []int{0, 1}, Max: &most}, {Name: "c early", Channels: []int{2}, Weeks: []int{2, 3}, Min: &least, Relative: true}}}
		change(p, &o)
		return optimise(t, p, o)
	}
	at := solve(func(*Problem, *Options) {})
	require.NotEmpty(t, at.Binding)
	for _, b := range at.Binding {
		const h = 0.05
		change := func(by float64) float64 {
			return solve(func(p *Problem, o *Options) {
				switch {
				case b.Constraint == "budget":
					o.Goal.Amount += by
				case strings.HasPrefix(b.Constraint, "a and b"):
					most := *o.Limits[0].Max + by
					o.Limits[0].Max = &most
				case strings.HasPrefix(b.Constraint, "c early"):
					l := reference(t, p)
					least := *o.Limits[1].Min + by/l.by(o.Limits[1])
					o.Limits[1].Min = &least
				default:
					l := reference(t, p)
					s := newSpace(l, Resolution{}, 9)
					for m, c := range p.Channels {
						if strings.HasPrefix(b.Constraint, c.Name+": at most") {
							lo, hi := c.span()
							p.Channels[m].Range = &[2]float64{lo, hi + by/s.weight[m]}
						}
						if strings.HasPrefix(b.Constraint, c.Name+": at least") {
							lo, hi := c.span()
							p.Channels[m].Range = &[2]float64{lo + by/s.weight[m], hi}
						}
					}
				}
			}).Plan.Gain.Mean
		}
		require.InDelta(t, (change(h)-change(-h))/(2*h), b.Shadow, 0.02*math.Abs(b.Shadow)+2e-3, b.Constraint)
		if strings.Contains(b.Constraint, "at least") {
			require.Negative(t, b.Shadow, b.Constraint)
		} else {
			require.Positive(t, b.Shadow, b.Constraint)
		}
	}
}

func TestLeastBudgetIsTheInverseOfMostValue(t *testing.T) {
	p := problemOf(2, 2, shifted(4, false)...)
	l := reference(t, p)
	budget := 1.15 * l.cost(l.reference, p.Horizon)
	most := optimise(t, p, Options{Goal: Goal{Kind: MostValue, Amount: budget}})
	least := optimise(t, p, Options{Goal: Goal{Kind: LeastBudget, Amount: most.Plan.Gain.Mean}})
	require.InEpsilon(t, budget, least.Plan.Spend, 1e-4)
	require.InDeltaSlice(t, spends(most.Plan), spends(least.Plan), 0.01*budget)
	total := optimise(t, p, Options{Goal: Goal{Kind: LeastBudget, Amount: most.Plan.Value.Mean, Total: true}})
	require.InEpsilon(t, budget, total.Plan.Spend, 1e-4)
	require.InEpsilon(t, -1/most.Binding[0].Shadow, least.Binding[0].Shadow, 5e-3, "a unit of value costs the inverse of what a unit of budget brings")
}

func TestAllMoneyWithAMarginalROI(t *testing.T) {
	p := wide(problemOf(2, 2, shifted(4, true)...), 0, 30)
	r := optimise(t, p, Options{Goal: Goal{Kind: MarginalROI, Amount: 0.3}})
	for _, c := range r.Plan.Channels {
		require.InEpsilon(t, 0.3, c.MarginalTotal, 1e-3, c.Name)
	}
}

func TestAllMoneyWithATotalROI(t *testing.T) {
	p := wide(problemOf(2, 2, shifted(4, false)...), 0, 30)
	today, err := p.StatusQuo()
	require.NoError(t, err)
	r := optimise(t, p, Options{Goal: Goal{Kind: TotalROI, Amount: 0.8 * today.ROI.Mean}})
	require.InEpsilon(t, 0.8*today.ROI.Mean, r.Plan.ROI.Mean, 1e-3)
	require.Greater(t, r.Plan.Spend, today.Spend)
}

func TestTheBudgetPaysForWhatIsMoved(t *testing.T) {
	for _, byAmount := range []bool{false, true} {
		p := problemOf(2, 2, funnel(byAmount))
		l := reference(t, p)
		budget := l.cost(l.reference, p.Horizon)
		r := optimise(t, p, Options{Goal: Goal{Kind: MostValue, Amount: budget}})
		require.InEpsilon(t, budget, r.Plan.Spend, 1e-4)
		b := r.Plan.Channels[1]
		require.InDelta(t, b.Spend, b.OwnSpend+b.MovedSpend, 1e-9)
		require.Greater(t, math.Abs(b.MovedSpend), 1e-3)
		total := 0.0
		for _, c := range r.Plan.Channels {
			total += c.Spend
		}
		require.InDelta(t, total, r.Plan.Spend, 1e-9)
	}
}

func TestChannelsThatFollowCostNothingAndHeldOnesDoNotMove(t *testing.T) {
	p := problemOf(2, 2, funnel(false))
	p.Channels[1].Role = Follows
	r := optimise(t, p, Options{Goal: Goal{Kind: MostValue, Amount: 1e3}})
	require.Zero(t, r.Plan.Channels[1].Spend)
	require.Greater(t, r.Plan.Channels[1].Exposure, r.StatusQuo.Channels[1].Exposure, "it follows a")
	p.Channels[1].Role = Held
	r = optimise(t, p, Options{Goal: Goal{Kind: MostValue, Amount: 1e3}})
	require.InDelta(t, r.StatusQuo.Channels[1].Exposure, r.Plan.Channels[1].Exposure, 1e-9)
	require.Equal(t, "fixed", r.Plan.Channels[1].AtBound)
}

func TestExposureStaysWithinWhatWasSeen(t *testing.T) {
	w := funnel(false)
	w.edges = nil
	p := wide(problemOf(2, 2, w), 0, 100)
	for _, at := range []Resolution{{}, {ByWeek: true, ByRegion: true}} {
		r := optimise(t, p, Options{Goal: Goal{Kind: MostValue, Amount: 1e6}, Resolution: at, Beyond: 1.25})
		l := reference(t, p)
		for k, x := range r.Plan.CellExposure {
			require.LessOrEqual(t, x, 1.25*l.seen[k/(4*3)*3+k%3]*(1+1e-9))
		}
		require.NotEmpty(t, r.Plan.Beyond)
		require.Equal(t, "max", r.Plan.Channels[0].AtBound)
		require.Contains(t, r.Binding[0].Constraint, "1.25 × the largest seen")
		require.Positive(t, r.Binding[0].Shadow)
	}
}

func TestWeeksWithoutExposureCanBePlanned(t *testing.T) {
	w := funnel(false)
	for i := range w.x {
		if i%3 == 2 && i/3%8 == 4 {
			w.x[i] = 0 // c is off in the week 4
		}
	}
	r := optimise(t, problemOf(2, 2, w), Options{Goal: Goal{Kind: MostValue, Amount: 1e3}, Resolution: Resolution{ByWeek: true}})
	require.Positive(t, r.Plan.CellExposure[2*3+2])
	off := problemOf(2, 2, w)
	for i := range w.x {
		if i%3 == 2 {
			w.x[i] = 0
		}
	}
	w.planned = nil
	r = optimise(t, off, Options{Goal: Goal{Kind: MostValue, Amount: 1e3}})
	require.Contains(t, r.Notes[0], "c has no exposure in the reference's horizon")
}

func TestMinimumFlights(t *testing.T) {
	p := wide(problemOf(2, 2, funnel(false)), 0.2, 2)
	p.Channels[2].MinFlight = 12
	l := reference(t, p)
	r := optimise(t, p, Options{Goal: Goal{Kind: MostValue, Amount: l.cost(l.reference, p.Horizon)}, Resolution: Resolution{ByWeek: true}})
	on := 0
	for week := range 4 {
		spend := r.Plan.CellSpend[week*3+2] + r.Plan.CellSpend[(4+week)*3+2]
		if spend != 0 {
			on++
			require.GreaterOrEqual(t, spend, 12*(1-1e-4))
		}
	}
	require.Positive(t, on)
	require.Less(t, on, 4)
	require.Contains(t, strings.Join(r.Notes, "\n"), "another choice of weeks may be better")
}

func TestInfeasibleConstraintsSayWhatToChange(t *testing.T) {
	ten, lots := 10.0, 500.0
	for name, c := range map[string]struct {
		options Options
		change  func(*Problem)
		says    string
	}{
		"budget": {Options{Goal: Goal{Kind: MostValue, Amount: 5}}, nil, "a budget of 5.00 is below the sum of minima, "},
		"group":  {Options{Goal: Goal{Kind: MostValue, Amount: 90}, Limits: []Limit{{Name: "a + b", Channels: []int{0, 1}, Max: &ten}}}, nil, "a + b: at most 10.00 is below the sum of its channels' minima"},
		"maxima": {Options{Goal: Goal{Kind: MostValue, Amount: 90}, Limits: []Limit{{Name: "a + b", Channels: []int{0, 1}, Min: &lots}}}, nil, "a + b: at least 500.00 is above the sum of its channels' maxima"},
		"order":  {Options{Goal: Goal{Kind: MostValue, Amount: 90}, Limits: []Limit{{Name: "a", Min: &lots, Max: &ten}}}, nil, "a: the minimum 500.00 is above the maximum 10.00"},
		"gain":   {Options{Goal: Goal{Kind: LeastBudget, Amount: 1e6}}, nil, "a gain of 1,000,000 cannot be reached: within these constraints it is at most about"},
		"roi":    {Options{Goal: Goal{Kind: TotalROI, Amount: 50}}, nil, "no plan within these constraints returns 50 of all spend"},
		"range":  {Options{Goal: Goal{Kind: MostValue, Amount: 90}}, func(p *Problem) { p.Channels[0].Range = &[2]float64{2, 1} }, "a: a range of 2 to 1"},
		"seen":   {Options{Goal: Goal{Kind: MostValue, Amount: 900}, Beyond: 1.1}, func(p *Problem) { p.Channels[0].Range = &[2]float64{3, 4} }, "a: at least 3 × the reference is more exposure than 1.1 × the largest seen"},
		"floors": {Options{Goal: Goal{Kind: MostValue, Amount: 40}, Limits: []Limit{{Name: "c", Channels: []int{2}, Min: &[]float64{20}[0]},
			{Name: "a", Channels: []int{0}, Min: &[]float64{38}[0]}}}, func(p *Problem) { wide(p, 0, 5) }, "a budget of 40.00 is below the sum of minima, 56.79 (a 38.00, c 20.00)"},
		"between": {Options{Goal: Goal{Kind: MostValue, Amount: 400}, Limits: []Limit{{Name: "first", Channels: []int{0, 1}, Min: &[]float64{90}[0]},
			{Name: "last", Channels: []int{0, 1, 2}, Max: &[]float64{70}[0]}}}, func(p *Problem) { wide(p, 0, 5) }, "these cannot be met together"},
	} {
		t.Run(name, func(t *testing.T) {
			p := problemOf(2, 2, funnel(false))
			if c.change != nil {
				c.change(p)
			}
			if c.options.Beyond == 0 {
				c.options.Beyond = math.Inf(1)
			}
			_, err := p.Optimise(context.Background(), c.options)
			var infeasible *Infeasible
			require.True(t, errors.As(err, &infeasible), "%v", err)
			require.Contains(t, err.Error(), c.says)
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestEvaluateFindsThePlanAgain(t *testing.T) {
	for _, byAmount := range []bool{false, true} {
		p := problemOf(2, 2, shifted(3, byAmount)...)
		l := reference(t, p)
		today, err := p.StatusQuo()
		require.NoError(t, err)
		again, err := p.Evaluate("again", today.CellSpend)
		require.NoError(t, err)
		require.InDelta(t, 0, again.Gain.Mean, 1e-9)
		require.InDelta(t, l.cost(l.reference, p.Horizon), again.Spend, 1e-9)

		mine := slices.Clone(today.CellSpend)
		for k := range mine {
			mine[k] *= 0.8 + 0.1*float64(k%5)
		}
		v, err := p.Evaluate("mine", mine)
		require.NoError(t, err)
		require.Empty(t, v.Notes)
		require.InDeltaSlice(t, mine, v.CellSpend, 1e-9)

		for k := range mine {
			if k%3 == 1 {
				mine[k] = 0 // less than a brings
			}
			if k%3 == 0 {
				mine[k] *= 3
			}
		}
		v, err = p.Evaluate("too little", mine)
		require.NoError(t, err)
		require.Contains(t, v.Notes[0], "b: what other channels bring exceeds its spend in 8 of 8 cells")
		require.Zero(t, v.Channels[1].OwnSpend)
		require.Positive(t, v.Channels[1].Spend)
	}
}

func TestRiskRaisesTheQuantileOfTheGain(t *testing.T) {
	p := wide(problemOf(2, 2, shifted(9, false)...), 0, 4)
	l := reference(t, p)
	o := Options{Goal: Goal{Kind: MostValue, Amount: l.cost(l.reference, p.Horizon)}}
	ordinary := optimise(t, p, o)
	o.Risk = 0.1
	careful := optimise(t, p, o)
	weight := make([]float64, 9)
	require.Greater(t, aggregate(careful.Plan.Gain.Draws, 0.1, weight), aggregate(ordinary.Plan.Gain.Draws, 0.1, weight))
	require.Less(t, careful.Plan.Gain.Mean, ordinary.Plan.Gain.Mean)
}

func TestHarrellDavisOfManyDrawsIsTheQuantile(t *testing.T) {
	draws, weight := make([]float64, 999), make([]float64, 999)
	for d := range draws {
		draws[d] = float64((d*7)%999+1) / 1000
	}
	for _, q := range []float64{0.1, 0.5, 0.8} {
		require.InDelta(t, q, aggregate(draws, q, weight), 1e-3)
		require.InDelta(t, 1, mean(weight)*999, 1e-9)
	}
}

func TestTheGraphsPartOfTheGain(t *testing.T) {
	p := problemOf(2, 2, funnel(false))
	p.Channels[1].Range, p.Channels[2].Range = &[2]float64{1, 1}, &[2]float64{1, 1}
	l := reference(t, p)
	o := Options{Goal: Goal{Kind: MostValue, Amount: 1.2 * l.cost(l.reference, p.Horizon)}}
	r := optimise(t, p, o)
	require.Less(t, r.CutGain.Mean, r.Plan.Gain.Mean, "a, which moves b, was raised")
	alone := funnel(false)
	alone.edges = nil
	r = optimise(t, problemOf(2, 2, alone), o)
	require.Nil(t, r.DirectOnly)
	require.InDelta(t, r.Plan.Gain.Mean, r.CutGain.Mean, 1e-9)
}

func TestAnyNumberOfCoresGivesTheSameBytes(t *testing.T) {
	solve := func() *Result {
		p := problemOf(2, 2, shifted(5, false)...)
		return optimise(t, p, Options{Goal: Goal{Kind: MostValue, Amount: 120}, Resolution: Resolution{ByWeek: true, ByRegion: true}})
	}
	many := solve()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	require.Equal(t, many, solve())
}

// Where draws differ in what a channel moves, its multiple has no certain cost.
func TestUncertainSpendIsSaid(t *testing.T) {
	for _, byAmount := range []bool{false, true} {
		worlds := []*world{funnel(byAmount), funnel(byAmount)}
		own := []float64{1.5, 1, 1}
		spendOf := func(worlds ...*world) (string, []float64) {
			l := reference(t, problemOf(2, 2, worlds...))
			for d := range l.D {
				copy(l.own[d], l.planned[d])
				l.eachPlanned(func(i int) { l.own[d][i] *= own[i%l.M] })
			}
			v, err := l.value("mine")
			require.NoError(t, err)
			var spends []float64
			for d, market := range l.Markets {
				require.NoError(t, market.Run(l.own[d], l.held))
				spends = append(spends, l.cost(market.Exposure(), l.counted)-l.tailSpend)
			}
			return strings.Join(v.Notes, "; "), spends
		}
		note, spends := spendOf(worlds...)
		require.Empty(t, note)
		require.InEpsilon(t, spends[0], spends[1], 1e-12)
		worlds[1].edges, worlds[1].planned = nil, nil
		note, spends = spendOf(worlds...)
		require.Greater(t, spends[0]/spends[1], 1.02, "a, which moves others, was raised")
		require.Contains(t, note, "what channels move is uncertain")
	}
}
