package dag_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"deepcausalmmm/dag"
)

// edges makes a graph of n nodes.
func edges(n int, pairs ...[2]int) *mat.Dense {
	w := mat.NewDense(n, n, nil)
	for _, e := range pairs {
		w.Set(e[0], e[1], 1)
	}
	return w
}

func TestCompareByHand(t *testing.T) {
	truth := edges(4, [2]int{0, 1}, [2]int{1, 2}, [2]int{2, 3})
	for name, c := range map[string]struct {
		estimate *mat.Dense
		want     dag.Metrics
	}{
		"the truth": {truth, dag.Metrics{TruePositives: 3, TPR: 1, Precision: 1, Recall: 1, F1: 1}},
		"nothing":   {edges(4), dag.Metrics{SHD: 3, Missing: 3}},
		"one right, one reversed, one extra, one missing": {
			edges(4, [2]int{0, 1}, [2]int{2, 1}, [2]int{0, 3}),
			dag.Metrics{
				SHD: 3, TruePositives: 1, Reversed: 1, FalsePositives: 1, Missing: 1,
				FDR: 2. / 3, TPR: 1. / 3, FPR: 2. / 3, Precision: 1. / 3, Recall: 1. / 3, F1: 1. / 3,
			},
		},
		"all reversed": {
			mat.DenseCopyOf(truth.T()), dag.Metrics{SHD: 3, Reversed: 3, FDR: 1, FPR: 1},
		},
		"two of three": {
			edges(4, [2]int{0, 1}, [2]int{1, 2}),
			dag.Metrics{SHD: 1, TruePositives: 2, Missing: 1, TPR: 2. / 3, Precision: 1, Recall: 2. / 3, F1: 0.8},
		},
		"an edge both ways": {
			edges(4, [2]int{0, 1}, [2]int{1, 0}, [2]int{1, 2}, [2]int{2, 3}),
			dag.Metrics{
				SHD: 1, TruePositives: 3, Reversed: 1,
				FDR: 1. / 4, TPR: 1, FPR: 1. / 3, Precision: 3. / 4, Recall: 1, F1: 6. / 7,
			},
		},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, dag.Compare(c.estimate, truth)) })
	}
	full := edges(2, [2]int{0, 1}) // leaves no pair without an edge, so that fpr divides by 1
	require.Equal(t, dag.Metrics{SHD: 1, Reversed: 1, FDR: 1, FPR: 1}, dag.Compare(full.T(), full))
	require.Equal(t, dag.Metrics{}, dag.Compare(edges(3), edges(3)))
	loops := edges(3, [2]int{0, 0}, [2]int{1, 1})
	require.Equal(t, dag.Metrics{}, dag.Compare(loops, edges(3, [2]int{2, 2})), "the diagonal holds no edges")
}

// countAccuracy counts with sets of edges and of pairs, as count_accuracy defines its ratios.
func countAccuracy(estimate, truth *mat.Dense) dag.Metrics {
	type pair [2]int
	directed := func(w *mat.Dense) map[pair]bool {
		set := map[pair]bool{}
		for _, e := range dag.Edges(w) {
			set[pair{e.From, e.To}] = true
		}
		return set
	}
	skeleton := func(set map[pair]bool) map[pair]bool {
		joined := map[pair]bool{}
		for e := range set {
			joined[pair{min(e[0], e[1]), max(e[0], e[1])}] = true
		}
		return joined
	}
	minus := func(a, b map[pair]bool) map[pair]bool {
		rest := map[pair]bool{}
		for e := range a {
			if !b[e] {
				rest[e] = true
			}
		}
		return rest
	}
	predicted, condition := directed(estimate), directed(truth)
	extra := minus(predicted, condition)
	reversed := map[pair]bool{}
	for e := range extra {
		if condition[pair{e[1], e[0]}] {
			reversed[e] = true
		}
	}
	falsePositives := minus(extra, reversed)
	truePositives := minus(predicted, extra)
	missing := minus(skeleton(condition), skeleton(predicted))
	extraPairs := minus(skeleton(predicted), skeleton(condition))
	d, _ := truth.Dims()
	negative := 0.5*float64(d)*float64(d-1) - float64(len(condition))
	m := dag.Metrics{
		SHD: len(extraPairs) + len(missing) + len(reversed), TruePositives: len(truePositives),
		Reversed: len(reversed), FalsePositives: len(falsePositives), Missing: len(missing),
	}
	wrong := float64(len(reversed) + len(falsePositives))
	m.FDR = wrong / max(float64(len(predicted)), 1)
	m.TPR = float64(len(truePositives)) / max(float64(len(condition)), 1)
	m.FPR = wrong / max(negative, 1)
	m.Recall = m.TPR
	if len(predicted) > 0 {
		m.Precision = 1 - m.FDR
	}
	if m.Precision+m.Recall > 0 {
		m.F1 = 2 * m.Precision * m.Recall / (m.Precision + m.Recall)
	}
	return m
}

