package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// gradients adds the backward op of a layer: one kernel that computes the gradients of several tensors at once. A Gorgonia
// op has one result, so they are packed into one vector, and each returned node is a part of it, with the shape of the
// node in like; run writes outs[i], the gradient of like[i].
func gradients[F Float](name string, like Nodes, run func(outs, in [][]F), inputs ...*Node) Nodes {
	sizes := make([]int, len(like))
	total := 0
	for i, n := range like {
		sizes[i] = n.Shape().TotalSize()
		total += sizes[i]
	}
	outs := make([][]F, len(like))
	packed := apply(kernel[F]{
		name:  "∂" + name,
		shape: tensor.Shape{total},
		run: func(out []F, in [][]F) {
			for i, n := range sizes {
				outs[i], out = out[:n:n], out[n:]
			}
			run(outs, in)
		},
	}, inputs...)
	parts := make(Nodes, len(like))
	offset := 0
	for i, n := range like {
		parts[i] = part[F](packed, offset, n.Shape())
		offset += sizes[i]
	}
	return parts
}

// part is a segment of a packed vector as a tensor. A segment of more than half of the vector is a view; a smaller one is
// a copy, so that the memory of the vector is free after the last use of the large one.
func part[F Float](packed *Node, offset int, shape tensor.Shape) *Node {
	k := kernel[F]{name: fmt.Sprintf("part from %d", offset), shape: shape}
	size := shape.TotalSize()
	if 2*size <= packed.Shape().TotalSize() {
		k.run = func(out []F, in [][]F) { copy(out, in[0][offset:]) }
		return apply(k, packed)
	}
	k.in = append(k.in, packed.Type())
	return checked(gorgonia.ApplyOp(&partOp[F]{k, offset}, packed))
}

// partOp is a segment of a packed vector as a tensor. It is a kernel whose result is a view.
type partOp[F Float] struct {
	kernel[F]
	offset int
}

// View implements Kernel.
func (p *partOp[F]) View() (offset int, ok bool) { return p.offset, true }

func (p *partOp[F]) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return p.UsePreallocDo(nil, inputs...)
}

// UsePreallocDo keeps the view of the last run if the packed vector has the same memory.
func (p *partOp[F]) UsePreallocDo(prealloc gorgonia.Value, inputs ...gorgonia.Value) (gorgonia.Value, error) {
	data, err := flat[F](inputs[0])
	if err != nil {
		return nil, fmt.Errorf("op: %s: %w", p.name, err)
	}
	if p.shape.Dims() == 0 {
		return scalar(data[p.offset]), nil
	}
	view := data[p.offset : p.offset+p.shape.TotalSize()]
	if last, ok := prealloc.(*tensor.Dense); ok && last != nil && len(view) > 0 && &elements[F](last)[0] == &view[0] {
		return last, nil
	}
	return tensor.New(tensor.WithShape(p.shape...), tensor.WithBacking(view)), nil
}
