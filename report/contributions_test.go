package report_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSharesAddUpTo100(t *testing.T) {
	spend := []string{"tv_cost", "radio_cost", "cinema_cost"}
	dir := trained(t, shop(2, 40, threeChannels, []string{"price", "rain"}, spend), nil)
	p := open(t, dir)
	for id, want := range map[string]int{"#shares": 1000, "#spend": 2000} { // effect and spend
		tenths := 0
		for _, label := range find(p.find(id)[0], ".value") {
			number, _, _ := strings.Cut(strings.ReplaceAll(textOf(label), "−", "-"), "\u202f")
			tenths += int(math.Round(10 * float(t, number)))
		}
		require.Equal(t, want, tenths, id)
	}
	require.Contains(t, textOf(p.find("#contributions")[0]), "Spend columns without a channel, left out: cinema_cost")
	require.Len(t, find(p.find("#spend")[0], "rect"), 4, "tv and radio, each with effect and spend")
}

func TestWaterfallReachesThePrediction(t *testing.T) {
	dir := trained(t, shop(2, 40, threeChannels, []string{"price"}, nil), nil)
	p := open(t, dir)
	by := sums(t, readCSV(t, dir, "contributions.csv"), 3, 2)
	total := 0.0
	for _, v := range by {
		total += v
	}
	rects, titles := find(p.find("#waterfall")[0], ".bar"), find(p.find("#waterfall")[0], "title")
	last := rects[len(rects)-1]
	zero, unit := float(t, attribute(last, "x")), float(t, attribute(last, "width"))/total
	reached := 0.0
	for i, rect := range rects[:len(rects)-1] {
		name, _, _ := strings.Cut(textOf(titles[i]), ": ")
		from, to := min(reached, reached+by[name]), max(reached, reached+by[name])
		require.InDelta(t, zero+unit*from, float(t, attribute(rect, "x")), 0.2, name)
		require.InDelta(t, unit*(to-from), float(t, attribute(rect, "width")), 0.6, name)
		reached += by[name]
	}
	require.InEpsilon(t, total, reached, 1e-9)
}
