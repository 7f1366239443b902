package report_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"deepcausalmmm/panel"
	"deepcausalmmm/report"
	"deepcausalmmm/train"
	"deepcausalmmm/train/model"
)

// fit trains on the sample, and writes the result's files and its dashboard to a folder. docs/go.md shows it.
func fit(dir string) (*train.Result, error) {
	config, err := train.Load("../testdata/sample.yaml", train.Overrides{Set: []string{"choose_shape=false"}})
	if err != nil {
		return nil, err
	}
	table, err := panel.Read(config.Data.File, config.Data.Columns)
	if err != nil {
		return nil, err
	}
	training, err := train.New(config, table, model.Observer{})
	if err != nil {
		return nil, err
	}
	result, err := training.Run(context.Background())
	if err != nil {
		return nil, err
	}
	if err := train.Prepare(dir); err != nil { // makes the folder
		return nil, err
	}
	if err := result.Write(dir); err != nil {
		return nil, err
	}
	page, err := os.Create(filepath.Join(dir, "dashboard.html"))
	if err != nil {
		return nil, err
	}
	if err := report.Draw(page, result); err != nil {
		page.Close()
		return nil, err
	}
	return result, page.Close()
}

// Train, write the files, and draw the dashboard.
func ExampleDraw() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	result, err := fit(dir)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("skill %.1f\n", *result.Metrics.Skill)
	for _, effect := range result.Inference.Effects {
		if effect.Kind == model.Total && effect.Share > 0.1 {
			fmt.Println(effect.Channel, "sells more than a tenth")
		}
	}
	// Output:
	// skill 0.7
	// tv_impressions sells more than a tenth
}
