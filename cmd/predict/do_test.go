package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Any names can be set, together in one flag or each in its own: they hold what separates them.
func TestAnyNameCanBeSet(t *testing.T) {
	names := []string{"TV, national (GRPs)", `Net Spend: "brand" search`, "Größe=25% [à la carte] / x", "=SUM(A1)", "a=1", "b,a=1", "日本語"}
	rapid.Check(t, func(t *rapid.T) {
		chosen := rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, len(names), rapid.ID).Draw(t, "names")
		want, pairs := map[string]float64{}, []string{}
		for i, name := range chosen {
			want[name] = float64(i) / 2
			pairs = append(pairs, fmt.Sprintf("%s=%g", name, want[name]))
		}
		for _, values := range [][]string{pairs, {strings.Join(pairs, ",")}} {
			do, err := factors("do", values, names)
			require.NoError(t, err)
			require.Equal(t, want, do)
		}
	})
}

// A change in per cent is printed for sums of parts of one sign only: relative to parts that cancel, it says nothing.
func TestChangesRelativeToWhatCancelsAreNotPrinted(t *testing.T) {
	require.Equal(t, "  +50.0 %", relative([]float64{1, 3}, 6))
	require.Equal(t, "  -100.0 %", relative([]float64{-1, -3}, 0))
	require.Empty(t, relative([]float64{100, -99}, 5))
	require.Empty(t, relative([]float64{0, 0}, 5))
}
