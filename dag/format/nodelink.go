package format

import (
	"encoding/json"
	"io"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
)

// WriteNodeLink writes a graph as the node-link JSON of networkx and D3, edges strongest first; in Python,
// networkx.node_link_graph(data, edges="links") reads it. A node's identifier is its name, so two nodes of the same
// name are an error, as is a weight that is not finite.
func WriteNodeLink(w io.Writer, names []string, a mat.Matrix) error {
	if err := checkIdentifiers(names, a); err != nil {
		return err
	}
	type node struct {
		ID string `json:"id"`
	}
	type link struct {
		Source string  `json:"source"`
		Target string  `json:"target"`
		Weight float64 `json:"weight"`
	}
	nodes, links := []node{}, []link{} // not nil, which JSON calls null
	for _, name := range names {
		nodes = append(nodes, node{name})
	}
	for _, e := range dag.Edges(a) {
		links = append(links, link{names[e.From], names[e.To], e.Weight})
	}
	return json.NewEncoder(w).Encode(map[string]any{
		"directed": true, "multigraph": false, "graph": struct{}{}, "nodes": nodes, "links": links,
	})
}
