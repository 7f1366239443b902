package notice_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"deepcausalmmm/panel"
	"deepcausalmmm/panel/notice"
)

// world is a panel under construction. Columns are functions of region and week.
type world struct {
	regions, weeks int
	rng            *rand.Rand
	panel          panel.Panel
	columns        [][]float64 // of channels, [R·T]
}

func newWorld(regions, weeks int, seed uint64) *world {
	w := &world{regions: regions, weeks: weeks, rng: rand.New(rand.NewPCG(seed, 1))}
	for r := range regions {
		w.panel.Regions = append(w.panel.Regions, fmt.Sprintf("r%02d", r))
	}
	for t := range weeks {
		w.panel.Weeks = append(w.panel.Weeks, time.Date(2022, 1, 3+7*t, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
	}
	w.panel.Target = w.cells(func(int, int) float64 { return 1000 * math.Exp(0.1*w.rng.NormFloat64()) })
	return w
}

func (w *world) cells(of func(r, t int) float64) (x []float64) {
	for r := range w.regions {
		for t := range w.weeks {
			x = append(x, of(r, t))
		}
	}
	return x
}

func (w *world) channel(name string, of func(r, t int) float64) []float64 {
	x := w.cells(of)
	w.panel.Channels, w.columns = append(w.panel.Channels, name), append(w.columns, x)
	return x
}

// usual is exposure of its own in every region, within a factor of e of its median: chance does not draw an outlier.
func (w *world) usual(int, int) float64 {
	return 100 * math.Exp(0.4*min(max(w.rng.NormFloat64(), -2.5), 2.5))
}

// interleave lays out columns [R·T] as [R·T, columns].
func interleave(columns [][]float64) []float64 {
	var x []float64
	for cell := range columns[0] {
		for _, column := range columns {
			x = append(x, column[cell])
		}
	}
	return x
}

func (w *world) make(t require.TestingT) *panel.Panel {
	p := w.panel
	p.Media = interleave(w.columns)
	made, err := panel.New(p)
	require.NoError(t, err)
	return made
}

// pay pairs the channels with spend.
func (w *world) pay(columns map[string][]float64) {
	var spend [][]float64
	for _, name := range w.panel.Channels {
		at := -1
		if column, ok := columns[name]; ok {
			at = len(spend)
			spend = append(spend, column)
			w.panel.SpendNames = append(w.panel.SpendNames, name+"_cost")
		}
		w.panel.SpendOf = append(w.panel.SpendOf, at)
	}
	w.panel.Spend = interleave(spend)
}

func (w *world) notices(t require.TestingT, train int) map[notice.Kind]notice.Notice {
	found := map[notice.Kind]notice.Notice{}
	last := math.Inf(1)
	for _, n := range notice.Of(w.make(t), panel.Span{From: 0, To: train}) {
		require.NotContains(t, found, n.Kind, "a kind has one line")
		require.LessOrEqual(t, n.Weight, last, "heaviest first")
		require.NotContains(t, n.Text, "\n")
		found[n.Kind], last = n, n.Weight
	}
	return found
}

// A panel with every fault has each notice once, about the column at fault and no other.
func TestEachFaultHasItsNotice(t *testing.T) {
	w := newWorld(3, 46, 1)
	w.channel("flat", func(r, t int) float64 { return 1000 * float64(1+r) })
	late := w.channel("late", func(r, t int) float64 { return 0 })
	tv := w.channel("tv", w.usual)
	w.channel("tv_clicks", func(r, t int) float64 { return 0.02 * tv[r*46+t] })
	price := w.cells(func(r, t int) float64 { return 50 + 10*w.rng.NormFloat64() })
	w.channel("promo_mail", func(r, t int) float64 { return 200 + 2*price[r*46+t] + w.rng.NormFloat64() })
	plan := make([]float64, 46)
	for t := range plan {
		plan[t] = w.usual(0, t)
	}
	w.channel("national", func(r, t int) float64 { return math.Round(float64(50+100*r) * plan[t]) })
	radio := w.channel("radio", w.usual)
	ooh := w.channel("ooh", w.usual)
	w.panel.Controls, w.panel.Control = []string{"price"}, price
	late[45] = 7 // in the holdout
	radio[5] *= 40
	w.panel.Target[60] /= 10
	cost := func(x []float64) []float64 {
		c := make([]float64, len(x))
		for i, v := range x {
			c[i] = 3 * v
		}
		return c
	}
	paid := map[string][]float64{"tv": cost(tv), "radio": cost(radio), "ooh": cost(ooh)}
	radio[10], radio[11] = 0, 0 // of 3 and 3 weeks: paid, but off
	paid["ooh"][20] = 0         // on, but unpaid
	paid["ooh"][22] = 0
	paid["tv"][30] *= 10
	w.pay(paid)
	found := w.notices(t, 40)
	for kind, want := range map[notice.Kind]struct {
		subjects []string
		says     string
	}{
		notice.Constant:             {[]string{"flat"}, "constant in every region: flat"},
		notice.NeverOn:              {[]string{"late"}, "late (first on in 2022-11-14); an effect that was never seen cannot be learned"},
		notice.Copies:               {[]string{"tv", "tv_clicks"}, "tv and tv_clicks (correlation 1.00, VIF above 10,000)"},
		notice.Follows:              {[]string{"promo_mail"}, "promo_mail (100 % of its variation, most with price)"},
		notice.Alike:                {[]string{"national"}, "no edge can be learned"},
		notice.FewPoints:            {[]string{"flat", "late", "tv", "tv_clicks", "promo_mail", "national", "radio", "ooh", "price"}, "120 region-weeks with a target for 8 channels and 1 control, where at least 122"},
		notice.SpendWithoutExposure: {[]string{"radio"}, "radio (2 region-weeks, "},
		notice.ExposureWithoutSpend: {[]string{"ooh"}, "ooh (2 region-weeks, "},
		notice.OutlyingCells:        {[]string{"the target", "radio"}, "radio in r00 2022-02-07 ("},
		notice.OutlyingCosts:        {[]string{"tv"}, "tv in r00 2022-08-01 (30, usually 3)"},
	} {
		require.Contains(t, found, kind)
		require.Equal(t, want.subjects, found[kind].Subjects, kind)
		require.Contains(t, found[kind].Text, want.says)
	}
	require.Len(t, found, 10)
	require.Equal(t, map[string][]notice.Kind{
		"flat": {notice.Constant}, "tv": {notice.Copies}, "tv_clicks": {notice.Copies}, "promo_mail": {notice.Follows},
	}, notice.Marks(notice.Of(w.make(t), panel.Span{From: 0, To: 40})))
}

// The bundled sample has no faults.
func TestTheSampleHasNoNotices(t *testing.T) {
	p, err := panel.Read("../../testdata/sample.csv", panel.Columns{
		Region: "region", Week: "week", Target: "sales", Media: []string{"*_impressions"}, Controls: []string{"control_*"},
	})
	require.NoError(t, err)
	for _, train := range []int{len(p.Weeks), len(p.Weeks) * 88 / 100} {
		require.Empty(t, notice.Of(p, panel.Span{From: 0, To: train}))
	}
}

// Channels that have nothing to do with each other have no notices, with rows missing or not, whatever their units and however
// much they vary, in some regions more than in others.
func TestOrdinaryPanelsHaveNoNotices(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		regions := rapid.IntRange(1, 8).Draw(t, "regions")
		w := newWorld(regions, 120, rapid.Uint64().Draw(t, "seed"))
		unit := rapid.SampledFrom([]float64{1e-6, 1, 1e9}).Draw(t, "unit")
		for m := range 4 {
			spread := rapid.Float64Range(0.1, 1).Draw(t, "spread")
			w.channel(fmt.Sprint("m", m), func(r, t int) float64 { return unit * math.Exp(spread/float64(1+r%3)*w.rng.NormFloat64()) })
		}
		if regions > 2 {
			w.panel.Missing = make([]bool, regions*120)
			for cell := range w.panel.Missing {
				w.panel.Missing[cell] = w.rng.Float64() < 0.1
			}
		}
		require.Empty(t, w.notices(t, 100))
	})
}

