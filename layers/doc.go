// Package layers holds the parts of the marketing-mix models. A layer is a few named parameters, which New… declares in
// a graph.Scope, and its equation, which Forward builds from the ops of graph/op or from any other Gorgonia nodes. Start
// reading at Hill.
package layers
