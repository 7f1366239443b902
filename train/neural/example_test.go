package neural_test

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/gradcheck"
	"deepcausalmmm/panel"
	"deepcausalmmm/train"
	"deepcausalmmm/train/model"
	"deepcausalmmm/train/neural"
)

// Train the original with a carry-over that peaks some weeks after the exposure, and predict from the file it leaves. A design is
// code, which no file can hold, so it is set again to open the model.
func ExampleDesign() {
	rng := rand.New(rand.NewPCG(1, 1))
	err := gradcheck.Layer(rng, func(s *graph.Scope, in ...*graph.Node) *graph.Node {
		return newDelayed(s, 2).Forward(in[0])
	}, gradcheck.Uniform(rng, "x", 0, 2, 3, 5, 2))
	fmt.Println("gradient:", err)

	config, err := train.Load("../../testdata/sample.yaml", train.Overrides{
		Preset: train.DefaultPreset, Set: []string{"n_epochs=5", "warm_start_epochs=0", "hidden_dim=8"},
	})
	if err != nil {
		log.Fatal(err)
	}
	withDelay := func(c *train.Config) { c.Settings.(*neural.Settings).Design.CarryOver = newDelayed }
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
	_, err = train.LoadModel(filepath.Join(dir, train.ModelFile))
	fmt.Println("opened without the design:", err != nil)
	// Output:
	// gradient: <nil>
	// holdout predicted as in the training: true
	// opened without the design: true
}
