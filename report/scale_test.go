package report_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// Each line, read back from its path by the labels of the vertical axis, has the values of the page's data.
func TestLinesAreDrawnToScale(t *testing.T) {
	dir := trained(t, shop(3, 40, threeChannels, nil, nil), nil)
	p := open(t, dir)
	seen := 0
	for id, c := range p.data.Charts {
		if !slices.Contains([]string{"training-loss", "duals-rho", "contributions-total", "data-filled"}, id) && !strings.HasPrefix(id, "carry-over") {
			requireToScale(t, p.find("#" + id)[0], c, 0)
			seen++
		}
	}
	require.Greater(t, seen, 10)
}

// The bars of a carry-over, read back in the same way, begin at zero and end at the weights.
func TestUprightBarsAreDrawnToScale(t *testing.T) {
	p := open(t, trained(t, shop(3, 40, threeChannels, nil, nil), nil))
	c := p.data.Charts["carry-over-0"]
	svg := find(p.find("#carry-over-0")[0], "svg")[0]
	value := axis(t, svg)
	bars := find(svg, ".area")
	require.LessOrEqual(t, len(bars), len(c.X))
	require.Greater(t, len(bars), 1)
	for lag, bar := range bars {
		read := regexp.MustCompile(`^M([\d.-]+) ([\d.]+)h0.8V([\d.]+)h-0.8Z$`).FindStringSubmatch(attribute(bar, "d"))
		require.Len(t, read, 4, attribute(bar, "d"))
		require.InDelta(t, float64(lag), float(t, read[1])+0.4, 1e-9)
		from, pixel := value(float(t, read[2]))
		to, _ := value(float(t, read[3]))
		require.InDelta(t, 0, from, pixel)
		require.InDelta(t, *c.Views[0].Values[0][lag], to, pixel, "lag %d", lag)
	}
}

// requireToScale reads the lines of a chart's figure and compares them with one of its views.
func requireToScale(t *testing.T, figure *html.Node, c chartData, view int) {
	svg := find(figure, "svg")[0]
	value := axis(t, svg)
	lines := find(svg, ".line")
	require.Len(t, lines, len(c.Names))
	for i, path := range lines {
		points := regexp.MustCompile(`[ML](\d+) ([\d.-]+)`).FindAllStringSubmatch(attribute(path, "d"), -1)
		k := 0
		for at, v := range c.Views[view].Values[i] {
			if v == nil {
				continue
			}
			got, pixel := value(float(t, points[k][2]))
			require.Equal(t, float64(at), float(t, points[k][1]), "%s, point %d", attribute(figure, "id"), k)
			require.InDelta(t, *v, got, pixel, "%s, series %d, point %d", attribute(figure, "id"), i, k)
			k++
		}
		require.Len(t, points, k)
	}
}
