package dag_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"deepcausalmmm/dag"
	"deepcausalmmm/internal/conformance"
)

func TestAcyclicityVanishesOnlyOnDAGs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, order := drawDAG(t, 1e200)
		n := len(order)
		grad := mat.NewDense(n, n, nil)
		require.Zero(t, dag.Acyclicity(w), "exactly")
		require.Zero(t, dag.AcyclicityGrad(grad, w))
		require.True(t, mat.Equal(mat.NewDense(n, n, nil), grad), "no edge has a way back")

		i := rapid.IntRange(0, n-1).Draw(t, "i")
		j := rapid.IntRange(i, n-1).Draw(t, "j")
		from, to := order[i], order[j]
		w.Set(from, to, drawWeight(t, 1e-300, 1))
		w.Set(to, from, drawWeight(t, 1e-300, 1))
		require.Positive(t, dag.Acyclicity(w), "edge %d → %d closes a cycle", to, from)
	})
}

// A ring's walks return after every n steps: h = n·Σ_m (w²)^(mn)/(mn)!.
func TestAcyclicityOfARing(t *testing.T) {
	for _, n := range []int{1, 2, 3, 6, 13, 18, 19, 30, 60} {
		for _, w := range []float64{1e-3, 0.1, 0.5, 1, 2, 4} {
			want, term := 0.0, 1.0
			for k := 1; k <= 400; k++ { // term = (w²)ᵏ/k!
				if term *= w * w / float64(k); k%n == 0 {
					want += float64(n) * term
				}
			}
			if want < 1e-290 { // near the smallest number there is, digits are lost
				continue
			}
			require.InEpsilon(t, want, dag.Acyclicity(ring(n, w)), 1e-12, "%d nodes, weight %g", n, w)
		}
	}
}

// bigExp is exp(W∘W) − I by its series in numbers of 400 bits.
func bigExp(w mat.Matrix) [][]*big.Float {
	n, _ := w.Dims()
	number := func(v float64) *big.Float { return new(big.Float).SetPrec(400).SetFloat64(v) }
	zeros := func() [][]*big.Float {
		m := make([][]*big.Float, n)
		for i := range m {
			for range n {
				m[i] = append(m[i], number(0))
			}
		}
		return m
	}
	a, term, sum := zeros(), zeros(), zeros()
	for i := range n {
		term[i][i] = number(1)
		for j := range n {
			a[i][j].Mul(number(w.At(i, j)), number(w.At(i, j)))
		}
	}
	for k := 1; k <= 150; k++ {
		next := zeros()
		for i := range n {
			for j := range n {
				for l := range n {
					next[i][j].Add(next[i][j], number(0).Mul(term[i][l], a[l][j]))
				}
				next[i][j].Quo(next[i][j], number(float64(k)))
				sum[i][j].Add(sum[i][j], next[i][j])
			}
		}
		term = next
	}
	return sum
}

// Not only h but every entry of the gradient has its own digits, although neighbours are larger by many powers of ten.
func TestAcyclicityIsRightEntryByEntry(t *testing.T) {
	drawn := func(t *rapid.T) *mat.Dense {
		n := rapid.IntRange(1, 6).Draw(t, "nodes")
		w := mat.NewDense(n, n, nil)
		for i := range n {
			for j := range n {
				if rapid.Bool().Draw(t, "edge") {
					w.Set(i, j, drawWeight(t, 1e-6, 2))
				}
			}
		}
		return w
	}
	looped := ring(9, 1e-3) // a weak cycle through nodes that each have a strong one of their own
	for i := range 9 {
		looped.Set(i, i, 2)
	}
	check := func(t require.TestingT, w *mat.Dense) {
		n, _ := w.Dims()
		exact := bigExp(w)
		grad := mat.NewDense(n, n, nil)
		h, want := dag.AcyclicityGrad(grad, w), 0.0
		for i := range n {
			cycles, _ := exact[i][i].Float64()
			want += cycles
			for j := range n {
				exp, _ := exact[j][i].Float64()
				if i == j {
					exp++
				}
				slope := 2 * w.At(i, j) * exp
				require.InDelta(t, slope, grad.At(i, j), 1e-13*math.Abs(slope), "[%d, %d]", i, j)
			}
		}
		require.InDelta(t, want, h, 1e-13*want)
	}
	check(t, looped)
	check(t, mat.NewDense(2, 2, []float64{0, 30, 1e-3, 0})) // of a large norm, but a weak cycle
	rapid.Check(t, func(t *rapid.T) { check(t, drawn(t)) })
}

