package dag_test

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"deepcausalmmm/dag"
	"deepcausalmmm/internal/conformance"
)

// drawDAG draws an acyclic graph whose order is not that of its nodes, and that order.
func drawDAG(t *rapid.T, most int) (w *mat.Dense, order []int) {
	n := rapid.IntRange(1, most).Draw(t, "nodes")
	order = make([]int, n)
	for i := range order {
		order[i] = i
	}
	order = rapid.Permutation(order).Draw(t, "order")
	w = mat.NewDense(n, n, nil)
	for i, from := range order {
		for _, to := range order[i+1:] {
			if rapid.Bool().Draw(t, "edge") {
				w.Set(from, to, rapid.Float64Range(-3, 3).Draw(t, "weight"))
			}
		}
	}
	return w, order
}

func TestAcyclicityVanishesOnlyOnDAGs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, order := drawDAG(t, 12)
		require.Zero(t, dag.Acyclicity(w), "exactly")
		require.True(t, dag.IsDAG(w))
		n := len(order)
		if n < 2 {
			return
		}
		i := rapid.IntRange(0, n-2).Draw(t, "i")
		j := rapid.IntRange(i+1, n-1).Draw(t, "j")
		from, to := order[i], order[j]
		w.Set(from, to, rapid.Float64Range(1e-3, 1).Draw(t, "forth"))
		w.Set(to, from, rapid.Float64Range(1e-3, 1).Draw(t, "back"))
		require.Positive(t, dag.Acyclicity(w), "edge %d → %d closes a cycle", to, from)
		require.False(t, dag.IsDAG(w))
	})
}

// ring is a cycle through n nodes, each edge of weight w.
func ring(n int, w float64) *mat.Dense {
	a := mat.NewDense(n, n, nil)
	for i := range n {
		a.Set(i, (i+1)%n, w)
	}
	return a
}

// A ring's walks return after every n steps: h = n·Σ_m (w²)^(mn)/(mn)!.
func TestAcyclicityOfARing(t *testing.T) {
	for _, n := range []int{1, 2, 3, 6, 13, 18, 19, 30, 60} {
		for _, w := range []float64{1e-3, 0.1, 0.5, 1, 2, 4} {
			want := 0.0
			for m := 1; m*n <= 400; m++ {
				lnFactorial, _ := math.Lgamma(float64(m*n) + 1)
				want += float64(n) * math.Exp(2*float64(m*n)*math.Log(w)-lnFactorial)
			}
			got := dag.Acyclicity(ring(n, w))
			if want < 1e-290 { // near the smallest number there is, digits are lost
				continue
			}
			require.InEpsilon(t, want, got, 1e-11, "%d nodes, weight %g", n, w)
		}
	}
}

func TestAcyclicityAgreesWithGonumsExponential(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 25).Draw(t, "nodes")
		size := rapid.Float64Range(0.05, 1.5).Draw(t, "size")
		w := drawDense(t, n, size)
		var square, exp mat.Dense
		square.MulElem(w, w)
		exp.Exp(&square)
		grad := mat.NewDense(n, n, nil)
		h := dag.AcyclicityGrad(grad, w)
		scale := mat.Trace(&exp)
		require.InDelta(t, mat.Trace(&exp)-float64(n), h, 1e-11*scale)
		for i := range n {
			for j := range n {
				require.InDelta(t, 2*w.At(i, j)*exp.At(j, i), grad.At(i, j), 1e-10*scale)
			}
		}
	})
}

func drawDense(t *rapid.T, n int, size float64) *mat.Dense {
	return mat.NewDense(n, n, rapid.SliceOfN(rapid.Float64Range(-size, size), n*n, n*n).Draw(t, "weights"))
}

func TestAcyclicityGradientByFiniteDifferences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "nodes")
		w := drawDense(t, n, 1)
		grad := mat.NewDense(n, n, nil)
		dag.AcyclicityGrad(grad, w)
		const step = 1e-6
		for i := range n {
			for j := range n {
				old := w.At(i, j)
				w.Set(i, j, old+step)
				up := dag.Acyclicity(w)
				w.Set(i, j, old-step)
				down := dag.Acyclicity(w)
				w.Set(i, j, old)
				numeric := (up - down) / (2 * step)
				require.InDelta(t, numeric, grad.At(i, j), 1e-6*max(1, math.Abs(numeric)))
			}
		}
	})
}

func TestAcyclicityFollowsARelabelling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 10).Draw(t, "nodes")
		w := drawDense(t, n, 1)
		identity := make([]int, n)
		for i := range identity {
			identity[i] = i
		}
		to := rapid.Permutation(identity).Draw(t, "labels")
		relabelled := mat.NewDense(n, n, nil)
		for i := range n {
			for j := range n {
				relabelled.Set(to[i], to[j], w.At(i, j))
			}
		}
		a, b := mat.NewDense(n, n, nil), mat.NewDense(n, n, nil)
		require.InEpsilon(t, dag.AcyclicityGrad(a, w), dag.AcyclicityGrad(b, relabelled), 1e-12)
		for i := range n {
			for j := range n {
				require.InDelta(t, a.At(i, j), b.At(to[i], to[j]), 1e-12*max(1, math.Abs(a.At(i, j))))
			}
		}
	})
}

