package money

import (
	"encoding/json"
	"math"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

func made(t *testing.T, p *panel.Panel, byRegion bool, worlds ...*world) *Accounts {
	a, err := accounts(p, byRegion, worlds...)
	require.NoError(t, err)
	return a
}

func sum(x []float64, from, step int) (total float64) {
	for i := from; i < len(x); i += step {
		total += x[i]
	}
	return total
}

// Where sales are linear in exposure and exposure in money, the return is effect ÷ price: on average, of the next 1 %, and at every
// multiple; the response is a line.
func TestReturnsOfALinearWorldAreConstant(t *testing.T) {
	p := shop(1, 20, 3, 1)
	w := &world{effect: []float64{2, 3, 5}, decay: []float64{0, 0.5, 0.9}}
	a := made(t, p, false, w)
	require.False(t, a.Valued)
	for c, got := range a.Channels {
		spend, exposure := sum(p.Spend, c, 3), sum(p.Media, c, 3)
		sold := got.Direct.Value
		if w.decay[c] == 0 {
			require.InEpsilon(t, w.effect[c]*exposure, sold, 1e-12)
		}
		require.InEpsilon(t, spend, got.Spend, 1e-12)
		require.InEpsilon(t, exposure, got.Exposure, 1e-12)
		for _, roi := range []float64{got.ROIDirect.Value, got.ROI.Value, got.Marginal.Value, 1 / got.Cost.Value} {
			require.InEpsilon(t, sold/spend, roi, 1e-9)
		}
		require.InEpsilon(t, sold/exposure, got.PerExposure.Value, 1e-12)
		require.Zero(t, got.Moved.Value)
		for i, point := range a.Responses[c].Points {
			require.InDelta(t, Multiples[i]*sold, point.Total.Value, 1e-9*sold)
			require.InDelta(t, Multiples[i]*spend, point.Spend, 1e-9*spend)
			require.InEpsilon(t, sold/spend, point.Marginal.Value, 1e-9)
		}
	}
}

// Of a Hill curve in steady weeks, the marginal return is the curve's derivative ÷ price, and the response the curve.
func TestMarginalReturnIsTheDerivativeOfTheResponse(t *testing.T) {
	p := shop(1, 12, 1, 1)
	for i := range p.Media {
		p.Media[i], p.Spend[i] = 4, 8
	}
	const k, n = 5.0, 2.0
	hill := func(x float64) float64 { return math.Pow(x, n) / (math.Pow(x, n) + math.Pow(k, n)) }
	slope := func(x float64) float64 {
		return n * math.Pow(k, n) * math.Pow(x, n-1) / math.Pow(math.Pow(x, n)+math.Pow(k, n), 2)
	}
	a := made(t, p, false, &world{effect: []float64{70}, curve: func(_ int, x float64) float64 { return hill(x) }})
	for i, point := range a.Responses[0].Points {
		f := Multiples[i]
		require.InDelta(t, 12*70*hill(4*f), point.Total.Value, 1e-9)
		require.InDelta(t, 70*slope(4*(f+next/2))/2, point.Marginal.Value, 1e-3, "at %g", f)
	}
	require.InDelta(t, 70*slope(4)/2, a.Channels[0].Marginal.Value, 0.02)
	require.Equal(t, 1.0, a.Responses[0].Seen, "every week is the largest")
}

// By amounts, a channel that another moves costs money too: its spend is in the denominator, its sales are in the total.
func TestTotalReturnCountsSpendThatIsMoved(t *testing.T) {
	p := shop(1, 20, 3, 2)
	for i := 2; i < len(p.Media); i += 3 { // search follows both
		p.Media[i] = 6 + 0.3*p.Media[i-2] + 0.2*p.Media[i-1]
		p.Spend[i] = 2 * p.Media[i]
	}
	effect := []float64{2, 3, 5}
	a := made(t, p, false, &world{effect: effect, edges: map[[2]int]float64{{0, 2}: 0.3, {1, 2}: 0.2}})
	for c, weight := range []float64{0.3, 0.2} {
		got, x := a.Channels[c], sum(p.Media, c, 3)
		require.InEpsilon(t, 2*weight*x, got.Moved.Value, 1e-9)
		require.InEpsilon(t, effect[c]*x, got.Direct.Value, 1e-9)
		require.InEpsilon(t, (effect[c]+5*weight)*x, got.Total.Value, 1e-9)
		price := got.Spend / x
		require.InEpsilon(t, effect[c]/price, got.ROIDirect.Value, 1e-9)
		for _, roi := range []float64{got.ROI.Value, got.Marginal.Value, 1 / got.Cost.Value, a.Responses[c].Points[10].Marginal.Value} {
			require.InEpsilon(t, (effect[c]+5*weight)/(price+2*weight), roi, 1e-9)
		}
	}
	// Search without a search planner still has what the others bring it.
	brought := 0.3*sum(p.Media, 0, 3) + 0.2*sum(p.Media, 1, 3)
	require.InEpsilon(t, 5*brought, a.Responses[2].Points[0].Total.Value, 1e-9)
	require.InEpsilon(t, 2*brought, a.Responses[2].Points[0].Spend, 1e-9)
	require.InEpsilon(t, 5*sum(p.Media, 2, 3), a.Responses[2].Points[today].Total.Value, 1e-9)
}

// Where the spend that a channel moves is as uncertain as what it sells through others, the return is less so: each draw has its own
// spend.
func TestReturnOfEachDrawHasItsOwnSpend(t *testing.T) {
	p := shop(1, 20, 2, 2)
	for i := 1; i < len(p.Media); i += 2 {
		p.Media[i] = 6 + 0.5*p.Media[i-1]
		p.Spend[i] = 2 * p.Media[i]
	}
	var worlds []*world
	for k := range 9 {
		worlds = append(worlds, &world{effect: []float64{0, 5}, edges: map[[2]int]float64{{0, 1}: 0.05 * float64(k+1)}})
	}
	effects, parts := effectsOf(p, on(p, worlds))
	var rois []float64
	x, spend := sum(p.Media, 0, 2), sum(p.Spend, 0, 2)
	for k := range 9 {
		w := 0.05 * float64(k+1)
		rois = append(rois, 5*w*x/(spend+2*w*x))
	}
	var markets []model.Market
	for _, w := range worlds {
		markets = append(markets, w)
	}
	a, err := Of(Input{Panel: p, Effects: effects, Parts: parts}, markets)
	require.NoError(t, err)
	got, s, total := a.Channels[0], spreadOf(rois), a.Channels[0].Total
	require.InEpsilon(t, 5*0.25*x/(spend+2*0.25*x), got.ROI.Value, 1e-9)
	draws := make([]float64, 9)
	for k := range draws {
		draws[k] = 5 * 0.05 * float64(k+1) * x
	}
	stretch := (total.Value - total.Low) / spreadOf(draws).below // what an effect's interval has more than the draws
	require.InEpsilon(t, got.ROI.Value-stretch*s.below, got.ROI.Low, 1e-9)
}

// on puts worlds on a panel.
func on(p *panel.Panel, worlds []*world) []*world {
	for _, w := range worlds {
		w.p = p
	}
	return worlds
}

// worldsOf are worlds that differ in their effects, with curves, carry-over and a graph by shares.
func worldsOf(n int) []*world {
	var worlds []*world
	for k := range n {
		f := 1 + 0.4*math.Sin(float64(3*k))
		worlds = append(worlds, &world{
			effect: []float64{20 * f, 30 / f, 50}, decay: []float64{0.3 * f, 0.2, 0.5}, shares: true,
			edges: map[[2]int]float64{{0, 2}: 0.3 * f, {1, 2}: 0.1 / f},
			curve: func(_ int, x float64) float64 { return x / (x + 9*f) },
		})
	}
	return worlds
}

// At 1 a response is the effect, point and interval, whatever the markets say.
func TestResponseIsTheEffectAtItsMultiple(t *testing.T) {
	p, worlds := shop(3, 15, 3, 3), worldsOf(12)
	var markets []model.Market
	for _, w := range worlds {
		w.p = p
		markets = append(markets, w)
	}
	effects, parts := effectsOf(p, worlds)
	for i := range effects {
		effects[i].Value *= 1.1 + 0.1*float64(i%3) // the mean over other draws
	}
	for range p.Target {
		p.Revenue = append(p.Revenue, 4)
	}
	for c := range p.Channels {
		effects[3*c+2].Value = effects[3*c].Value + effects[3*c+1].Value
	}
	a, err := Of(Input{Panel: p, Effects: effects, Parts: parts}, markets)
	require.NoError(t, err)
	for c, got := range a.Channels {
		points := a.Responses[c].Points
		for kind, pair := range map[int][2]Figure{0: {got.Direct, points[today].Direct}, 2: {got.Total, points[today].Total}} {
			e := effects[3*c+kind]
			for _, f := range pair {
				require.Equal(t, Figure{e.Value, *e.Low, *e.High}, f)
			}
		}
		require.Equal(t, 0.0, math.Abs(points[0].Total.Value), "no exposure sells nothing")
		for i, point := range points[1:] {
			require.Greater(t, point.Total.Value, points[i].Total.Value)
			require.Less(t, point.Total.Low, point.Total.Value)
			require.Greater(t, point.Total.High, point.Total.Value)
			require.LessOrEqual(t, point.Marginal.Low, point.Marginal.Value)
			require.InEpsilon(t, 4*point.Total.Value, point.TotalValue.Value, 1e-9)
			require.InEpsilon(t, 4*point.Total.Low, point.TotalValue.Low, 1e-9)
		}
		require.InDelta(t, got.Marginal.Value, (points[today+1].TotalValue.Value-points[today-1].TotalValue.Value)/
			(points[today+1].Spend+points[today+1].Moved-points[today-1].Spend-points[today-1].Moved), 0.1*got.Marginal.Value)
		require.Equal(t, got.Marginal, points[today].Marginal)
	}
}

// Without moved spend the return is the contribution ÷ spend, interval and all; money is the KPI × what a unit is worth.
func TestReturnsFollowFromContributionAndSpend(t *testing.T) {
	p, worlds := shop(2, 15, 3, 4), worldsOf(12)
	p.Revenue = make([]float64, 30)
	for i := range p.Revenue {
		p.Revenue[i] = 12.5
	}
	a := made(t, p, false, worlds...)
	require.True(t, a.Valued)
	last := a.Channels[2] // moves nothing
	near := func(want, got Figure) {
		t.Helper()
		for _, pair := range [][2]float64{{want.Value, got.Value}, {want.Low, got.Low}, {want.High, got.High}} {
			require.InEpsilon(t, pair[0], pair[1], 1e-9)
		}
	}
	near(last.Total.over(last.Spend/12.5), last.ROI)
	near(last.Direct.over(last.Spend/12.5), last.ROIDirect)
	near(Figure{last.Spend / last.Total.Value, last.Spend / last.Total.High, last.Spend / last.Total.Low}, last.Cost)
	spend, effect := 0.0, 0.0
	for _, c := range a.Channels {
		spend, effect = spend+c.SpendShare, effect+c.EffectShare.Value
		near(Figure{12.5 * c.Total.Value, 12.5 * c.Total.Low, 12.5 * c.Total.High}, c.TotalValue)
	}
	require.InDelta(t, 1, spend, 1e-12)
	require.InDelta(t, 1, effect, 1e-12)
}

// Regions add up to the nation, in the KPI and in money that is worth more in some weeks than in others.
func TestRegionsAddUpToTheNation(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p, worlds := shop(3, 12, 3, rapid.Uint64Range(1, 50).Draw(rt, "seed")), worldsOf(5)
		p.Revenue = make([]float64, 36)
		for i := range p.Revenue {
			p.Revenue[i] = 1 + float64(i%5)
		}
		a, err := accounts(p, true, worlds...)
		require.NoError(rt, err)
		require.Len(rt, a.Regions, 3)
		for c, nation := range a.Channels {
			var sums [6]float64
			for _, region := range a.Regions {
				here := region[c]
				for i, x := range []float64{here.Direct.Value, here.Total.Value, here.DirectValue.Value, here.TotalValue.Value, here.Spend, here.Moved.Value} {
					sums[i] += x
				}
			}
			for i, x := range []float64{nation.Direct.Value, nation.Total.Value, nation.DirectValue.Value, nation.TotalValue.Value, nation.Spend, nation.Moved.Value} {
				require.InDelta(rt, x, sums[i], 1e-9*math.Abs(x)+1e-12, "%d of channel %d", i, c)
			}
		}
	})
}

