package optim_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"

	"deepcausalmmm/optim"
)

// Two optimizers of the same rate, one of which stops half-way and hands its state to the other, walk as one does.
func TestAnOptimizerGoesOnFromItsState(t *testing.T) {
	start := []float64{3, -2, 0.5}
	walk := func(o optim.Optimizer, p *optim.Param, steps int) {
		for range steps {
			for i, x := range values(p) {
				grads(p)[i] = x*x*x - 1
			}
			require.NoError(t, o.Step([]*optim.Param{p}))
		}
	}
	whole := param("x", start...)
	walk(optim.Chain(optim.NewAdamW(0.1), optim.ClipNorm{Max: 1}), whole, 20)

	half, first := param("x", start...), optim.Chain(optim.NewAdamW(0.1), optim.ClipNorm{Max: 1})
	walk(first, half, 9)
	state := first.State(half)
	require.Equal(t, 9, state.Steps)
	resumed, second := param("x", values(half)...), optim.Chain(optim.NewAdamW(0.1), optim.ClipNorm{Max: 1})
	require.NoError(t, second.SetState(resumed, state))
	walk(first, half, 3) // which must not reach into the state handed over
	walk(second, resumed, 11)
	require.Equal(t, values(whole), values(resumed), "to the last bit")
}

func TestAParameterThatHasNotMovedHasNoState(t *testing.T) {
	p, moved, adam := param("x", 1.0), param("x", 1.0), optim.NewAdamW(0.1)
	require.Zero(t, adam.State(p))
	grads(moved)[0] = 1
	require.NoError(t, adam.Step([]*optim.Param{moved}))
	require.NoError(t, adam.SetState(moved, optim.State{}))
	require.Zero(t, adam.State(moved), "and one can be made to forget")
}

func TestAStateThatDoesNotFitIsRefused(t *testing.T) {
	p := param("x", 1.0, 2)
	two, three := tensor.New(tensor.WithBacking([]float64{1, 2})), tensor.New(tensor.WithBacking([]float64{1, 2, 3}))
	single := tensor.New(tensor.WithBacking([]float32{1, 2}))
	for want, tensors := range map[string]map[string]*tensor.Dense{
		"the state of x has no square":                    {"mean": two},
		"square of x is (3) of float64, not 2 of float64": {"mean": two, "square": three},
		"mean of x is (2) of float32, not 2 of float64":   {"mean": single, "square": two},
	} {
		require.ErrorContains(t, optim.NewAdamW(0.1).SetState(p, optim.State{Steps: 1, Tensors: tensors}), want)
	}
}
