package neural

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/internal/modelfile"
)

// valuesOf returns the values of a parameter.
func valuesOf(t *Trainer, name string) []float64 {
	return graph.Floats(t.fitted.params.Get(name).Value)
}

func TestModelRoundTripsToTheLastBit(t *testing.T) {
	for _, dtype := range []string{"float32", "float64"} {
		c := quickConfig(dag.NOTEARS)
		c.Dtype, c.GRULayers = dtype, 2
		training, out := runSample(t, c)
		w := modelfile.NewWriter()
		require.NoError(t, out.Fitted.Save(w))
		var file bytes.Buffer
		require.NoError(t, w.Encode(&file))
		r, err := modelfile.Parse(file.Bytes(), "")
		require.NoError(t, err)
		require.Len(t, r.Names(), len(training.fitted.params.All())+3, "media, controls and season beside the parameters")

		task := taskOf(t, c, training.task.Panel)
		task.Panel, err = r.Panel()
		require.NoError(t, err)
		opened, err := Original{}.Open(r, task)
		require.NoError(t, err)
		was, is := training.fitted, opened.(*Fitted)
		require.Equal(t, was.scaling, is.scaling)
		require.Equal(t, was.season, is.season)
		require.Equal(t, was.config, is.config)
		require.Equal(t, len(was.params.All()), len(is.params.All()))
		for _, p := range was.params.All() {
			require.Equal(t, graph.Floats(p.Value), graph.Floats(is.params.Get(p.Name).Value), p.Name)
			require.Equal(t, p.Value.Dtype(), is.params.Get(p.Name).Value.Dtype())
		}
	}
}
