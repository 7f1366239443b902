package dag

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// Metrics measure how far an estimated graph is from the true one, as count_accuracy of the NOTEARS authors does.
type Metrics struct {
	SHD            int `json:"shd"`            // structural Hamming distance: pairs of nodes that are joined differently
	TruePositives  int `json:"true_positives"` // estimated edges that are true
	Reversed       int `json:"reversed"`       // estimated edges of which only the reverse is true
	FalsePositives int `json:"extra"`          // estimated edges between nodes that no true edge joins
	Missing        int `json:"missing"`        // true edges between nodes that no estimated edge joins

	FDR       float64 `json:"fdr"`       // (Reversed + FalsePositives) / estimated edges
	TPR       float64 `json:"tpr"`       // TruePositives / true edges
	FPR       float64 `json:"fpr"`       // (Reversed + FalsePositives) / pairs without a true edge
	Precision float64 `json:"precision"` // TruePositives / estimated edges
	Recall    float64 `json:"recall"`    // TPR
	F1        float64 `json:"f1"`        // harmonic mean of Precision and Recall; 0 if both are 0
}

// Compare counts how an estimate differs from the truth. An edge is a nonzero entry off the diagonal. A reversed edge counts
// once, not as one extra and one missing: for acyclic graphs, SHD = Reversed + FalsePositives + Missing. 0/0 is 0, so an
// empty estimate has neither false discoveries nor precision.
//
// The original refuses estimates with edges both ways between two nodes; here SHD counts such a pair as different from one
// edge and from none, which keeps it a metric.
func Compare(estimate, truth mat.Matrix) Metrics {
	n := order(truth)
	if order(estimate) != n {
		panic(fmt.Sprintf("dag: an estimate of %d nodes against a truth of %d", order(estimate), n))
	}
	var m Metrics
	trueEdges := 0
	for i := range n {
		for j := range n {
			if i == j {
				continue
			}
			estimated, estimatedBack := estimate.At(i, j) != 0, estimate.At(j, i) != 0
			actual, actualBack := truth.At(i, j) != 0, truth.At(j, i) != 0
			if i < j && (estimated != actual || estimatedBack != actualBack) {
				m.SHD++
			}
			if actual {
				trueEdges++
			}
			switch {
			case estimated && actual:
				m.TruePositives++
			case estimated && actualBack:
				m.Reversed++
			case estimated:
				m.FalsePositives++
			case actual && !estimatedBack:
				m.Missing++
			}
		}
	}
	wrong, pairs := m.Reversed+m.FalsePositives, n*(n-1)/2
	estimatedEdges := m.TruePositives + wrong
	m.FDR = ratio(wrong, estimatedEdges)
	m.TPR = ratio(m.TruePositives, trueEdges)
	m.FPR = ratio(wrong, pairs-trueEdges)
	m.Precision = ratio(m.TruePositives, estimatedEdges)
	m.Recall = m.TPR
	m.F1 = ratio(2*m.TruePositives, estimatedEdges+trueEdges) // = 2PR/(P + R)
	return m
}

// ratio divides by 1 at least, as the original does.
func ratio(count, of int) float64 { return float64(count) / float64(max(of, 1)) }