// A region-week without a row costs what the model's exposure there costs; a channel without a spend, or one that nobody buys, has
// contributions and no return.
func TestSpendOfWhatIsNotBoughtOrNotRecorded(t *testing.T) {
	p := shop(2, 10, 3, 5)
	p.Missing = make([]bool, 20)
	p.Missing[4] = true
	p.Media[4*3] = 8 // what the model fills in
	p.Spend[4*3] = 0
	p.Kinds = []panel.ChannelKind{panel.Paid, panel.Mediator, panel.Organic}
	p.SpendOf[2] = -1
	a := made(t, p, true, &world{effect: []float64{2, 3, 5}})
	recorded, bought := 0.0, 0.0
	for cell := range 10 {
		if cell != 4 {
			recorded, bought = recorded+p.Spend[cell*3], bought+p.Media[cell*3]
		}
	}
	require.InEpsilon(t, recorded*(1+8/bought), a.Regions[0][0].Spend, 1e-12)
	require.True(t, a.Channels[0].Priced)
	for _, c := range a.Channels[1:] {
		require.False(t, c.Priced)
		require.Zero(t, c.Spend)
		require.True(t, c.Total.Exists())
		for _, f := range []Figure{c.ROIDirect, c.ROI, c.Marginal, c.Cost, c.EffectShare} {
			require.False(t, f.Exists())
		}
	}
	require.Equal(t, 1.0, a.Channels[0].SpendShare)
}

