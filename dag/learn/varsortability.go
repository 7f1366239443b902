package learn

import "deepcausalmmm/dag"

// Varsortability is the share of directed paths of a graph that lead from a smaller to a larger variance; paths between
// the same two nodes count once for each length, and ties count half (Reisach, Seiler and Weichwald 2021). Near 1, sorting by
// variance would give the graph's order, and a method may have used the units instead of the causes. Near 0.5, variances
// carry no information. A graph without edges has 0.5.
func Varsortability(g *dag.Graph, variances []float64) float64 {
	n := g.Nodes()
	edges, walks := make([][]int, n), make([][]bool, n)
	for i := range n {
		walks[i] = make([]bool, n)
	}
	for _, e := range g.Edges() {
		edges[e.From] = append(edges[e.From], e.To)
		walks[e.From][e.To] = true
	}
	sorted, total := 0.0, 0.0
	for range n { // walks one step longer each time; on a DAG they end after n − 1 steps
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
