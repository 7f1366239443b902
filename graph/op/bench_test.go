package op_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// The reference size: that of the real panel, with the hidden units of the preset.
const (
	regions, weeks, channels, controls, hidden = 190, 102, 13, 7, 280
	rows                                       = regions * weeks
)

type input struct {
	name  string
	shape []int
}

// cost of one run: an op is bound by either its floating-point operations or its memory traffic.
type cost struct{ flops, bytes float64 }

// product is the cost of m × k by k × n.
func product(m, k, n int) float64 { return 2 * float64(m) * float64(k) * float64(n) }

// benchmarkOp times an op without and with its gradient, in float32.
func benchmarkOp(b *testing.B, forward, backward cost, build gradBuild, inputs ...input) {
	g := gorgonia.NewGraph()
	var nodes gorgonia.Nodes
	for i, in := range inputs {
		size := tensor.Shape(in.shape).TotalSize()
		values := make([]float32, size)
		for j := range values {
			values[j] = float32((j*31+i*17)%101)/101 - 0.3*float32(i%2)
		}
		nodes = append(nodes, gorgonia.NewTensor(g, tensor.Float32, len(in.shape), gorgonia.WithName(in.name),
			gorgonia.WithValue(tensor.New(tensor.WithShape(in.shape...), tensor.WithBacking(values)))))
	}
	var out *graph.Node
	grads, err := graph.Build(func() graph.Nodes {
		out = build(nodes...)
		total := out
		if !out.IsScalar() {
			total = op.Sum(out)
		}
		return graph.Grad(total, nodes...)
	})
	require.NoError(b, err)
	m := graph.NewMachine(graph.Nodes{out}, grads)
	require.NoError(b, m.Run())
	both := cost{forward.flops + backward.flops, forward.bytes + backward.bytes}
	for stage, c := range []cost{forward, both} {
		b.Run([]string{"forward", "forward+backward"}[stage], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := m.RunTo(stage); err != nil {
					b.Fatal(err)
				}
			}
			seconds := b.Elapsed().Seconds() / float64(b.N)
			if c.flops > 0 {
				b.ReportMetric(c.flops/seconds/1e9, "GFLOP/s")
			}
			if c.bytes > 0 {
				b.ReportMetric(c.bytes/seconds/1e9, "GB/s")
			}
		})
	}
}

type gradBuild func(in ...*graph.Node) *graph.Node

func BenchmarkOpGRU(b *testing.B) {
	in := channels + hidden/2
	flops := product(rows, in, 3*hidden) + product(rows, hidden, 3*hidden)
	benchmarkOp(b, cost{flops: flops}, cost{flops: 2 * flops},
		func(in ...*graph.Node) *graph.Node {
			return op.GRU(in[0], in[1], in[2], in[3], in[4], in[5])
		},
		input{"x", []int{regions, weeks, in}}, input{"W_i", []int{3 * hidden, in}}, input{"W_h", []int{3 * hidden, hidden}},
		input{"b_i", []int{3 * hidden}}, input{"b_h", []int{3 * hidden}}, input{"h0", []int{1, 1, hidden}})
}

func BenchmarkOpDense(b *testing.B) {
	b.Run("head", func(b *testing.B) {
		flops := product(rows, hidden, hidden) + product(rows, hidden, hidden/2) + product(rows, hidden/2, channels)
		benchmarkOp(b, cost{flops: flops}, cost{flops: 2 * flops},
			func(in ...*graph.Node) *graph.Node {
				return op.Dense(in[0], op.Connected{Weight: in[1], Bias: in[2], Act: op.ReLU},
					op.Connected{Weight: in[3], Bias: in[4], Act: op.ReLU}, op.Connected{Weight: in[5], Bias: in[6], Act: op.Logistic})
			},
			input{"h", []int{regions, weeks, hidden}}, input{"W1", []int{hidden, hidden}}, input{"b1", []int{hidden}},
			input{"W2", []int{hidden / 2, hidden}}, input{"b2", []int{hidden / 2}},
			input{"W3", []int{channels, hidden / 2}}, input{"b3", []int{channels}})
	})
	b.Run("controls", func(b *testing.B) {
		bytes := 4.0 * rows * (controls + hidden/2)
		benchmarkOp(b, cost{bytes: bytes}, cost{bytes: 2*bytes + 4*rows*hidden/2},
			func(in ...*graph.Node) *graph.Node {
				return op.Dense(in[0], op.Connected{Weight: in[1], Bias: in[2], Act: op.Tanh})
			},
			input{"z", []int{regions, weeks, controls}}, input{"W", []int{hidden / 2, controls}}, input{"b", []int{hidden / 2}})
	})
}

// media is the size of a tensor of exposure in bytes.
const media = 4.0 * rows * channels

func BenchmarkOpAdstock(b *testing.B) {
	benchmarkOp(b, cost{bytes: 2 * media}, cost{bytes: 4 * media},
		func(in ...*graph.Node) *graph.Node { return op.Adstock(in[0], in[1]) },
		input{"x", []int{regions, weeks, channels}}, input{"a", []int{channels}})
}

