package structural

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/dag"
	"deepcausalmmm/dag/learn"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// A direction that lags identify is found by every method that scores orders under any variances.
func TestEveryMethodFindsTheChain(t *testing.T) {
	w := newWorld(t, size{12, 120, 0.01})
	d := dataOf(t, w.panel, 110)
	for _, method := range learn.Methods {
		g, err := Learn(context.Background(), d, method, 2, 0, nil)
		require.NoError(t, err)
		edges := g.Edges()
		require.Len(t, edges, 1, "%s", method)
		require.Equal(t, [2]int{0, 1}, [2]int{edges[0].From, edges[0].To}, "%s", method)
	}
}

func TestTheChoicesAreAutoAndAllMethods(t *testing.T) {
	field, ok := reflect.TypeFor[Settings]().FieldByName("DAGMethod")
	require.True(t, ok)
	want := []string{"auto"}
	for _, method := range learn.Methods {
		want = append(want, string(method))
	}
	require.ElementsMatch(t, want, strings.Split(field.Tag.Get("choices"), ", "))
}

// A threshold drops no required edge, and the weights that are left are those of least squares.
func TestThresholdKeepsRequiredEdges(t *testing.T) {
	w := newWorld(t, size{12, 120, 0.01})
	d := dataOf(t, w.panel, 110)
	known := dag.NewConstraints(3)
	require.NoError(t, known.Require(2, 1))
	g, err := Learn(context.Background(), d, learn.Exact, 1, 0.2, known)
	require.NoError(t, err)
	require.NotZero(t, g.Strongest().At(2, 1))
	require.NotZero(t, g.Strongest().At(0, 1))
	p, err := d.exposures(1)
	require.NoError(t, err)
	moments, err := dag.CrossProducts(1, p.Signals(g.Mechanism)...)
	require.NoError(t, err)
	again := g.Clone()
	again.Refit(moments)
	require.InDeltaSlice(t, g.Weights().RawMatrix().Data, again.Weights().RawMatrix().Data, 1e-9)
}

func TestExactIsTheDefaultOnlyWhereItCanSearch(t *testing.T) {
	_, settings := Structural{}.Defaults()
	s := settings.(*Settings)
	require.Equal(t, learn.Exact, s.method(learn.MaxExact))
	require.Equal(t, learn.NOTEARS, s.method(learn.MaxExact+1))
	s.DAGMethod = "dagma"
	require.Equal(t, learn.DAGMA, s.method(3))
	s.DAGMethod = "exact"
	_, err := Structural{}.Prepare(model.Task{Settings: s, Panel: &panel.Panel{Channels: make([]string, learn.MaxExact+1)}})
	require.ErrorContains(t, err, "dag_method: exact searches all orders of at most 12 channels, not of 13")
}