// A missing row is not exposure of 0: a channel that is constant where it is known is constant.
func TestMissingRowsAndTheHoldoutAreNoVariation(t *testing.T) {
	w := newWorld(2, 120, 3)
	w.channel("flat", func(r, t int) float64 {
		if t >= 100 {
			return 9
		}
		return 5
	})
	w.channel("other", w.usual)
	w.panel.Missing = make([]bool, 240)
	for _, cell := range []int{7, 60, 150} {
		w.panel.Missing[cell] = true
		w.columns[0][cell], w.columns[1][cell], w.panel.Target[cell] = math.NaN(), math.NaN(), math.NaN()
	}
	require.Equal(t, []string{"flat"}, w.notices(t, 100)[notice.Constant].Subjects)
	require.NotContains(t, w.notices(t, 120), notice.Constant)
}

// A channel that others add up to has no single partner, and a long list is cut.
func TestCopiesOfSeveralChannelsAndLongLists(t *testing.T) {
	w := newWorld(4, 100, 4)
	a, b := w.channel("a", w.usual), w.channel("b", w.usual)
	w.channel("sum", func(r, t int) float64 { return a[r*100+t] + b[r*100+t] })
	copies := w.notices(t, 100)[notice.Copies]
	require.Equal(t, []string{"a", "b", "sum"}, copies.Subjects)
	require.Regexp(t, `VIF \d{3}`, copies.Text)

	w = newWorld(4, 100, 5)
	for m := range 15 {
		w.channel(fmt.Sprintf("c%02d\n", m), func(int, int) float64 { return 3 })
	}
	flat := w.notices(t, 100)[notice.Constant]
	require.Len(t, flat.Subjects, 15)
	require.Contains(t, flat.Text, "c09  and 5 more;")
	require.Equal(t, 9, strings.Count(flat.Text, ", c"))
}