// drawDAGOf draws an acyclic graph of n nodes.
func drawDAGOf(t *rapid.T, n int) *mat.Dense {
	w, order := mat.NewDense(n, n, nil), drawOrder(t, n)
	for i, from := range order {
		for _, to := range order[i+1:] {
			if rapid.Bool().Draw(t, "edge") {
				w.Set(from, to, drawWeight(t, 0.1, 2))
			}
		}
	}
	return w
}

func TestCompareCountsAsTheOriginal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "nodes")
		estimate, truth := drawDAGOf(t, n), drawDAGOf(t, n)
		want, got := countAccuracy(estimate, truth), dag.Compare(estimate, truth)
		require.InDeltaSlice(t,
			[]float64{want.FDR, want.TPR, want.FPR, want.Precision, want.Recall, want.F1},
			[]float64{got.FDR, got.TPR, got.FPR, got.Precision, got.Recall, got.F1}, 1e-15)
		counts := func(m dag.Metrics) [5]int {
			return [5]int{m.SHD, m.TruePositives, m.Reversed, m.FalsePositives, m.Missing}
		}
		require.Equal(t, counts(want), counts(got))
		require.Equal(t, got.SHD, got.Reversed+got.FalsePositives+got.Missing)
	})
}

func TestSHDIsAMetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "nodes")
		a, b, c := drawDense(t, n, 1), drawDense(t, n, 1), drawDense(t, n, 1) // cycles and all
		shd := func(x, y *mat.Dense) int { return dag.Compare(x, y).SHD }
		same := true
		for i := range n {
			for j := range n {
				same = same && (i == j || (a.At(i, j) != 0) == (b.At(i, j) != 0))
			}
		}
		require.Equal(t, shd(a, b), shd(b, a))
		require.Equal(t, same, shd(a, b) == 0)
		require.Zero(t, shd(a, a))
		require.LessOrEqual(t, shd(a, c), shd(a, b)+shd(b, c))
	})
}

func TestCompareFollowsARelabelling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "nodes")
		a, b, to := drawDense(t, n, 1), drawDense(t, n, 1), drawOrder(t, n)
		relabelled := func(w *mat.Dense) *mat.Dense {
			r := mat.NewDense(n, n, nil)
			for i := range n {
				for j := range n {
					r.Set(to[i], to[j], w.At(i, j))
				}
			}
			return r
		}
		require.Equal(t, dag.Compare(a, b), dag.Compare(relabelled(a), relabelled(b)))
	})
}

func TestMetricsInJSON(t *testing.T) {
	text, err := json.Marshal(dag.Compare(edges(2, [2]int{0, 1}), edges(2, [2]int{1, 0})))
	require.NoError(t, err)
	require.JSONEq(t, `{"shd": 1, "true_positives": 0, "reversed": 1, "extra": 0, "missing": 0,
		"fdr": 1, "tpr": 0, "fpr": 1, "precision": 0, "recall": 0, "f1": 0}`, string(text))
}

func TestCompareOfOtherSizesPanics(t *testing.T) {
	const message = "dag: an estimate of 2 nodes against a truth of 3"
	require.PanicsWithValue(t, message, func() { dag.Compare(edges(2), edges(3)) })
}
