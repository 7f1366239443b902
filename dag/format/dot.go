package format

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
)

// WriteDOT writes a graph for Graphviz, with parents to the left of their children and edges labelled by their weight and
// as thick as its absolute value.
func WriteDOT(w io.Writer, names []string, a mat.Matrix) error {
	checkNames(names, a)
	out := bufio.NewWriter(w) // keeps the first error until Flush
	fmt.Fprint(out, "digraph channels {\n\trankdir=LR;\n\tnode [shape=box, style=rounded, fontname=\"Helvetica\"];\n"+
		"\tedge [fontname=\"Helvetica\", fontsize=10];\n")
	for i, name := range names {
		fmt.Fprintf(out, "\tn%d [label=\"%s\"];\n", i, dotEscape.Replace(name))
	}
	edges := dag.Edges(a)
	for _, e := range edges {
		strength := math.Abs(e.Weight) / math.Abs(edges[0].Weight)
		fmt.Fprintf(out, "\tn%d -> n%d [label=\"%.2f\", penwidth=%.2f];\n", e.From, e.To, e.Weight, 0.5+3.5*strength)
	}
	fmt.Fprint(out, "}\n")
	return out.Flush()
}

// dotEscape quotes text for a DOT string. A backslash must be doubled, or Graphviz reads \n, \N and the like.
var dotEscape = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", "")
