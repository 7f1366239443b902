package op

import "math"

// Softmax is e^x divided by the sum of its column, of a matrix x.
func Softmax(x *Node) *Node {
	return pick(x, softmax[float32], softmax[float64])(x)
}

func softmax[F Float](x *Node) *Node {
	rows, cols := matrixShape("softmax", x)
	return apply(kernel[F]{
		name: "softmax", shape: x.Shape(),
		run: func(out []F, in [][]F) {
			x := in[0]
			for c := range cols {
				top, sum := math.Inf(-1), 0.0
				for i := c; i < rows*cols; i += cols {
					top = max(top, float64(x[i]))
				}
				for i := c; i < rows*cols; i += cols {
					e := math.Exp(float64(x[i]) - top)
					out[i] = F(e)
					sum += e
				}
				for i := c; i < rows*cols; i += cols {
					out[i] /= F(sum)
				}
			}
		},
		diff: func(in Nodes, out, grad *Node) Nodes {
			dx := apply(kernel[F]{
				name: "∂softmax", shape: x.Shape(),
				run: func(dx []F, in [][]F) {
					y, g := in[0], in[1]
					for c := range cols {
						mean := F(0)
						for i := c; i < rows*cols; i += cols {
							mean += y[i] * g[i]
						}
						for i := c; i < rows*cols; i += cols {
							dx[i] = y[i] * (g[i] - mean)
						}
					}
				},
			}, out, grad)
			return Nodes{dx}
		},
	}, x)
}

// Normalise divides a matrix x of positive elements by the sums of its columns.
func Normalise(x *Node) *Node {
	return pick(x, normalise[float32], normalise[float64])(x)
}

func normalise[F Float](x *Node) *Node {
	rows, cols := matrixShape("normalise", x)
	sumOf := func(x []F, c int) (sum F) {
		for i := c; i < rows*cols; i += cols {
			sum += x[i]
		}
		return sum
	}
	return apply(kernel[F]{
		name: "normalise", shape: x.Shape(),
		run: func(out []F, in [][]F) {
			for c := range cols {
				sum := sumOf(in[0], c)
				for i := c; i < rows*cols; i += cols {
					out[i] = in[0][i] / sum
				}
			}
		},
		diff: func(in Nodes, out, grad *Node) Nodes {
			dx := apply(kernel[F]{
				name: "∂normalise", shape: x.Shape(),
				run: func(dx []F, in [][]F) {
					x, y, g := in[0], in[1], in[2]
					for c := range cols {
						sum, mean := sumOf(x, c), F(0)
						for i := c; i < rows*cols; i += cols {
							mean += y[i] * g[i]
						}
						for i := c; i < rows*cols; i += cols {
							dx[i] = (g[i] - mean) / sum
						}
					}
				},
			}, in[0], out, grad)
			return Nodes{dx}
		},
	}, x)
}
