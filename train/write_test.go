package train

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/train/model"
)

func TestDrawnGraphIsTheStrongestPart(t *testing.T) {
	pruned, err := dag.NewGraph(mat.NewDense(3, 3, []float64{0, 0.9, 0.04, 0, 0, -0.5, 0, 0, 0}))
	require.NoError(t, err)
	r := &Result{Outcome: model.Outcome{Graph: model.Graph{Pruned: pruned}}}
	r.Config.Visualization = model.Visualization{CorrelationThreshold: 0.05, DAGTopNEdges: 5}
	require.Equal(t, []float64{0, 0.9, 0, 0, 0, -0.5, 0, 0, 0}, r.drawn().RawMatrix().Data)
	r.Config.Visualization.DAGTopNEdges = 1
	require.Equal(t, []float64{0, 0.9, 0, 0, 0, 0, 0, 0, 0}, r.drawn().RawMatrix().Data)
}