// Channels that reach nothing in common share runs; a market in which all depend on all shares none, and says the same.
func TestRunsAreShared(t *testing.T) {
	edges := map[[2]int]float64{{0, 2}: 0.3, {1, 2}: 0.1}
	saturating := func(_ int, x float64) float64 { return x / (x + 4) }
	own, others := 2*len(Multiples)-1, len(Multiples)+1 // 1 needs no run, 0 is the run without the channels
	for want, w := range map[int]*world{
		1 + own:            {effect: []float64{2, 3, 5}, shares: true},
		1 + own + 2*others: {effect: []float64{2, 3, 5}, shares: true, edges: edges, curve: saturating},
	} {
		p := shop(1, 12, 3, 6)
		w.p = p
		effects, parts := effectsOf(p, []*world{w})
		in := Input{Panel: p, Effects: effects, Parts: parts}
		w.runs = 0
		shared, err := Of(in, []model.Market{w})
		require.NoError(t, err)
		require.Equal(t, 1+want, w.runs, "and one for the prices")
		w.together = func(_ int, sold float64, _ []float64) float64 { return sold }
		alone, err := Of(in, []model.Market{w})
		require.NoError(t, err)
		for c := range shared.Channels {
			require.InEpsilon(t, alone.Channels[c].Marginal.Value, shared.Channels[c].Marginal.Value, 1e-9)
			for i, point := range shared.Responses[c].Points {
				require.InEpsilon(t, alone.Responses[c].Points[i].Marginal.Value, point.Marginal.Value, 1.5e-2, "what others sell next to %g is interpolated", point.Multiple)
			}
		}
	}
}

