package optim_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/internal/conformance"
	"deepcausalmmm/optim"
)

// The Python original's duals, from its own h: each recorded update is one round of the outer loop.
func TestConformanceOfTheOuterLoop(t *testing.T) {
	total := 0
	conformance.Run(t, conformance.Trajectory, func(t *testing.T, c *conformance.Case) {
		var config struct {
			Rho    float64 `json:"notears_rho_init"`
			Alpha  float64 `json:"notears_alpha_init"`
			Factor float64 `json:"notears_dual_factor"`
			RhoMax float64 `json:"notears_rho_max"`
		}
		require.NoError(t, json.Unmarshal(c.Config, &config))
		type step struct {
			H     *float64 `json:"dual_h"`
			Rho   float64  `json:"dual_rho"`
			Alpha float64  `json:"dual_alpha"`
		}
		var path struct{ Steps []step }
		require.NoError(t, json.Unmarshal(c.Trajectory, &path))
		var updates []step
		for _, s := range path.Steps {
			if s.H != nil {
				updates = append(updates, s)
			}
		}
		if len(updates) == 0 {
			t.Skip("the case has no dual updates")
		}
		round, duals := 0, optim.NewDuals(config.Rho, config.Alpha, config.Factor, config.RhoMax)
		_, err := optim.AugmentedLagrangian{
			Duals: duals,
			Inner: optim.InnerFunc(func(_ context.Context, rho, alpha float64) (float64, bool, error) {
				require.Equal(t, []float64{duals.Rho, duals.Alpha}, []float64{rho, alpha})
				if round == len(updates) {
					return 0, false, nil // the remaining epochs, after the last update
				}
				return *updates[round].H, true, nil
			}),
			Observe: func(h float64) {
				s := updates[round]
				require.Equal(t, *s.H, h)
				conformance.Close(t, "rho, alpha", []float64{s.Rho, s.Alpha}, []float64{duals.Rho, duals.Alpha}, 1e-12)
				round++
			},
		}.Solve(t.Context())
		require.NoError(t, err)
		require.Equal(t, len(updates), round)
		total += round
	})
	require.NotZero(t, total, "no case has dual updates")
}

// notears is a small NOTEARS problem: ½·tr((I − W)ᵀS(I − W)) subject to W acyclic, for the covariance S of a chain of
// three, given duals.
func notears(s *mat.Dense, w *mat.Dense, solver optim.OWLQN) optim.InnerFunc {
	return func(ctx context.Context, rho, alpha float64) (float64, bool, error) {
		_, err := solver.Minimise(ctx, func(x, grad []float64) float64 {
			at, slope := mat.NewDense(3, 3, x), mat.NewDense(3, 3, grad)
			for i := range 3 {
				at.Set(i, i, 0)
			}
			var residual, sr, dh mat.Dense
			residual.Sub(mat.NewDiagDense(3, []float64{1, 1, 1}), at)
			sr.Mul(s, &residual)
			h := dag.AcyclicityGrad(&dh, at)
			slope.Apply(func(i, j int, _ float64) float64 {
				if i == j {
					return 0
				}
				return -sr.At(i, j) + (rho*h+alpha)*dh.At(i, j)
			}, slope)
			var product mat.Dense
			product.Mul(residual.T(), &sr)
			return mat.Trace(&product)/2 + rho/2*h*h + alpha*h
		}, []float64{0, .1, .1, .1, 0, .1, .1, .1, 0}, w.RawMatrix().Data)
		return dag.Acyclicity(w), rho < 1e16, err
	}
}

