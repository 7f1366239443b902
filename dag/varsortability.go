package dag

import "gonum.org/v1/gonum/mat"

// Varsortability is the share of directed paths of a graph w that lead from a smaller to a larger variance, where
// paths between the same two nodes count once for each length (Reisach, Seiler and Weichwald 2021); ties count half.
// Near 1 the order of the variances alone gives away the graph's: then a method may have read the units, and not the
// causes. Near 0.5 it tells nothing. It is NaN-free: a graph without edges has 0.5.
func Varsortability(w mat.Matrix, variances []float64) float64 {
	n := order(w)
	edges, walks := make([][]int, n), make([][]bool, n)
	for i := range n {
		walks[i] = make([]bool, n)
		for j := range n {
			if w.At(i, j) != 0 {
				edges[i] = append(edges[i], j)
				walks[i][j] = true
			}
		}
	}
	sorted, total := 0.0, 0.0
	for range n { // walks of one length more each time; on a DAG they end after n − 1 steps
		next := make([][]bool, n)
		for i := range n {
			next[i] = make([]bool, n)
			for j, is := range walks[i] {
				if !is {
					continue
				}
				total++
				switch {
				case variances[i] < variances[j]:
					sorted++
				case variances[i] == variances[j]:
					sorted += 0.5
				}
				for _, k := range edges[j] {
					next[i][k] = true
				}
			}
		}
		walks = next
	}
	if total == 0 {
		return 0.5
	}
	return sorted / total
}
