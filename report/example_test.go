package report_test

import (
	"bytes"
	"context"
	"fmt"
	"log"

	"deepcausalmmm/panel"
	"deepcausalmmm/report"
	"deepcausalmmm/train"
	"deepcausalmmm/train/model"
)

func ExampleDraw() {
	config, err := train.Load("../testdata/sample.yaml", train.Overrides{
		Preset: train.DefaultPreset, Set: []string{"n_epochs=2", "hidden_dim=4"}, // too short for anything but an example
	})
	if err != nil {
		log.Fatal(err)
	}
	p, err := panel.Read(config.Data.File, config.Data.Columns)
	if err != nil {
		log.Fatal(err)
	}
	training, err := train.New(config, p, model.Observer{})
	if err != nil {
		log.Fatal(err)
	}
	result, err := training.Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	var page bytes.Buffer
	if err := report.Draw(&page, result); err != nil {
		log.Fatal(err)
	}
	fmt.Println(bytes.Contains(page.Bytes(), []byte("<h1>What drives sales</h1>")))
	// Output: true
}