func TestAcyclicityOfAbsurdWeightsIsInfinite(t *testing.T) {
	for _, w := range []float64{1e6, 1e200, math.Inf(1), math.NaN()} {
		require.True(t, math.IsInf(dag.Acyclicity(ring(3, w)), 1), "%g", w)
	}
}

func TestFromLogits(t *testing.T) {
	logits := mat.NewDense(3, 3, []float64{9, 0, 0.5, -0.5, 9, 1, 2, -2, 9})
	for _, mode := range []dag.Mode{dag.Triangular, dag.NOTEARS} {
		w, mask := dag.FromLogits(logits, mode, 0.5), dag.Mask(3, mode)
		for i := range 3 {
			for j := range 3 {
				want := mask.At(i, j) / (1 + math.Exp(-logits.At(i, j)/0.5))
				require.InDelta(t, want, w.At(i, j), 1e-15)
			}
			require.Zero(t, w.At(i, i))
		}
	}
	require.True(t, dag.IsDAG(dag.FromLogits(logits, dag.Triangular, 0.5)))
	require.Equal(t, 1.0, dag.FromLogits(logits, dag.Triangular, 0).At(0, 2), "a temperature of 0 decides, and does not divide by 0")
}

func TestPenalties(t *testing.T) {
	w := mat.NewDense(2, 2, []float64{3, -1, -4, 2})
	require.InDelta(t, 10, dag.L1(w), 1e-15)
	require.InDelta(t, 5+math.Sqrt(5), dag.GroupL1(w, 0), 1e-15)
	require.InDelta(t, 2*math.Sqrt(1e-8), dag.GroupL1(mat.NewDense(2, 2, nil), 1e-8), 1e-20)
}

// TestConformance compares with what the Python original's duals did.
func TestConformance(t *testing.T) {
	conformance.Run(t, conformance.Trajectory, func(t *testing.T, c *conformance.Case) {
		var config struct {
			Rho    float64 `json:"notears_rho_init"`
			Alpha  float64 `json:"notears_alpha_init"`
			Factor float64 `json:"notears_dual_factor"`
			RhoMax float64 `json:"notears_rho_max"`
		}
		require.NoError(t, json.Unmarshal(c.Config, &config))
		var path struct {
			Steps []struct {
				H     *float64 `json:"dual_h"`
				Rho   float64  `json:"dual_rho"`
				Alpha float64  `json:"dual_alpha"`
			}
		}
		require.NoError(t, json.Unmarshal(c.Trajectory, &path))
		d := dag.NewDuals(config.Rho, config.Alpha, config.Factor, config.RhoMax)
		for _, s := range path.Steps {
			if s.H != nil {
				d.Update(*s.H)
				conformance.Close(t, "rho, alpha", []float64{s.Rho, s.Alpha}, []float64{d.Rho, d.Alpha}, 1e-12)
			}
		}
	})
}

func TestDualsGrowOnlyWhenProgressStalls(t *testing.T) {
	d := dag.NewDuals(1, 0, 10, 50)
	for i, step := range []struct{ h, rho, alpha float64 }{
		{1, 1, 1},        // the first never raises rho
		{0.25, 1, 1.25},  // fell to a quarter: enough
		{0.2, 10, 3.25},  // fell too little
		{0.2, 50, 13.25}, // at its maximum
		{0.2, 50, 23.25},
		{0.01, 50, 23.75},
	} {
		d.Update(step.h)
		require.InDelta(t, step.rho, d.Rho, 1e-12, "step %d", i)
		require.InDelta(t, step.alpha, d.Alpha, 1e-12, "step %d", i)
	}
}

func ExampleAcyclicity() {
	w := mat.NewDense(3, 3, []float64{
		0, 0.5, 0,
		0, 0, 0.5,
		0, 0, 0,
	})
	fmt.Println(dag.Acyclicity(w))
	w.Set(2, 0, 0.001) // closes a cycle, however weak
	fmt.Printf("%.3g\n", dag.Acyclicity(w))
	// Output:
	// 0
	// 3.13e-08
}

func BenchmarkAcyclicityGrad(b *testing.B) {
	for _, n := range []int{13, 50, 100, 200} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			w := mat.NewDense(n, n, nil)
			for i := range n {
				for j := range n {
					w.Set(i, j, 0.1/float64(1+(i*31+j*17)%7))
				}
			}
			grad := mat.NewDense(n, n, nil)
			b.ReportAllocs()
			for b.Loop() {
				dag.AcyclicityGrad(grad, w)
			}
		})
	}
}
