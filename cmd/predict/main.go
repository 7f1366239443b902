// Command predict applies a trained model to a table: predictions and contributions for the training's own weeks, for
// weeks that follow them, or for a series of its own. The work is package train's; start reading at train.LoadModel
// and Saved.Predict.
package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/floats"

	"deepcausalmmm/internal/blas"
	"deepcausalmmm/internal/cli"
	"deepcausalmmm/panel"
	"deepcausalmmm/train"
	"deepcausalmmm/train/model"
)

func main() { cli.Main(command()) }

type options struct {
	model, data, out string
	sheet            string
	scratch          bool
	do               map[string]string
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
		Example: "  predict --model out/model.safetensors --data next_quarter.csv --out forecast\n" +
			"  predict --model out/model.safetensors --data next_quarter.csv --out without --do tv=1.2,search=0",
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
	flags.StringToStringVar(&o.do, "do", nil, "channel=factor,…: what would change if channels were set to multiples of their exposure, and\n"+
		"their descendants in the graph moved accordingly")
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
	table, err := read(o.data, o.sheet, saved.Columns())
	if err != nil {
		return err
	}
	for _, line := range table.Report.Lines() {
		logf("%s", line)
	}
	do, err := intervention(o.do, saved.Panel.Channels)
	if err != nil {
		return err
	}
	prediction, err := saved.Predict(table, o.scratch, do)
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
	written := "predictions.csv, contributions.csv"
	if prediction.Intervened != nil {
		describe(prediction.Intervened, logf)
		written += ", intervention.csv"
	}
	logf("written to %s: %s", o.out, written)
	return nil
}

// intervention reads --do. A channel may be named by its first or last words if no other channel has them.
func intervention(do map[string]string, channels []string) (train.Intervention, error) {
	out := train.Intervention{}
	for _, name := range slices.Sorted(maps.Keys(do)) {
		factor, err := strconv.ParseFloat(do[name], 64)
		if err != nil {
			return nil, fmt.Errorf("--do %s=%s: %q is not a number", name, do[name], do[name])
		}
		channel := channelOf(name, channels)
		if _, twice := out[channel]; twice {
			return nil, fmt.Errorf("--do names channel %q twice", channel)
		}
		out[channel] = factor
	}
	return out, nil
}

// channelOf is the channel that a name means, or the name itself.
func channelOf(name string, channels []string) string {
	if slices.Contains(channels, name) {
		return name
	}
	var meant []string
	for _, channel := range channels {
		if strings.HasPrefix(channel, name+"_") || strings.HasSuffix(channel, "_"+name) {
			meant = append(meant, channel)
		}
	}
	if len(meant) == 1 {
		return meant[0]
	}
	return name
}

// describe says what an intervention changes, channel by channel.
func describe(i *train.Intervened, logf func(string, ...any)) {
	logf("under the intervention, in %d weeks from %s to %s:", i.Span.Len(), i.Panel.Weeks[i.Span.From], i.Panel.Weeks[i.Span.To-1])
	change := func(name string, before, after []float64) {
		was, is := floats.Sum(before), floats.Sum(after)
		relative := ""
		if was != 0 {
			relative = fmt.Sprintf("  %+.1f %%", 100*(is/was-1))
		}
		logf("  %-24s %14.6g → %14.6g%s", name, was, is, relative)
	}
	change("prediction", i.AsItIs.Predicted, i.Under.Predicted)
	for c, component := range i.AsItIs.Components {
		if component.Kind == model.Media && !slices.Equal(component.Value, i.Under.Components[c].Value) {
			change(component.Name, component.Value, i.Under.Components[c].Value)
		}
	}
	if len(i.Moved) > 0 {
		logf("moved along the channel graph: %s", strings.Join(i.Moved, ", "))
	}
}

// read takes the table's columns for what the training's were; a target may be absent.
func read(path, sheet string, c panel.Columns) (*panel.Panel, error) {
	c.Sheet = sheet // the training's may be of another workbook
	header, err := panel.Header(path, sheet)
	if err != nil {
		return nil, err
	}
	c.NoTarget = !slices.Contains(header, c.Target)
	c.Holidays = "" // the model has those that it was trained with
	return panel.Read(path, c)
}
