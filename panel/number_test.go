package panel

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"deepcausalmmm/panel/table"
)

// Media and spend must not be negative, and every problem has a fix.
func TestRolesCheckNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.Float64Range(-maxMagnitude, maxMagnitude).Draw(t, "x")
		got, problem, _ := controlRole.number(table.Cell{Value: want})
		require.Empty(t, problem)
		require.Equal(t, want, got)
		_, problem, fix := mediaRole.number(table.Cell{Value: want})
		require.Equal(t, want < 0, problem == "is negative", problem)
		require.Equal(t, problem == "", fix == "", "every problem has a fix")
	})
	for _, x := range []float64{math.Inf(1), math.Inf(-1), 1e31} {
		_, problem, fix := controlRole.number(table.Cell{Value: x})
		require.NotEmpty(t, problem)
		require.NotEmpty(t, fix)
	}
	x, problem, _ := mediaRole.number(table.Cell{Value: math.NaN(), Missing: true})
	require.Empty(t, problem)
	require.True(t, math.IsNaN(x), "an empty cell is missing")
}

// A problem of the cell keeps its fix; without one it has that of the role.
func TestFixes(t *testing.T) {
	_, problem, fix := mediaRole.number(table.Cell{Problem: "is odd", Fix: "write it evenly"})
	require.Equal(t, "is odd: write it evenly", problem+": "+fix)
	_, _, fix = mediaRole.number(table.Cell{Problem: "is not a number"})
	require.Contains(t, fix, "write 0 for a week off air")
	_, _, fix = controlRole.number(table.Cell{Problem: "is not a number"})
	require.Contains(t, fix, "leave the cell empty")
}
