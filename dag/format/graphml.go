package format

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
)

type graphML struct {
	XMLName xml.Name `xml:"http://graphml.graphdrawing.org/xmlns graphml"`
	Key     struct {
		ID   string `xml:"id,attr"`
		For  string `xml:"for,attr"`
		Name string `xml:"attr.name,attr"`
		Type string `xml:"attr.type,attr"`
	} `xml:"key"`
	Graph struct {
		Default string        `xml:"edgedefault,attr"`
		Nodes   []graphMLNode `xml:"node"`
		Edges   []graphMLEdge `xml:"edge"`
	} `xml:"graph"`
}

type graphMLNode struct {
	ID string `xml:"id,attr"`
}

type graphMLEdge struct {
	Source string `xml:"source,attr"`
	Target string `xml:"target,attr"`
	Data   struct {
		Key   string `xml:"key,attr"`
		Value string `xml:",chardata"`
	} `xml:"data"`
}

// WriteGraphML writes a graph as GraphML (Brandes et al. 2001), edges strongest first and with an attribute weight that
// reads back to the last bit. As in networkx, a node's identifier is its name, so two nodes of the same name are an
// error. Control characters that XML lacks become U+FFFD.
func WriteGraphML(w io.Writer, names []string, a mat.Matrix) error {
	if err := checkIdentifiers(names, a); err != nil {
		return err
	}
	var g graphML
	g.Key.ID, g.Key.For, g.Key.Name, g.Key.Type = "weight", "edge", "weight", "double"
	g.Graph.Default = "directed"
	for _, name := range names {
		g.Graph.Nodes = append(g.Graph.Nodes, graphMLNode{name})
	}
	for _, e := range dag.Edges(a) {
		edge := graphMLEdge{Source: names[e.From], Target: names[e.To]}
		edge.Data.Key, edge.Data.Value = "weight", strconv.FormatFloat(e.Weight, 'g', -1, 64)
		g.Graph.Edges = append(g.Graph.Edges, edge)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	out := xml.NewEncoder(w)
	out.Indent("", "\t")
	return out.Encode(g)
}

// checkIdentifiers refuses two nodes of the same name, which formats use as identifier.
func checkIdentifiers(names []string, a mat.Matrix) error {
	checkNames(names, a)
	for i, name := range names {
		if first := slices.Index(names, name); first < i {
			return fmt.Errorf("dag: nodes %d and %d are both named %q (rename one)", first, i, name)
		}
	}
	return nil
}