func BenchmarkOpHill(b *testing.B) {
	benchmarkOp(b, cost{bytes: 4 * media}, cost{bytes: 5 * media},
		func(in ...*graph.Node) *graph.Node { return op.Hill(in[0], in[1], in[2]) },
		input{"x", []int{regions, weeks, channels}}, input{"n", []int{channels}}, input{"k", []int{channels}})
}

func BenchmarkOpBlend(b *testing.B) {
	benchmarkOp(b, cost{bytes: 5 * media}, cost{bytes: 11 * media},
		func(in ...*graph.Node) *graph.Node { return op.Blend(in[0], in[1], in[2]) },
		input{"s", []int{regions, weeks, channels}}, input{"W", []int{channels, channels}}, input{"mix", []int{channels}})
}

func BenchmarkOpJoin(b *testing.B) {
	bytes := 2 * 4.0 * rows * (channels + hidden/2)
	benchmarkOp(b, cost{bytes: bytes}, cost{bytes: bytes},
		func(in ...*graph.Node) *graph.Node { return op.Join(in[0], in[1]) },
		input{"x", []int{regions, weeks, channels}}, input{"y", []int{regions, weeks, hidden / 2}})
}

func BenchmarkOpMul(b *testing.B) {
	bytes := 3 * 4.0 * rows * hidden / 2
	benchmarkOp(b, cost{bytes: bytes}, cost{bytes: 2 * bytes},
		func(in ...*graph.Node) *graph.Node { return op.Mul(in[0], in[1]) },
		input{"x", []int{regions, weeks, hidden / 2}}, input{"mask", []int{regions, weeks, hidden / 2}})
}

func BenchmarkOpExpand(b *testing.B) {
	benchmarkOp(b, cost{bytes: media}, cost{bytes: media},
		func(in ...*graph.Node) *graph.Node {
			return op.Expand([]int{regions, weeks}, in[0], nil)
		},
		input{"coefficients", []int{channels}})
}

func BenchmarkOpReduce(b *testing.B) {
	benchmarkOp(b, cost{bytes: media}, cost{bytes: media},
		func(in ...*graph.Node) *graph.Node { return op.Reduce(0, in[0], 1) },
		input{"contributions", []int{regions, weeks, channels}})
}

func BenchmarkOpElementwise(b *testing.B) {
	for name, f := range map[string]func(*graph.Node) *graph.Node{
		"sigmoid": op.Sigmoid, "softplus": op.Softplus, "relu": op.Relu,
		"clip":    func(x *graph.Node) *graph.Node { return op.Clip(x, 0, 0.5) },
		"affine":  func(x *graph.Node) *graph.Node { return op.Affine(2, x, 1) },
		"combine": func(x *graph.Node) *graph.Node { return op.Combine([]float64{2}, x) },
	} {
		b.Run(name, func(b *testing.B) {
			benchmarkOp(b, cost{bytes: 2 * media}, cost{bytes: 4 * media},
				func(in ...*graph.Node) *graph.Node { return f(in[0]) },
				input{"x", []int{regions, weeks, channels}})
		})
	}
}

func BenchmarkOpLosses(b *testing.B) {
	weight := []int{3 * hidden, hidden}
	bytes := 4.0 * 3 * hidden * hidden
	for name, f := range map[string]func(*graph.Node) *graph.Node{"abs sum": op.AbsSum, "square sum": op.SquareSum} {
		b.Run(name, func(b *testing.B) {
			benchmarkOp(b, cost{bytes: bytes}, cost{bytes: 2 * bytes},
				func(in ...*graph.Node) *graph.Node { return f(in[0]) }, input{"W_h", weight})
		})
	}
	b.Run("group norm", func(b *testing.B) {
		benchmarkOp(b, cost{bytes: 4 * channels * channels}, cost{bytes: 8 * channels * channels},
			func(in ...*graph.Node) *graph.Node { return op.GroupNorm(in[0], 1e-8) },
			input{"W", []int{channels, channels}})
	})
	b.Run("huber", func(b *testing.B) {
		benchmarkOp(b, cost{bytes: 8 * rows}, cost{bytes: 12 * rows},
			func(in ...*graph.Node) *graph.Node {
				target := gorgonia.NewTensor(in[0].Graph(), tensor.Float32, 2, gorgonia.WithName("y"),
					gorgonia.WithShape(regions, weeks), gorgonia.WithInit(gorgonia.Zeroes()))
				delta := gorgonia.NewScalar(in[0].Graph(), tensor.Float32, gorgonia.WithName("δ"), gorgonia.WithValue(float32(0.25)))
				return op.Huber(in[0], target, delta)
			}, input{"prediction", []int{regions, weeks}})
	})
}

// BenchmarkTraceExp is the acyclicity with its gradient. Its products, 11 to 17 of them, are counted as 11.
func BenchmarkTraceExp(b *testing.B) {
	for _, m := range []int{13, 50, 100, 200, 500} {
		b.Run(fmt.Sprintf("M=%d", m), func(b *testing.B) {
			benchmarkOp(b, cost{flops: 11 * product(m, m, m)}, cost{},
				func(in ...*graph.Node) *graph.Node {
					return op.TraceExp(op.Affine(1/float64(m), in[0], 0))
				}, input{"W", []int{m, m}})
		})
	}
}