// What sells less beside another is counted: the total of one is what all would lose.
func TestSynergyIsPartOfTheTotal(t *testing.T) {
	p := shop(1, 12, 2, 7)
	w := &world{effect: []float64{2, 3}, together: func(c int, sold float64, x []float64) float64 { return sold * (1 + 0.1*x[1-c]) }}
	a := made(t, p, false, w)
	both := 0.0
	for cell := range 12 {
		both += p.Media[cell*2] * p.Media[cell*2+1]
	}
	x := sum(p.Media, 0, 2)
	require.InEpsilon(t, 2*x+0.1*2*both, a.Channels[0].Direct.Value, 1e-9)
	require.InEpsilon(t, 2*x+0.1*5*both, a.Channels[0].Total.Value, 1e-9)
	require.InEpsilon(t, 1.5*a.Channels[0].Total.Value, a.Responses[0].Points[6].Total.Value, 1e-9)
}

// Weeks of 1 to 10, each once, have seen 10 ÷ 9.1 of what they are: then nine of ten are at most 10. Of the half that parents bring
// nothing grows, so that the own half can grow twice as far.
func TestRangeThatWasSeen(t *testing.T) {
	p := shop(1, 10, 2, 8)
	for week := range 10 {
		p.Media[2*week], p.Media[2*week+1] = float64(week+1), float64(week+1)
	}
	a := made(t, p, false, &world{effect: []float64{2, 3}, edges: map[[2]int]float64{{0, 1}: 0.5}})
	require.InEpsilon(t, 10/9.1, a.Responses[0].Seen, 1e-12)
	require.InEpsilon(t, 1+2*(10/9.1-1), a.Responses[1].Seen, 1e-12)
}