func TestAcyclicityAgreesWithGonumsExponential(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 25).Draw(t, "nodes")
		w := drawDense(t, n, 1)
		w.Set(0, 0, 1)
		var square, exp mat.Dense
		square.MulElem(w, w)
		norm := math.Abs(drawWeight(t, 1e-3, 20))
		w.Scale(math.Sqrt(norm/mat.Norm(&square, math.Inf(1))), w)
		square.MulElem(w, w)
		exp.Exp(&square)
		grad := mat.NewDense(n, n, nil)
		h := dag.AcyclicityGrad(grad, w)
		scale := mat.Trace(&exp)
		require.InDelta(t, scale-float64(n), h, 1e-12*scale)
		for i := range n {
			for j := range n {
				require.InDelta(t, 2*w.At(i, j)*exp.At(j, i), grad.At(i, j), 1e-11*scale)
			}
		}
	})
}

func TestAcyclicityGradientByFiniteDifferences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "nodes")
		w := drawDense(t, n, 1)
		if childless := rapid.IntRange(-1, n-1).Draw(t, "column of zeros"); childless >= 0 {
			w.SetCol(childless, make([]float64, n))
		}
		grad := mat.NewDense(n, n, nil)
		dag.AcyclicityGrad(grad, w)
		const step = 1e-5
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
		n := rapid.IntRange(1, 10).Draw(t, "nodes")
		w, to := drawDense(t, n, 1), drawOrder(t, n)
		relabelled := mat.NewDense(n, n, nil)
		for i := range n {
			for j := range n {
				relabelled.Set(to[i], to[j], w.At(i, j))
			}
		}
		a, b := mat.NewDense(n, n, nil), mat.NewDense(n, n, nil)
		h := dag.AcyclicityGrad(a, w)
		require.InDelta(t, h, dag.AcyclicityGrad(b, relabelled), 1e-13*h)
		for i := range n {
			for j := range n {
				require.InDelta(t, a.At(i, j), b.At(to[i], to[j]), 1e-13*math.Abs(a.At(i, j)))
			}
		}
	})
}

func TestAcyclicityOfAbsurdWeightsIsInfinite(t *testing.T) {
	mixed := mat.NewDense(2, 2, []float64{300, 0, 1, 0})             // overflows beside a 0
	lopsided := mat.NewDense(2, 2, []float64{0, 1e7, 1e-8, 0})       // beyond 2⁴⁰ when squared
	notFinite := mat.NewDense(2, 2, []float64{0, math.Inf(1), 0, 0}) // no cycle, but no weight either
	for _, w := range []*mat.Dense{
		ring(3, 30), ring(3, 1e6), ring(3, 1e10), ring(3, 1e200), ring(3, math.NaN()), mixed, lopsided, notFinite,
	} {
		n, _ := w.Dims()
		grad := mat.NewDense(n, n, nil)
		require.True(t, math.IsInf(dag.AcyclicityGrad(grad, w), 1), "%v", mat.Formatted(w))
		require.True(t, math.IsNaN(grad.At(0, 0)), "%v", mat.Formatted(w))
	}
}

func TestGradientGoesWhereItIsWanted(t *testing.T) {
	w := ring(3, 0.5)
	var empty mat.Dense
	dag.AcyclicityGrad(&empty, w)
	require.Equal(t, 0.5, w.At(0, 1), "the caller's matrix stays")
	dag.AcyclicityGrad(w, w)
	require.True(t, mat.Equal(&empty, w))
	require.Panics(t, func() { dag.AcyclicityGrad(mat.NewDense(2, 2, nil), w) }, "a matrix of another size")
}

func TestMisusePanics(t *testing.T) {
	const message = "dag: adjacency is 2 × 3, not square"
	require.PanicsWithValue(t, message, func() { dag.Acyclicity(mat.NewDense(2, 3, nil)) })
}

// The Python original computes the adjacency, its h and its threshold from logits; each case is checked for those that it has.
func TestConformanceOfTheGraph(t *testing.T) {
	checked := map[string]int{}
	conformance.Run(t, conformance.Model, func(t *testing.T, c *conformance.Case) {
		var config struct {
			Mode        dag.Mode `json:"dag_mode"`
			Temperature float64  `json:"dag_temperature"`
		}
		require.NoError(t, json.Unmarshal(c.Config, &config))
		has := func(field json.RawMessage) bool { return field != nil && string(field) != "null" }
		if !has(c.Parameters["adj_logits"]) {
			t.Skip("the case has no graph")
		}
		logits, shape := conformance.Flat(t, c.Parameters["adj_logits"])
		w := dag.FromLogits(mat.NewDense(shape[0], shape[1], logits), config.Mode, config.Temperature)
		for name, got := range map[string][]float64{
			"adjacency": w.RawMatrix().Data, "h": {dag.Acyclicity(w)}, "threshold_0_3": dag.Threshold(w, 0.3).RawMatrix().Data,
		} {
			if has(c.Expected[name]) {
				want, _ := conformance.Flat(t, c.Expected[name])
				conformance.Close(t, name, want, got, 1e-12)
				checked[name]++
			}
		}
	})
	for _, name := range []string{"adjacency", "h", "threshold_0_3"} {
		require.NotZero(t, checked[name], "no case has %s", name)
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
