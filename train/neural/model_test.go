package neural_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"pgregory.net/rapid"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/graph/gradcheck"
	"deepcausalmmm/graph/op"
	"deepcausalmmm/internal/blas"
	"deepcausalmmm/train/neural"
)

// smallConfig is the default model with few hidden units and no dropout.
func smallConfig(mode dag.Mode) neural.Config {
	c := neural.DefaultConfig()
	c.HiddenDim, c.Dropout, c.BurnInWeeks, c.DAGMode = 4, 0, 2, mode
	return c
}

type data struct{ media, controls, target, season []float64 }

func randomData(rng *rand.Rand, d neural.Dims) data {
	uniform := func(n int) []float64 {
		v := make([]float64, n)
		for i := range v {
			v[i] = rng.Float64()
		}
		return v
	}
	cells := d.Regions * d.Weeks
	return data{uniform(cells * d.Channels), uniform(cells * d.Controls), uniform(cells), uniform(cells)}
}

func build(t require.TestingT, c neural.Config, d neural.Dims, p *graph.Params, x data) *neural.Model {
	m, err := neural.New(c, d, p, neural.Training, neural.Design{})
	require.NoError(t, err)
	require.NoError(t, m.SetData(x.media, x.controls, x.target, x.season))
	m.SetDuals(true, 2, 0.5)
	return m
}

// TestModelGradients checks the whole loss by finite differences at degenerate sizes: one region,
// channel or week, no control, no week after the burn-in, no DAG, two GRUs. The data-dependent quotient of two terms
// is a constant to the gradient, so those terms have weight 0 here.
func TestModelGradients(t *testing.T) {
	for _, d := range []neural.Dims{{2, 5, 3, 2}, {1, 4, 2, 1}, {2, 1, 2, 1}, {2, 5, 1, 1}, {2, 4, 2, 0}, {2, 2, 3, 1}, {1, 1, 1, 0}} {
		for _, mode := range []dag.Mode{dag.Triangular, dag.NOTEARS, "off"} {
			c := smallConfig(mode)
			c.AttributionRegWeight, c.SeasonalRegWeight = 0, 0
			c.GRULayers = 1 + d.Weeks%2
			if mode == "off" {
				c.EnableDAG, c.DAGMode = false, dag.Triangular
			}
			params := graph.NewParams(tensor.Float64, 3)
			m := build(t, c, d, params, randomData(rand.New(rand.NewPCG(1, 9)), d))
			requireGradients(t, m)
		}
	}
}

func TestComponentsSumToThePrediction(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := func(name string, lo, hi int) int { return rapid.IntRange(lo, hi).Draw(t, name) }
		d := neural.Dims{Regions: n("R", 1, 4), Weeks: n("T", 1, 8), Channels: n("M", 1, 4), Controls: n("C", 0, 3)}
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		m := build(t, smallConfig(dag.NOTEARS), d, graph.NewParams(tensor.Float64, 5), randomData(rng, d))
		require.NoError(t, m.Evaluate())
		prediction, baseline, season := m.Floats(m.Outputs.Prediction), m.Floats(m.Outputs.Baseline), m.Floats(m.Outputs.Season)
		media := m.Floats(m.Outputs.MediaContributions)
		for i, want := range prediction {
			sum := baseline[i] + season[i]
			for _, v := range media[i*d.Channels : (i+1)*d.Channels] {
				sum += v
			}
			if d.Controls > 0 {
				for _, v := range m.Floats(m.Outputs.ControlContributions)[i*d.Controls : (i+1)*d.Controls] {
					sum += v
				}
			}
			require.InDelta(t, want, sum*m.PredictionScale(), 1e-12*max(1, math.Abs(want)))
		}
	})
}

// TestPermutingChannelsPermutesEverything holds in notears mode, in which the channels have no given order.
func TestPermutingChannelsPermutesEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := neural.Dims{Regions: 2, Weeks: 5, Channels: rapid.IntRange(2, 5).Draw(t, "M"), Controls: 2}
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		order := rapid.Permutation(sequence(d.Channels)).Draw(t, "order")
		x := randomData(rng, d)
		c := smallConfig(dag.NOTEARS)
		params, permuted := graph.NewParams(tensor.Float64, 5), graph.NewParams(tensor.Float64, 5)
		m := build(t, c, d, params, x)
		y := x
		y.media = permuteAxis(x.media, d.Channels, 1, order)
		p := build(t, c, d, permuted, y)
		axes := channelAxes(params, d.Channels)
		for _, param := range params.All() {
			values := graph.Floats(param.Value)
			for _, a := range axes[param.Name] {
				values = permuteAxis(values, a.n, a.inner, order)
			}
			require.NoError(t, permuted.Set(param.Name, values))
		}
		require.NoError(t, m.Run())
		require.NoError(t, p.Run())
		same := func(name string, want, got []float64) {
			for i := range want {
				require.InDelta(t, want[i], got[i], 1e-12*max(1, math.Abs(want[i])), "%s[%d]", name, i)
			}
		}
		same("prediction", m.Floats(m.Outputs.Prediction), p.Floats(p.Outputs.Prediction))
		same("total loss", []float64{m.Scalar(m.Loss.Total)}, []float64{p.Scalar(p.Loss.Total)})
		same("media contributions", permuteAxis(m.Floats(m.Outputs.MediaContributions), d.Channels, 1, order),
			p.Floats(p.Outputs.MediaContributions))
		for i, param := range m.Parameters {
			grad := graph.Floats(m.Gradient(i))
			for _, a := range axes[param.Name] {
				grad = permuteAxis(grad, a.n, a.inner, order)
			}
			same("∂/∂"+param.Name, grad, graph.Floats(p.Gradient(i)))
		}
	})
}

