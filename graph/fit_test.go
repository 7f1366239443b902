package graph

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"
)

func TestFitTakesTheSmallestBufferThatIsLargeEnough(t *testing.T) {
	f32, f64 := tensor.Float32, tensor.Float64
	small, large, huge := &buffer{dtype: f32, size: 4, free: true}, &buffer{dtype: f32, size: 8, free: true},
		&buffer{dtype: f32, size: 16, free: true}
	taken, other := &buffer{dtype: f32, size: 8}, &buffer{dtype: f64, size: 8, free: true}
	all := []*buffer{huge, small, taken, other, large}
	require.Same(t, small, fit(all, f32, 3))
	require.Same(t, large, fit(all, f32, 5))
	require.Same(t, huge, fit(all, f32, 17), "none is large enough: the largest grows")
	require.Same(t, other, fit(all, f64, 3))
	require.Nil(t, fit([]*buffer{taken}, f32, 1))
}
