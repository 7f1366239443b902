// Command predict applies a trained model to a table: predictions and contributions for the training's own weeks, for
// weeks that follow them, or for a series of its own. The work is package train's; start reading at train.LoadModel
// and Saved.Predict.
package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/floats"

	"deepcausalmmm/internal/blas"
	"deepcausalmmm/internal/cli"
	"deepcausalmmm/panel"
	"deepcausalmmm/panel/notice"
	"deepcausalmmm/train"
)

func main() { cli.Main(command()) }

type options struct {
	model, data, out string
	sheet            string
	scratch          bool
	do, lever        []string
	blas             string
	quiet            bool
}

func command() *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "predict --model FILE.safetensors --data TABLE --out FOLDER",
		Short: "Apply a trained model to a table",
		Long: "Predict writes predictions.csv and contributions.csv for the weeks of a table with the columns of the training's.\n" +
			"Weeks that follow the training's continue them; the target and controls may be absent.",
		Example: "  predict --model out/model.safetensors --data next_quarter.csv --out forecast\n" +
			"  predict --model out/model.safetensors --data next_quarter.csv --out without --do tv=1.2,search=0\n" +
			"  predict --model out/model.safetensors --data next_quarter.csv --out more_tv --lever tv=1.2",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return predict(cmd.Context(), o, cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.model, "model", "", "model file that a training wrote (required)")
	flags.StringVar(&o.data, "data", "", "panel: CSV, Excel or Parquet (required)")
	flags.StringVar(&o.sheet, "sheet", "", "sheet of a workbook (default: the only one that is not empty)")
	flags.StringVar(&o.out, "out", "", "folder to write to (required)")
	flags.BoolVar(&o.scratch, "scratch", false, "treat the weeks as an independent series")
	flags.StringArrayVar(&o.do, "do", nil, "name=factor,…: what would change if channels and treatments were set to multiples of their values,\n"+
		"and the channels' descendants in the graph moved accordingly")
	flags.StringArrayVar(&o.lever, "lever", nil, "name=factor,…: what would change if what the planners of channels decide on were multiplied;\n"+
		"what other channels move still follows them")
	flags.StringVar(&o.blas, "blas", "", "BLAS backend: auto, go, or the path of a library (default $"+
		blas.Variable+", or auto)")
	flags.BoolVar(&o.quiet, "quiet", false, "print errors only")
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
	saved, err := train.LoadModel(o.model)
	if err != nil {
		return err
	}
	columns := saved.Columns()
	columns.Plan, columns.Sheet = true, o.sheet // the training's sheet may be of another workbook
	columns.Holidays = ""                       // the model has those that it was trained with
	table, err := panel.Read(o.data, columns)
	if err != nil {
		return err
	}
	for _, line := range table.Report.Lines() {
		logf("%s", line)
	}
	change, err := o.intervention(saved)
	if err != nil {
		return err
	}
	prediction, err := saved.Predict(table, o.scratch, change)
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
	for _, note := range prediction.Notes {
		logf("%s", note)
	}
	for _, n := range saved.Notices {
		logf("%s", n.Line())
	}
	warnBeyond(prediction.Beyond, logf)
	for _, p := range prediction.Parts {
		if len(table.Target) > 0 {
			f := train.Measure(p.Actual, p.Predicted, p.Regions)
			logf("%-8s wMAPE %.2f %%  RMSE %.6g", p.Name, 100*f.WMAPE, f.RMSE)
		}
	}
	written := "predictions.csv, contributions.csv"
	if prediction.Intervened != nil {
		describe(prediction.Intervened, saved.Notices, logf)
		written += ", intervention.csv"
	}
	logf("written to %s: %s", o.out, written)
	return nil
}

// describe says what an intervention changes, channel by channel. Channels that the training's notices are about are marked.
func describe(i *train.Intervened, notices []notice.Notice, logf func(string, ...any)) {
	logf("under the intervention, in %d %s from %s to %s:", i.Span.Len(), i.Panel.Resolution.RowNoun(i.Span.Len()), i.Panel.Weeks[i.Span.From], i.Panel.Weeks[i.Span.To-1])
	change := func(name string, before, after []float64) {
		was, is := floats.Sum(before), floats.Sum(after)
		logf("  %-24s %14.6g → %14.6g%s%s", name, was, is, relative(before, is), notice.Mark(notices, name))
	}
	change("prediction", i.AsItIs.Predicted, i.Under.Predicted)
	for c, component := range i.AsItIs.Components {
		if component.Kind.Settable() && !slices.Equal(component.Value, i.Under.Components[c].Value) {
			change(component.Name, component.Value, i.Under.Components[c].Value)
		}
	}
	if len(notices) > 0 {
		logf("%s", notice.MarkNote)
	}
	if len(i.Moved) > 0 {
		logf("moved along the channel graph: %s", strings.Join(i.Moved, ", "))
	}
	for _, note := range i.Notes {
		logf("%s", note)
	}
	warnBeyond(i.Beyond, logf)
}

// relative is a change of a sum in per cent, and empty if the sum's parts nearly cancel, as those of a treatment do around its mean.
func relative(before []float64, after float64) string {
	const cancelled = 0.5
	was := floats.Sum(before)
	if was == 0 || math.Abs(was) < cancelled*floats.Norm(before, 1) {
		return ""
	}
	return fmt.Sprintf("  %+.1f %%", 100*(after/was-1))
}

// warnBeyond says what the training did not see, the furthest first.
func warnBeyond(all []train.Beyond, logf func(string, ...any)) {
	for _, b := range all {
		logf("warning: beyond what the training saw: %s", b)
	}
}