func sequence(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

// axis is an axis of a tensor whose first slices are channels: n slices of inner elements each.
type axis struct{ n, inner int }

// channelAxes lists each parameter's axes of channels. The GRU's input weight has them in its first columns.
func channelAxes(p *graph.Params, m int) map[string][]axis {
	axes := map[string][]axis{}
	for _, name := range []string{"alpha", "hill_a", "hill_g", "interaction_weight", "media_coeff_max_raw", "stable_media_coeff",
		"coeff_gen.4.bias"} {
		axes[name] = []axis{{m, 1}}
	}
	axes["adj_logits"] = []axis{{m, m}, {m, 1}}
	last := p.Get("coeff_gen.4.weight").Value.Shape()
	axes["coeff_gen.4.weight"] = []axis{{m, last[1]}}
	axes["gru.weight_ih_l0"] = []axis{{p.Get("gru.weight_ih_l0").Value.Shape()[1], 1}}
	return axes
}

// permuteAxis reorders the first len(order) slices of an axis of n, each of inner elements.
func permuteAxis(x []float64, n, inner int, order []int) []float64 {
	y := append([]float64(nil), x...)
	for block := 0; block < len(x); block += n * inner {
		for to, from := range order {
			copy(y[block+to*inner:block+(to+1)*inner], x[block+from*inner:block+(from+1)*inner])
		}
	}
	return y
}

func TestEvaluationSharesParametersAndHasNoDropout(t *testing.T) {
	d := neural.Dims{Regions: 3, Weeks: 9, Channels: 3, Controls: 2}
	c := smallConfig(dag.Triangular)
	c.Dropout, c.HiddenDim = 0.5, 16
	x := randomData(rand.New(rand.NewPCG(2, 2)), d)
	params := graph.NewParams(tensor.Float64, 5)
	training := build(t, c, d, params, x)
	evaluation, err := neural.New(c, d, params, neural.Evaluation, neural.Design{})
	require.NoError(t, err)
	require.NoError(t, evaluation.SetData(x.media, x.controls, x.target, x.season))

	training.DrawDropout(rand.New(rand.NewPCG(1, 1)))
	require.NoError(t, training.Run())
	dropped := training.Floats(training.Outputs.Prediction)
	require.NoError(t, training.Evaluate())
	require.NoError(t, evaluation.Evaluate())
	whole := evaluation.Floats(evaluation.Outputs.Prediction)
	require.Equal(t, whole, training.Floats(training.Outputs.Prediction))
	require.NotEqual(t, whole, dropped)

	require.NoError(t, params.Set("prediction_scale", []float64{1.5}))
	require.NoError(t, evaluation.Evaluate())
	require.Greater(t, evaluation.Floats(evaluation.Outputs.Prediction)[0], whole[0], "both models see the new value")
}

func TestWarmStartFitIsTheMeanSquaredError(t *testing.T) {
	d := neural.Dims{Regions: 2, Weeks: 6, Channels: 2, Controls: 1}
	x := randomData(rand.New(rand.NewPCG(4, 4)), d)
	m := build(t, smallConfig(dag.Triangular), d, graph.NewParams(tensor.Float64, 5), x)
	m.SetFit(true)
	require.NoError(t, m.Run())
	want := 0.0
	for i, p := range m.Floats(m.Outputs.Prediction) {
		want += (p - x.target[i]) * (p - x.target[i]) / float64(len(x.target))
	}
	require.InDelta(t, want, m.Scalar(m.Loss.Fit), 1e-12)
}

func TestMachineAgreesWithGorgoniasTapeMachine(t *testing.T) {
	d := neural.Dims{Regions: 2, Weeks: 6, Channels: 3, Controls: 2}
	m := build(t, smallConfig(dag.NOTEARS), d, graph.NewParams(tensor.Float64, 5), randomData(rand.New(rand.NewPCG(4, 4)), d))
	require.NoError(t, m.Run())
	var total gorgonia.Value
	gorgonia.Read(m.Loss.Total, &total)
	tape := gorgonia.NewTapeMachine(m.Graph)
	defer tape.Close()
	require.NoError(t, tape.RunAll())
	require.InDelta(t, total.Data().(float64), m.Scalar(m.Loss.Total), 1e-12)
}

func TestMachineNamesAnInputWithoutValue(t *testing.T) {
	g := gorgonia.NewGraph()
	x := gorgonia.NewVector(g, tensor.Float64, gorgonia.WithName("exposure"), gorgonia.WithShape(2))
	require.ErrorContains(t, graph.NewMachine(graph.Nodes{op.Sigmoid(x)}).Run(), "exposure")
}

// exponential saturates exposure as 1 − e^(−rate·x), with Gorgonia's own ops.
type exponential struct{ rate *graph.Node }

func newExponential(s *graph.Scope, channels int) graph.Layer {
	return exponential{s.Param("saturation_rate", graph.Structure, graph.Fill(1), channels)}
}

func (l exponential) Forward(x *graph.Node) *graph.Node {
	rate := op.Expand(x.Shape()[:2], l.rate, nil)
	unsaturated := graph.From(gorgonia.Exp(op.Affine(-1, op.Mul(rate, x), 0)))
	return op.Affine(-1, unsaturated, 1)
}

// Example_saturation adds a saturation to the model: a layer is its parameters and its equation. Finite differences check
// its gradient, and the model is built with it instead of layers.Hill.
func Example_saturation() {
	rng := rand.New(rand.NewPCG(1, 1))
	exposure := gradcheck.Uniform(rng, "x", 0, 2, 3, 5, 2) // regions, weeks, channels
	err := gradcheck.Layer(rng, func(s *graph.Scope, in ...*graph.Node) *graph.Node {
		return newExponential(s, 2).Forward(in[0])
	}, exposure)
	fmt.Println("gradient:", err)

	sizes := neural.Dims{Regions: 3, Weeks: 5, Channels: 2, Controls: 1}
	params := graph.NewParams(tensor.Float64, 42)
	m, err := neural.New(neural.DefaultConfig(), sizes, params, neural.Training, neural.Design{Saturation: newExponential})
	if err == nil {
		err = m.Run()
	}
	fmt.Println("model:", err, params.Get("saturation_rate").Value)
	// Output:
	// gradient: <nil>
	// model: <nil> [1  1]
}

// The float32 model runs other kernels than the float64 one, which the conformance cases and finite differences check:
// whole vectors and their remainders, whole tiles of a product and their edges.
func TestFloat32AgreesWithFloat64(t *testing.T) {
	for _, size := range []struct {
		d      neural.Dims
		hidden int
	}{{neural.Dims{Regions: 2, Weeks: 5, Channels: 3, Controls: 2}, 4}, {neural.Dims{Regions: 13, Weeks: 9, Channels: 5, Controls: 3}, 21},
		{neural.Dims{Regions: 30, Weeks: 20, Channels: 13, Controls: 7}, 40}, {neural.Dims{Regions: 1, Weeks: 30, Channels: 1, Controls: 0}, 33}} {
		c := smallConfig(dag.NOTEARS)
		c.HiddenDim, c.GRULayers = size.hidden, 2
		x := randomData(rand.New(rand.NewPCG(5, 6)), size.d)
		wide := build(t, c, size.d, graph.NewParams(tensor.Float64, 7), x)
		narrow := build(t, c, size.d, graph.NewParams(tensor.Float32, 7), x)
		require.NoError(t, wide.Run())
		require.NoError(t, narrow.Run())
		require.InEpsilon(t, wide.Scalar(wide.Loss.Total), narrow.Scalar(narrow.Loss.Total), 1e-5)
		for i, p := range wide.Parameters {
			want, got := graph.Floats(wide.Gradient(i)), graph.Floats(narrow.Gradient(i))
			size := 0.0
			for _, v := range want {
				size = max(size, math.Abs(v))
			}
			require.InDeltaSlice(t, want, got, 1e-4*size+1e-9, "%s at %+v", p.Name, wide.Dims)
		}
	}
}

// The same bits on any number of cores, with every BLAS: ours, and OpenBLAS if the machine has it, whose products depend
// on the number of rows. If the processor cannot run our kernels, ours is gonum.
func TestSameBitsOnAnyNumberOfCores(t *testing.T) {
	defer func() { _, _ = blas.Use(blas.Go) }()
	for _, choice := range []string{blas.Go, "libopenblas.so.0"} {
		if _, err := blas.Use(choice); err != nil && choice != blas.Go {
			continue
		}
		for _, d := range []neural.Dims{{Regions: 40, Weeks: 52, Channels: 13, Controls: 7}, {Regions: 8, Weeks: 10, Channels: 130, Controls: 2}} {
			for _, dtype := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
				c := smallConfig(dag.NOTEARS)
				c.HiddenDim = 24
				gradients := func(cores int) (all [][]float64) {
					defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
					m := build(t, c, d, graph.NewParams(dtype, 3), randomData(rand.New(rand.NewPCG(1, 9)), d))
					require.NoError(t, m.Run())
					for i := range m.Parameters {
						all = append(all, graph.Floats(m.Gradient(i)))
					}
					return all
				}
				one := gradients(1)
				for _, cores := range []int{2, 5} {
					require.Equal(t, one, gradients(cores), "%s on %d cores, %v, %+v", blas.Used(), cores, dtype, d)
				}
			}
		}
	}
}