// Bursts are how a campaign is run; one value far beyond them is not.
func TestBurstsAreNotOutlying(t *testing.T) {
	w := newWorld(1, 150, 6)
	tv := w.channel("tv", func(r, t int) float64 {
		if t%20 == 0 {
			return 3000 + 10*w.usual(r, t)
		}
		return 10 + 0.01*w.usual(r, t)
	})
	w.channel("other", w.usual)
	require.NotContains(t, w.notices(t, 150), notice.OutlyingCells)
	tv[33] = 90000
	require.Contains(t, w.notices(t, 150)[notice.OutlyingCells].Text, "tv in 2022-08-22 (9e+04, usually 11")
}

// One campaign over two weeks, or in one week of several regions, is not outlying either.
func TestCampaignsAreNotOutlying(t *testing.T) {
	for _, cells := range [][]int{{33, 34}, {33, 183}, {33, 34, 183}} {
		w := newWorld(2, 150, 8)
		tv := w.channel("tv", w.usual)
		w.channel("other", w.usual)
		for _, cell := range cells {
			tv[cell] *= 50
		}
		require.NotContains(t, w.notices(t, 150), notice.OutlyingCells)
		tv[60] *= 100
		require.Contains(t, w.notices(t, 150)[notice.OutlyingCells].Text, "outlying: tv in r00 2023-02-27 (")
	}
}

func TestThePriorsNoticeNamesItsChannels(t *testing.T) {
	require.Empty(t, notice.Prior(nil))
	n := notice.Prior([]string{"tv"})[0]
	require.Equal(t, map[string][]notice.Kind{"tv": {notice.PriorDriven}}, notice.Marks([]notice.Notice{n}))
	require.Contains(t, n.Line(), "notice: share is the prior's: tv;")
}
