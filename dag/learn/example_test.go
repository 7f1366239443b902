package learn_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag/learn"
)

// A chain ad → visits → sales with errors of equal variance.
func ExampleLearn() {
	rng := rand.New(rand.NewPCG(1, 2))
	x := mat.NewDense(500, 3, nil)
	for row := range 500 {
		ad := rng.NormFloat64()
		visits := 1.5*ad + rng.NormFloat64()
		x.SetRow(row, []float64{ad, visits, -0.8*visits + rng.NormFloat64()})
	}
	e, err := learn.Learn(context.Background(), learn.Options{Method: learn.NOTEARS}, x)
	if err != nil {
		fmt.Println(err)
		return
	}
	names := []string{"ad", "visits", "sales"}
	for _, edge := range e.Graph.Edges() {
		fmt.Printf("%s → %s %.1f\n", names[edge.From], names[edge.To], edge.Weight)
	}
	// Output:
	// ad → visits 1.5
	// visits → sales -0.8
}