// A channel that was never on has no contribution and no return, and spoils no other's.
func TestChannelThatWasNeverOn(t *testing.T) {
	p := shop(1, 12, 2, 8)
	for i := 0; i < len(p.Media); i += 2 {
		p.Media[i], p.Spend[i] = 0, 0
	}
	a := made(t, p, true, &world{effect: []float64{2, 3}})
	require.False(t, a.Channels[0].Priced)
	require.Zero(t, a.Channels[0].Total.Value)
	require.Zero(t, a.Responses[0].Seen)
	require.InEpsilon(t, 3*sum(p.Media, 1, 2)/sum(p.Spend, 1, 2), a.Channels[1].ROI.Value, 1e-9)
}

func TestAccountsDoNotDependOnTheCores(t *testing.T) {
	many := made(t, shop(2, 12, 3, 9), true, worldsOf(6)...)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	one := made(t, shop(2, 12, 3, 9), true, worldsOf(6)...)
	a, err := json.Marshal(many)
	require.NoError(t, err)
	b, err := json.Marshal(one)
	require.NoError(t, err)
	require.Equal(t, string(a), string(b))
	var again Accounts
	require.NoError(t, json.Unmarshal(a, &again))
	c, err := json.Marshal(again)
	require.NoError(t, err)
	require.Equal(t, string(a), string(c))
}

func TestInputIsChecked(t *testing.T) {
	p := shop(1, 12, 2, 8)
	_, err := Of(Input{Panel: p}, nil)
	require.ErrorContains(t, err, "no markets")
	_, err = Of(Input{Panel: p}, []model.Market{&world{p: p}})
	require.ErrorContains(t, err, "0 effects of 2 channels, not 6")
	w := &world{p: p, effect: []float64{math.Inf(1), 3}}
	effects, parts := effectsOf(p, []*world{{p: p, effect: []float64{2, 3}}})
	_, err = Of(Input{Panel: p, Effects: effects, Parts: parts}, []model.Market{w})
	require.ErrorContains(t, err, "money: what tv sells at 0 times its exposure is not finite")
}
