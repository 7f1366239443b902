package report_test

import (
	"regexp"
	"slices"
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
		if !slices.Contains([]string{"training-loss", "duals-rho", "contributions-total", "data-filled"}, id) {
			requireToScale(t, p.find("#" + id)[0], c, 0)
			seen++
		}
	}
	require.Greater(t, seen, 10)
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
