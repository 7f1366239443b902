package op

import (
	"fmt"

	"gorgonia.org/tensor"

	"deepcausalmmm/internal/cores"
)

// Expand repeats x over new axes: outer axes before x's own and inner axes after them. A baseline [R] becomes [R, T] with
// inner weeks, a channel's coefficient [M] becomes [R, T, M] with outer regions and weeks. It is the adjoint of Reduce: the
// gradient of one is the other.
func Expand(outer []int, x *Node, inner []int) *Node {
	return pick(x, expand[float32], expand[float64])(outer, x, inner)
}

// Reduce sums x over its first outer axes and its last inner axes: the media contribution [R, T, M] summed over channels is
// Reduce(0, x, 1).
func Reduce(outer int, x *Node, inner int) *Node {
	return pick(x, reduce[float32], reduce[float64])(outer, x, inner)
}

// Sum is the sum of all elements of x, a scalar.
func Sum(x *Node) *Node { return Reduce(0, x, x.Dims()) }

func expand[F Float](outer []int, x *Node, inner []int) *Node {
	shape := append(append(append(tensor.Shape{}, outer...), x.Shape()...), inner...)
	keep, repeat := size(x.Shape()), size(inner)
	return apply(kernel[F]{
		name: fmt.Sprintf("expand %v x %v", outer, inner), shape: shape,
		run: func(out []F, in [][]F) {
			x := in[0]
			cores.Share(len(out)/repeat, max(1, elementGrain/repeat), func(lo, hi int) {
				for row := lo; row < hi; row++ {
					v := x[row%keep]
					for i := row * repeat; i < (row+1)*repeat; i++ {
						out[i] = v
					}
				}
			})
		},
		diff: func(_ Nodes, _, grad *Node) Nodes {
			return Nodes{reduce[F](len(outer), grad, len(inner))}
		},
	}, x)
}

func reduce[F Float](outer int, x *Node, inner int) *Node {
	whole := x.Shape()
	if outer+inner > len(whole) {
		Fail("op: %v has no %d + %d axes to sum", whole, outer, inner)
	}
	shape := whole[outer : len(whole)-inner]
	keep, repeat := size(shape), size(whole[len(whole)-inner:])
	sums := make([]float64, keep) // in float64: a float32 sum over 10⁷ elements loses half its digits
	return apply(kernel[F]{
		name: fmt.Sprintf("sum over %d + %d axes", outer, inner), shape: shape,
		run: func(out []F, in [][]F) {
			clear(sums)
			for row := range len(in[0]) / repeat {
				sum := 0.0
				for _, v := range in[0][row*repeat : (row+1)*repeat] {
					sum += float64(v)
				}
				sums[row%keep] += sum
			}
			for i, s := range sums {
				out[i] = F(s)
			}
		},
		diff: func(in Nodes, _, grad *Node) Nodes {
			return Nodes{expand[F](whole[:outer], grad, whole[len(whole)-inner:])}
		},
	}, x)
}

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
