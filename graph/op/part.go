package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// gradients adds the backward op of a layer: one kernel that computes the gradients of several tensors at once. Since a
// Gorgonia op has one result, they come packed into one vector, and each returned node is a part of it, without
// a copy. The parts take the shapes of the nodes in like; run writes outs[i], the gradient of like[i].
func gradients[F Float](name string, like gorgonia.Nodes, run func(outs, in [][]F), inputs ...*gorgonia.Node) (
	gorgonia.Nodes, error) {
	sizes := make([]int, len(like))
	total := 0
	for i, n := range like {
		sizes[i] = n.Shape().TotalSize()
		total += sizes[i]
	}
	outs := make([][]F, len(like))
	packed, err := apply(kernel[F]{
		name:  "∂" + name,
		shape: tensor.Shape{total},
		run: func(out []F, in [][]F) {
			for i, n := range sizes {
				outs[i], out = out[:n:n], out[n:]
			}
			run(outs, in)
		},
	}, inputs...)
	if err != nil {
		return nil, err
	}
	parts := make(gorgonia.Nodes, len(like))
	offset := 0
	for i, n := range like {
		if parts[i], err = part[F](packed, offset, n.Shape()); err != nil {
			return nil, err
		}
		offset += sizes[i]
	}
	return parts, nil
}

// part takes a run of a packed vector as a tensor. What is most of the vector it views; anything else it copies, so
// that the vector's memory is free as soon as the large part is done with.
func part[F Float](packed *gorgonia.Node, offset int, shape tensor.Shape) (*gorgonia.Node, error) {
	k := kernel[F]{name: fmt.Sprintf("part from %d", offset), shape: shape}
	size := shape.TotalSize()
	if 2*size <= packed.Shape().TotalSize() {
		k.run = func(out []F, in [][]F) { copy(out, in[0][offset:]) }
		return apply(k, packed)
	}
	k.in = append(k.in, packed.Type())
	return gorgonia.ApplyOp(&partOp[F]{k, offset}, packed)
}

// partOp views a run of a packed vector as a tensor. It is a kernel in all but its result, which it does not copy.
type partOp[F Float] struct {
	kernel[F]
	offset int
}

// View implements Kernel.
func (p *partOp[F]) View() (offset int, ok bool) { return p.offset, true }

func (p *partOp[F]) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return p.UsePreallocDo(nil, inputs...)
}

// UsePreallocDo keeps the view of the last run as long as the packed vector stays where it was.
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
