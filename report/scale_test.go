package report_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLinesAreDrawnToScale(t *testing.T) {
	dir := trained(t, shop(3, 40, threeChannels, nil, nil), nil)
	p := open(t, dir)
	seen := 0
	for id, c := range p.data.Charts {
		svg := find(p.find("#" + id)[0], "svg")[0]
		value := axis(t, svg)
		if c.Log || id == "contributions-total" {
			continue
		}
		grid := regexp.MustCompile(`M([\d.]+) [\d.]+H([\d.]+)`).FindStringSubmatch(attribute(find(svg, "path")[0], "d"))
		left, right := float(t, grid[1]), float(t, grid[2])
		for i, path := range find(svg, ".line") {
			points := regexp.MustCompile(`[ML]([\d.-]+) ([\d.-]+)`).FindAllStringSubmatch(attribute(path, "d"), -1)
			k := 0
			for _, v := range c.Series[i].Values {
				if v == nil {
					continue
				}
				got, pixel := value(float(t, points[k][2]))
				at := left + (right-left)*float64(k)/float64(len(c.X)-1)
				if c.Series[i].Name != "holdout" { // that has gaps
					require.InDelta(t, at, float(t, points[k][1]), 0.06, "%s, point %d", id, k)
				}
				require.InDelta(t, *v, got, pixel, "%s, series %d, point %d", id, i, k)
				k++
			}
			require.Len(t, points, k)
			seen++
		}
	}
	require.Greater(t, seen, 10)
}
