package model_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// A prediction is the sum of any components.
func ExamplePart_Add() {
	part := model.Part{Name: model.PartTrain, Span: panel.Span{From: 0, To: 2}, Regions: 1}
	part.Add(model.Component{Name: "baseline", Kind: model.Baseline, Value: []float64{5, 6}})
	part.Add(model.Component{Name: "tv", Kind: model.Media, Value: []float64{1, 0.5}})
	fmt.Println(part.Predicted)
	// Output: [6 6.5]
}

// The parts of a panel cover each of its cells once.
func TestCellsOfPartsCoverThePanel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		regions, weeks := rapid.IntRange(1, 5).Draw(t, "regions"), rapid.IntRange(2, 20).Draw(t, "weeks")
		held := rapid.IntRange(1, weeks-1).Draw(t, "holdout from")
		seen := make([]int, regions*weeks)
		for _, span := range []panel.Span{{From: 0, To: held}, {From: held, To: weeks}} {
			part := model.Part{Span: span, Regions: regions}
			for i := range regions * span.Len() {
				cell := part.Cell(i, weeks)
				require.Equal(t, i/span.Len(), cell/weeks, "the region")
				seen[cell]++
			}
		}
		for cell, n := range seen {
			require.Equal(t, 1, n, "cell %d", cell)
		}
	})
}

func TestCoefficientPathsAreQuartilesOverRegions(t *testing.T) {
	var path model.CoefficientPath
	path.Append(5, 2, func(region, week int) float64 { return float64(10*week + region) })
	require.Equal(t, []float64{1, 11}, path.Low)
	require.Equal(t, []float64{2, 12}, path.Median)
	require.Equal(t, []float64{3, 13}, path.High)
	require.Equal(t, model.Range{P5: 1, P25: 5, Median: 10, P75: 15, P95: 19}, model.RangeOf([]float64{20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0}))
}
