package train_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"deepcausalmmm/panel"
	"deepcausalmmm/train"
	"deepcausalmmm/train/model"
)

// Fit the recommended model to the bundled sample, whose true graph has six edges, and compare it with naive forecasts.
func Example() {
	config, err := train.Load("../testdata/sample.yaml", train.Overrides{Set: []string{"choose_shape=false"}})
	if err != nil {
		log.Fatal(err)
	}
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
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := result.Write(dir); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("skill %.1f, %d edges\n", *result.Metrics.Skill, len(result.Graph.Pruned.Edges()))
	// Output: skill 0.7, 6 edges
}
