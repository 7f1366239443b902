// Command predict applies a trained model to a table: predictions and contributions for the training's own weeks, for
// weeks that follow them, or for a series of its own. The work is package train's; start reading at train.LoadModel
// and Saved.Predict.
package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"deepcausalmmm/blas"
	"deepcausalmmm/internal/cli"
	"deepcausalmmm/panel"
	"deepcausalmmm/train"
)

func main() { cli.Main(command()) }

type options struct {
	model, data, out string
	scratch          bool
	blas             string
	quiet            bool
}

func command() *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "predict --model FILE.safetensors --data TABLE --out FOLDER",
		Short: "Apply a trained model to a table",
		Long: "Predict writes predictions.csv and contributions.csv for the weeks of a table with the columns of the training's.\n" +
			"Weeks that follow the training's continue them; the target may be absent.",
		Example: "  predict --model out/model.safetensors --data next_quarter.csv --out forecast",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return predict(cmd.Context(), o, cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.model, "model", "", "model file that a training wrote (required)")
	flags.StringVar(&o.data, "data", "", "panel, CSV or Parquet (required)")
	flags.StringVar(&o.out, "out", "", "folder to write to (required)")
	flags.BoolVar(&o.scratch, "scratch", false, "take the weeks for a series of its own, whatever they are")
	flags.StringVar(&o.blas, "blas", "", "what multiplies matrices: auto, go, or a library's path (default $"+
		blas.Variable+", or auto)")
	flags.BoolVar(&o.quiet, "quiet", false, "write nothing but errors")
	return cmd
}

func predict(ctx context.Context, o options, stdout io.Writer) error {
	for _, f := range []struct{ name, value, what string }{
		{"model", o.model, "the model file that a training wrote"}, {"data", o.data, "the table"}, {"out", o.out, "the folder to write to"},
	} {
		if f.value == "" {
			return fmt.Errorf("--%s is missing: name %s", f.name, f.what)
		}
	}
	logf := func(format string, args ...any) {
		if !o.quiet {
			fmt.Fprintf(stdout, format+"\n", args...)
		}
	}
	warning, err := blas.Use(blas.Choice(o.blas))
	if err != nil {
		return err
	}
	if warning != "" {
		logf("warning: %s", warning)
	}
	model, err := train.LoadModel(o.model)
	if err != nil {
		return err
	}
	table, err := read(o.data, model.Config.Data.Columns)
	if err != nil {
		return err
	}
	for _, line := range table.Report.Lines() {
		logf("%s", line)
	}
	prediction, err := model.Predict(table, o.scratch)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("stopped, nothing was written: %w", err)
	}
	if err := train.Protect(o.out, o.model, o.data); err != nil {
		return err
	}
	if err := train.Prepare(o.out); err != nil {
		return err
	}
	if err := prediction.Write(o.out); err != nil {
		return cli.Failure(err)
	}
	logf("predicted: %s", prediction.How)
	for _, p := range prediction.Parts {
		if len(table.Target) > 0 {
			f := train.Measure(p.Actual, p.Predicted, p.Regions)
			logf("%-8s wMAPE %.2f %%  RMSE %.6g", p.Name, 100*f.WMAPE, f.RMSE)
		}
	}
	logf("written to %s: predictions.csv, contributions.csv", o.out)
	return nil
}

// read takes the table's columns for what the training's were; a target may be absent.
func read(path string, c panel.Columns) (*panel.Panel, error) {
	header, err := panel.Header(path)
	if err != nil {
		return nil, err
	}
	c.NoTarget = !slices.Contains(header, c.Target)
	c.Spend = nil // a prediction has no use for it
	return panel.Read(path, c)
}
