package train

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/train/model"
)

func TestDrawnGraphIsTheStrongestPart(t *testing.T) {
	r := &Result{Outcome: model.Outcome{Graph: model.Graph{
		Pruned: mat.NewDense(3, 3, []float64{0, 0.9, 0.04, 0, 0, 0.5, 0, 0, 0}),
	}}}
	r.Config.Visualization = model.Visualization{CorrelationThreshold: 0.05, DAGTopNEdges: 5}
	require.Equal(t, []float64{0, 0.9, 0, 0, 0, 0.5, 0, 0, 0}, r.drawn().RawMatrix().Data)
	r.Config.Visualization.DAGTopNEdges = 1
	require.Equal(t, []float64{0, 0.9, 0, 0, 0, 0, 0, 0, 0}, r.drawn().RawMatrix().Data)
}
