package optim

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// linear is a program with constraints n·x ≤ at.
type linear struct {
	f       Objective
	normals [][]float64
	at      []float64
	x       []float64
}

func (l *linear) Evaluate(x, c []float64) float64 {
	l.x = append(l.x[:0], x...)
	for i, normal := range l.normals {
		c[i] = -l.at[i]
		for j := range x {
			c[i] += normal[j] * x[j]
		}
	}
	return l.f(x, make([]float64, len(x)))
}

func (l *linear) Gradient(weight, grad []float64) {
	l.f(l.x, grad)
	for i, normal := range l.normals {
		for j := range grad {
			grad[j] += weight[i] * normal[j]
		}
	}
}

func TestConstrainedMeetsTheConditionsOfKarushKuhnAndTucker(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, m := rapid.IntRange(1, 6).Draw(t, "n"), rapid.IntRange(0, 4).Draw(t, "m")
		a, b := spd(t, n)
		p := &linear{f: quadratic(a, b)}
		for range m {
			normal := rapid.SliceOfN(rapid.Float64Range(-1, 1), n, n).Draw(t, "normal")
			normal[rapid.IntRange(0, n-1).Draw(t, "longest")] = 1
			p.normals = append(p.normals, normal)
			p.at = append(p.at, rapid.Float64Range(0.01, 1).Draw(t, "at")) // 0 is inside
		}
		lower, upper, x, grad := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range lower {
			lower[i], upper[i] = -1, 1
		}
		end, err := Constrained{}.Minimise(context.Background(), p, lower, upper, x, make([]float64, m))
		require.NoError(t, err)
		require.True(t, end.Converged)
		require.LessOrEqual(t, end.Violation, 1e-6)
		c := make([]float64, m)
		p.Evaluate(x, c)
		for i, lambda := range end.Multipliers {
			require.GreaterOrEqual(t, lambda, 0.0)
			require.InDelta(t, 0, lambda*c[i], 1e-4, "constraint %d has slack %g and the multiplier %g", i, -c[i], lambda)
		}
		p.Gradient(end.Multipliers, grad)
		require.LessOrEqual(t, stationarity(x, grad, lower, upper), 1e-4)
	})
}

func TestConstrainedSaysThatConstraintsContradictEachOther(t *testing.T) {
	p := &linear{f: quadratic([][]float64{{1}}, []float64{0}), normals: [][]float64{{1}, {-1}}, at: []float64{-1, -1}} // x ≤ −1 ≤ 1 ≤ x
	end, err := Constrained{}.Minimise(context.Background(), p, []float64{-5}, []float64{5}, []float64{0}, []float64{0, 0})
	require.NoError(t, err)
	require.False(t, end.Converged)
	require.Greater(t, end.Violation, 0.9)
}

func TestConstrainedMultiplierIsTheSlopeOfTheOptimum(t *testing.T) {
	solve := func(at float64) Optimum {
		p := &linear{f: quadratic([][]float64{{2, 0.5}, {0.5, 1}}, []float64{3, 2}), normals: [][]float64{{1, 1}}, at: []float64{at}}
		end, err := Constrained{Tolerance: 1e-9, Bounded: Bounded{Tolerance: 1e-9}}.Minimise(context.Background(), p, []float64{0, 0}, []float64{9, 9},
			[]float64{0, 0}, []float64{0})
		require.NoError(t, err)
		return end
	}
	const h = 1e-3
	slope := (solve(1-h).Value - solve(1+h).Value) / (2 * h)
	require.InDelta(t, slope, solve(1).Multipliers[0], 1e-5)
	require.False(t, math.IsNaN(slope))
}
