package panel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// selling is a weekly panel whose target and media are functions of region and week.
func selling(regions, weeks int, target, media func(r, t int) float64) *Panel {
	p := &Panel{Channels: []string{"tv"}}
	for r := range regions {
		p.Regions = append(p.Regions, fmt.Sprintf("r%02d", r))
	}
	for t := range weeks {
		p.Weeks = append(p.Weeks, time.Date(2021, 1, 4+7*t, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
	}
	for r := range regions {
		for t := range weeks {
			p.Target, p.Media = append(p.Target, target(r, t)), append(p.Media, media(r, t))
		}
	}
	return p
}

func always(x float64) func(r, t int) float64 { return func(int, int) float64 { return x } }

// found completes a panel and searches it for closures.
func found(t require.TestingT, p *Panel, keep bool) *Panel {
	q, err := New(*p)
	require.NoError(t, err)
	q.findClosed(keep)
	return q
}

// Shops that close on Sundays sell nothing then; single zeros of other days, and Sundays that only sell less, are data.
func TestDaysOfTheWeekWithoutSales(t *testing.T) {
	days := func(target func(r, t int) float64) *Panel {
		p := selling(2, 120, target, always(1))
		for t := range p.Weeks {
			p.Weeks[t] = time.Date(2024, 1, 1+t, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		}
		return found(t, p, false)
	}
	sunday := func(t int) bool { return t%7 == 6 }
	closed := days(func(r, t int) float64 {
		if sunday(t) && r == 1 || t == 50 {
			return 0
		}
		return 100
	})
	for cell := range closed.Target {
		if r, t0 := cell/120, cell%120; r == 1 || t0 != 50 {
			require.Equal(t, r == 1 && sunday(t0), closed.IsClosed(cell) && t0 != 50, "region %d, day %d", r, t0)
		}
	}
	require.Empty(t, days(func(_, t int) float64 {
		if sunday(t) && t%2 == 0 {
			return 0
		}
		return 100
	}).closedCells(), "half of the Sundays")
}

// closedCells are the closed cells as region and week.
func (p *Panel) closedCells() (cells [][2]int) {
	for cell := range p.Target {
		if p.IsClosed(cell) {
			cells = append(cells, [2]int{cell / len(p.Weeks), cell % len(p.Weeks)})
		}
	}
	return cells
}

// summer sells for half a year, with the peak a quarter of a year after a shift in weeks.
func summer(shift float64, noise func() float64) func(r, t int) float64 {
	return func(_, t int) float64 { return 100 * noise() * max(0, math.Sin(2*math.Pi*(float64(t)+shift)/52.18)) }
}

// poisson draws a count by Knuth's product of uniforms.
func poisson(random *rand.Rand, mean float64) float64 {
	n, p := -1.0, 1.0
	for limit := math.Exp(-mean); p > limit; n++ {
		p *= random.Float64()
	}
	return n
}

func TestZerosOfDemandAreNoClosures(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	noise := func() float64 { return 0.5 + random.Float64() }
	for name, target := range map[string]func(r, t int) float64{
		"small counts": func(int, int) float64 { return poisson(random, 1.5) },
		"goods bought now and then": func(int, int) float64 {
			if random.Float64() < 0.85 {
				return 0
			}
			return 100 * noise()
		},
		"zero-inflated sales": func(int, int) float64 {
			if random.Float64() < 0.3 {
				return 0
			}
			return 1000 * noise()
		},
		"seasonal goods":                         summer(0, noise),
		"seasonal goods, from the low season on": summer(30, noise),
	} {
		for regions := 1; regions <= 9; regions += 4 {
			t.Run(fmt.Sprintf("%s in %d regions", name, regions), func(t *testing.T) {
				p := found(t, selling(regions, 156, target, func(int, int) float64 { return 10 * noise() }), false)
				require.Empty(t, p.closedCells())
				require.Zero(t, p.Report.Closed.RegionWeeks)
			})
		}
	}
}

// Runs of zeros among ordinary sales, of whichever region and week, are closures, with and without media.
func TestClosuresAreFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		regions, weeks := rapid.IntRange(1, 8).Draw(t, "regions"), rapid.IntRange(80, 160).Draw(t, "weeks")
		length := rapid.IntRange(4, 12).Draw(t, "length")
		from := rapid.OneOf(rapid.Just(0), rapid.Just(weeks-length), rapid.IntRange(5, weeks-length-5)).Draw(t, "from")
		advertised := rapid.Bool().Draw(t, "advertised")
		which := rapid.IntRange(-1, regions-1).Draw(t, "region") // -1: all
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		shut := func(r, t int) bool { return (which < 0 || r == which) && t >= from && t < from+length }
		p := found(t, selling(regions, weeks, func(r, t int) float64 {
			if shut(r, t) {
				return 0
			}
			return float64(r+1) * (80 + 40*random.Float64())
		}, func(r, t int) float64 {
			if shut(r, t) && !advertised {
				return 0
			}
			return 5 + random.Float64()
		}), false)
		for cell := range p.Target {
			require.Equal(t, shut(cell/weeks, cell%weeks), p.IsClosed(cell), "region %d, week %d", cell/weeks, cell%weeks)
		}
	})
}

func TestAWeekInWhichAllRegionsSellNothingIsAClosure(t *testing.T) {
	p := found(t, selling(6, 100, func(_, t int) float64 {
		if t == 40 {
			return 0
		}
		return 100 + float64(t%7)
	}, always(5)), false)
	require.Len(t, p.closedCells(), 6)
	require.Equal(t, []string{p.Weeks[40]}, p.Report.Closed.Weeks)
	require.Contains(t, p.Report.Closed.line(6), "in 1 week in all 6 regions")
}

func TestAScaleOfTheTargetDoesNotMoveClosures(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3))
		share := rapid.Float64Range(0, 0.5).Draw(t, "share of zeros")
		p := selling(3, 90, func(int, int) float64 {
			if random.Float64() < share {
				return 0
			}
			return 1 + random.Float64()
		}, always(1))
		for t := 30; t < 42; t++ {
			p.Target[t] = 0
		}
		before := found(t, p, false).closedCells()
		for i := range p.Target {
			p.Target[i] *= 1024
		}
		require.Equal(t, before, found(t, p, false).closedCells())
	})
}

func TestKeepReportsClosuresAndFitsThem(t *testing.T) {
	p := found(t, selling(2, 100, func(r, t int) float64 {
		if r == 1 && t < 20 {
			return 0
		}
		return 100 + float64(t%5)
	}, always(5)), true)
	require.Nil(t, p.Closed)
	require.Equal(t, 20, p.Report.Closed.RegionWeeks)
	require.Contains(t, p.Report.Closed.line(2), "fitted as sales of 0")
}

// A model that cannot leave cells out has a panel like that of keep.
func TestFitClosedIsKeep(t *testing.T) {
	panelOf := func() *Panel {
		return selling(1, 100, func(_, t int) float64 { return float64(100 * min(1, t/20)) }, always(5))
	}
	dropped, kept := found(t, panelOf(), false), found(t, panelOf(), true)
	require.Len(t, dropped.closedCells(), 20)
	dropped.FitClosed()
	require.Equal(t, kept, dropped)
	open := found(t, selling(1, 100, always(100), always(5)), false)
	open.FitClosed()
	require.False(t, open.Report.Closed.Kept)
}