func TestAugmentedLagrangianSolvesASmallNOTEARSProblem(t *testing.T) {
	// z₁ = e₁, z₂ = 1.5·z₁ + e₂, z₃ = −z₂ + e₃ with errors of variance 1
	s := mat.NewDense(3, 3, []float64{1, 1.5, -1.5, 1.5, 3.25, -3.25, -1.5, -3.25, 4.25})
	w, rounds := mat.NewDense(3, 3, nil), 0
	h, err := optim.AugmentedLagrangian{
		Inner: notears(s, w, optim.OWLQN{}), Duals: optim.NewDuals(1, 0, 10, 1e16), Tolerance: 1e-8,
		Observe: func(float64) { rounds++ },
	}.Solve(t.Context())
	require.NoError(t, err)
	require.Less(t, h, 1e-8)
	require.Positive(t, rounds)
	require.InDelta(t, 1.5, w.At(0, 1), 0.15)
	require.InDelta(t, -1, w.At(1, 2), 0.15)
	require.True(t, dag.IsDAG(dag.Threshold(w, 0.01)))
}

// An inner minimisation by epochs may be interrupted: the next Solve continues with the same duals.
func TestTheOuterLoopContinuesAfterAnInterruption(t *testing.T) {
	run := func(interrupt map[int]bool) (duals *optim.Duals, seen []float64) {
		duals = optim.NewDuals(1, 0, 3, 1e6)
		epoch := 0
		outer := optim.AugmentedLagrangian{
			Duals: duals,
			Inner: optim.InnerFunc(func(_ context.Context, rho, alpha float64) (float64, bool, error) {
				for {
					if interrupt[epoch] {
						delete(interrupt, epoch)
						return 0, false, context.Canceled
					}
					seen = append(seen, rho, alpha)
					if epoch++; epoch == 40 {
						return 0, false, nil
					}
					if epoch%10 == 0 {
						return 1 / float64(epoch), true, nil
					}
				}
			}),
		}
		for {
			if _, err := outer.Solve(context.Background()); err == nil {
				return duals, seen
			}
		}
	}
	duals, seen := run(nil)
	again, same := run(map[int]bool{0: true, 7: true, 20: true, 33: true})
	require.Equal(t, duals, again)
	require.Equal(t, seen, same)
}

func TestTheOuterLoopEndsWithItsInnersError(t *testing.T) {
	lost, duals := errors.New("lost"), optim.NewDuals(1, 0, 10, 100)
	_, err := optim.AugmentedLagrangian{
		Inner: optim.InnerFunc(func(context.Context, float64, float64) (float64, bool, error) { return math.NaN(), true, lost }),
		Duals: duals,
	}.Solve(t.Context())
	require.ErrorIs(t, err, lost)
	require.Equal(t, optim.NewDuals(1, 0, 10, 100), duals, "no update")
}

// The nearest point to (1, 2) with x·y = 0, by the constraint h = x²·y², which like the acyclicity is never negative.
func ExampleAugmentedLagrangian() {
	x := []float64{1, 2}
	inner := optim.InnerFunc(func(ctx context.Context, rho, alpha float64) (float64, bool, error) {
		_, err := optim.OWLQN{}.Minimise(ctx, func(x, grad []float64) float64 {
			h := x[0] * x[0] * x[1] * x[1]
			grad[0] = x[0] - 1 + (rho*h+alpha)*2*x[0]*x[1]*x[1]
			grad[1] = x[1] - 2 + (rho*h+alpha)*2*x[1]*x[0]*x[0]
			return ((x[0]-1)*(x[0]-1)+(x[1]-2)*(x[1]-2))/2 + rho/2*h*h + alpha*h
		}, make([]float64, 2), x)
		return x[0] * x[0] * x[1] * x[1], rho < 1e16, err
	})
	h, err := optim.AugmentedLagrangian{Inner: inner, Duals: optim.NewDuals(1, 0, 10, 1e16), Tolerance: 1e-8}.Solve(context.Background())
	fmt.Printf("x = %.3f, y = %.3f, h < 1e-8: %v, %v\n", x[0], x[1], h < 1e-8, err)
	// Output: x = 0.000, y = 2.000, h < 1e-8: true, <nil>
}
