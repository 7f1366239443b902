package optim_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"

	"deepcausalmmm/optim"
)

// reference is what PyTorch did; testdata/pytorch.py made it.
type reference struct {
	AdamW []struct {
		Beta1, Beta2, Eps, Decay, Rate, Clip float64
		Joins                                int
		Start                                [][]float64
		Path                                 [][][]float64
		Norms                                []float64
	}
	Plateau []struct {
		Patience            int
		Factor, Floor, Rate float64
		Figures             []*float64 // nil is NaN
		Rates               []float64
	}
	Cosine []struct {
		Period, Mult int
		Floor, Rate  float64
		Rates        []float64
	}
}

func pytorch(t *testing.T) (r reference) {
	text, err := os.ReadFile(filepath.Join("testdata", "pytorch.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &r))
	return r
}

// vector is a tensor with a copy of the values.
func vector[F float32 | float64](values ...F) *tensor.Dense {
	return tensor.New(tensor.WithShape(len(values)), tensor.WithBacking(append([]F(nil), values...)))
}

// param has the values and a gradient of 0.
func param[F float32 | float64](name string, values ...F) *optim.Param {
	return &optim.Param{Name: name, Value: vector(values...), Grad: vector(make([]F, len(values))...)}
}

func values(p *optim.Param) []float64 { return p.Value.Float64s() }
func grads(p *optim.Param) []float64  { return p.Grad.Float64s() }

func TestAScalarIsAParameter(t *testing.T) {
	p := &optim.Param{Value: tensor.New(tensor.FromScalar(1.0)), Grad: tensor.New(tensor.FromScalar(2.0))}
	require.NoError(t, (&optim.AdamW{Rate: 0.1}).Step([]*optim.Param{p})) // no memory: the gradient over its size
	require.InDelta(t, 0.9, p.Value.ScalarValue(), 1e-12)
}

func TestMisusedParametersPanic(t *testing.T) {
	matrix := func() *tensor.Dense {
		return tensor.New(tensor.WithShape(2, 2), tensor.WithBacking(make([]float64, 4)))
	}
	const layout = "optim: value and gradient of x must be contiguous and in row-major order"
	transposed := matrix()
	require.NoError(t, transposed.T())
	whole := tensor.New(tensor.FromScalar(1))
	columns := tensor.New(tensor.WithShape(2, 2), tensor.AsFortran(make([]float64, 4)))
	for _, c := range []struct {
		message string
		p       optim.Param
	}{
		{"optim: x lacks its value or its gradient", optim.Param{Value: matrix()}},
		{"optim: x is of int, neither float32 nor float64", optim.Param{Value: whole, Grad: matrix()}},
		{"optim: x is of float64, but its gradient of float32", optim.Param{Value: vector(1.0), Grad: vector[float32](1)}},
		{"optim: x has shape (2), but its gradient (3)", optim.Param{Value: vector(1.0, 2), Grad: vector(1.0, 2, 3)}},
		{layout, optim.Param{Value: matrix(), Grad: transposed}},
		{layout, optim.Param{Value: columns, Grad: matrix()}},
	} {
		c.p.Name = "x"
		require.PanicsWithValue(t, c.message, func() { _ = optim.NewAdamW(0.1).Step([]*optim.Param{&c.p}) })
		require.PanicsWithValue(t, c.message, func() { _ = optim.ClipNorm{Max: 1}.Apply([]*optim.Param{&c.p}) })
	}
}
