package structural_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
	"deepcausalmmm/panel"
	"deepcausalmmm/train"
	"deepcausalmmm/train/model"
	"deepcausalmmm/train/structural"
)

// delayed carries exposure over in three stages, so that its weights peak some weeks after the exposure (Solow 1960).
type delayed struct{ logit *graph.Node }

func newDelayed(s *graph.Scope, channels int) graph.Layer {
	return delayed{s.Param("delayed.decay", graph.Structure, graph.Fill(-1), channels)}
}

func (l delayed) Forward(x *graph.Node) *graph.Node {
	a := op.Sigmoid(l.logit)
	return op.Carryover(op.Carryover(op.Carryover(x, a), a), a)
}

// Train the recommended model with another carry-over, and predict from the file it leaves. A design is code, which no file can
// hold, so it is set again to open the model.
func ExampleDesign() {
	config, err := train.Load("../../testdata/sample.yaml", train.Overrides{Set: []string{"choose_shape=false"}})
	if err != nil {
		log.Fatal(err)
	}
	withDelay := func(c *train.Config) { c.Settings.(*structural.Settings).Design.CarryOver = newDelayed }
	withDelay(&config)
	table, err := panel.Read(config.Data.File, config.Data.Columns)
	if err != nil {
		log.Fatal(err)
	}
	training, err := train.New(config, table, model.Observer{})
	if err != nil {
		log.Fatal(err)
	}
	result, err := training.Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "design")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := result.Write(dir); err != nil {
		log.Fatal(err)
	}
	saved, err := train.LoadModel(filepath.Join(dir, train.ModelFile), withDelay)
	if err != nil {
		log.Fatal(err)
	}
	prediction, err := saved.Predict(table, false, train.Intervention{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("holdout predicted as in the training:", slices.Equal(prediction.Parts[1].Predicted, result.Parts[1].Predicted))
	fmt.Println("better than naive forecasts:", *result.Metrics.Skill > 0.5)
	// Output:
	// holdout predicted as in the training: true
	// better than naive forecasts: true
}
