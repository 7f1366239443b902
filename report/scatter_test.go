package report_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDotsAreDrawnToScale(t *testing.T) {
	dir := trained(t, shop(2, 40, threeChannels, nil, nil), nil)
	p := open(t, dir)
	predictions := readCSV(t, dir, "predictions.csv")
	actual, predicted := sums(t, predictions, 3, 0, 1), sums(t, predictions, 4, 0, 1)
	svg := find(p.find("#fit-scatter")[0], "svg")[0]
	vertical := axis(t, svg)
	dots := find(svg, "circle")
	require.Len(t, dots, 16)
	var at, label []float64
	for _, tick := range find(svg, ".x") {
		if text, thousand := strings.CutSuffix(textOf(tick), "k"); thousand {
			at, label = append(at, float(t, attribute(tick, "x"))), append(label, 1000*float(t, text))
		}
	}
	for _, dot := range dots {
		place, _, _ := strings.Cut(textOf(dot), ": ")
		key := strings.Replace(place, ", ", "|", 1)
		value, pixel := vertical(float(t, attribute(dot, "cy")))
		require.InDelta(t, predicted[key], value, pixel, key)
		across := label[0] + (float(t, attribute(dot, "cx"))-at[0])*(label[1]-label[0])/(at[1]-at[0])
		require.InDelta(t, actual[key], across, pixel, key)
	}
}
