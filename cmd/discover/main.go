// Command discover learns a directed acyclic graph from a table, or from the channels of a region × week panel. Start
// reading at package dag/learn's Learn.
package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"deepcausalmmm/dag/learn"
	"deepcausalmmm/internal/cli"
)

func main() { cli.Main(command()) }

// options are the flags.
type options struct {
	data, sheet, out string
	columns          []string
	controls         []string
	panel, keepWeeks bool
	region, week     string
	method, loss     string
	lags             int
	lambda1, groupL1 float64
	scale            string
	threshold        string
	plain            bool
	knowledge, truth string
	bootstrap        int
	seed             uint64
	quiet            bool
}

func command() *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "discover --data TABLE --out FOLDER",
		Short: "Learn a directed acyclic graph from a table or a panel",
		Long: "Discover learns which columns of a table act on which: a linear graph without cycles. With --panel the table\n" +
			"has a row for each region and week, and the columns are channels; --lags lets a week act on later ones.",
		Example: "  discover --data table.csv --method dagma --out found\n" +
			"  discover --data panel.csv --panel --columns 'channel_*' --controls 'control_*' --lags 2 --knowledge known.yaml --bootstrap 50 --out found",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return discover(cmd.Context(), o, cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.data, "data", "", "table: CSV, Excel or Parquet (required)")
	flags.StringVar(&o.sheet, "sheet", "", "sheet of a workbook (default: the only one that is not empty)")
	flags.StringVar(&o.out, "out", "", "folder to write to (required)")
	flags.StringSliceVar(&o.columns, "columns", nil, "names or globs of the columns (default: the truth's, else all numbers)")
	flags.StringSliceVar(&o.controls, "controls", nil,
		"names or globs of a panel's columns that planners may have looked at: common causes, not channels")
	flags.BoolVar(&o.panel, "panel", false, "the table has a row for each region and week")
	flags.StringVar(&o.region, "region", "region", "column of the region")
	flags.StringVar(&o.week, "week", "week", "column of the week: ISO dates or integers")
	flags.BoolVar(&o.keepWeeks, "keep-week-means", false, "keep the mean over all regions of a panel in each week")
	flags.StringVar(&o.method, "method", "", fmt.Sprintf(
		"notears, dagma, eqvar, or exact, which searches all orders of up to %d columns\n"+
			"(default dagma, or exact for standardised data of up to %d columns without --plain, --lambda1 and --group-l1)",
		learn.MaxExact, learn.MaxExact))
	flags.StringVar(&o.loss, "loss", string(learn.Linear), "linear, or logistic for columns of 0 and 1")
	flags.IntVar(&o.lags, "lags", 0, "number of past rows (weeks) that may act on the present")
	flags.Float64Var(&o.lambda1, "lambda1", 0, "L1 penalty of notears and dagma (default 0.1 and 0.03)")
	flags.Float64Var(&o.groupL1, "group-l1", 0, "penalty of notears and dagma on the norm of all weights into a column (default 0)")
	flags.StringVar(&o.scale, "scale", "", "none or standardise (default none, for a panel standardise)")
	flags.StringVar(&o.threshold, "threshold", "",
		"leave out edges up to this weight, or auto: all that the information criterion selects (default 0.3, for a panel auto)")
	flags.BoolVar(&o.plain, "plain", false, "keep the solver's weights: no refined order, no selected parents")
	flags.StringVar(&o.knowledge, "knowledge", "", "forbidden and required edges and tiers, YAML")
	flags.StringVar(&o.truth, "truth", "", "true graph to compare with, JSON")
	flags.IntVar(&o.bootstrap, "bootstrap", 0, "number of resamples, for the frequency of each edge")
	flags.Uint64Var(&o.seed, "seed", 1, "seed of the resamples")
	flags.BoolVar(&o.quiet, "quiet", false, "print errors only")
	return cmd
}

// settings checks the flags and turns them into the learner's options.
func (o options) settings() (learn.Options, error) {
	s := learn.Options{
		Method: learn.Method(o.method), Loss: learn.Loss(o.loss), Lags: o.lags, Lambda1: o.lambda1, GroupL1: o.groupL1, Plain: o.plain,
	}
	scale, threshold := o.scale, o.threshold
	if scale == "" {
		scale = map[bool]string{true: "standardise", false: "none"}[o.panel]
	}
	if threshold == "" {
		threshold = map[bool]string{true: "auto", false: "0.3"}[o.panel]
	}
	s.Standardise = scale == "standardise"
	for _, choice := range []struct {
		flag, value string
		of          []string
	}{
		{"method", o.method, methods()}, {"loss", o.loss, []string{"linear", "logistic"}},
		{"scale", scale, []string{"none", "standardise"}},
	} {
		if choice.flag == "method" && choice.value == "" {
			continue // chosen once the number of columns is known
		}
		if !slices.Contains(choice.of, choice.value) {
			return s, fmt.Errorf("--%s %q: choose %s", choice.flag, choice.value, strings.Join(choice.of, ", "))
		}
	}
	switch {
	case o.data == "":
		return s, errors.New("--data is missing: name the table")
	case o.out == "":
		return s, errors.New("--out is missing: name the folder to write to")
	case o.lags < 0 || o.lags > 52:
		return s, fmt.Errorf("--lags %d: give a number from 0 to 52", o.lags)
	case !(o.lambda1 >= 0):
		return s, fmt.Errorf("--lambda1 %g: give a number from 0 on", o.lambda1)
	case !(o.groupL1 >= 0):
		return s, fmt.Errorf("--group-l1 %g: give a number from 0 on", o.groupL1)
	case o.bootstrap < 0:
		return s, fmt.Errorf("--bootstrap %d: give a number of resamples", o.bootstrap)
	case o.keepWeeks && !o.panel:
		return s, errors.New("--keep-week-means goes with --panel")
	case len(o.controls) > 0 && !o.panel:
		return s, errors.New("--controls goes with --panel")
	case s.Loss == learn.Logistic && (o.panel || s.Standardise):
		return s, errors.New("--loss logistic takes a plain table of 0 and 1, as it is")
	case s.Loss == learn.Logistic && (s.Method == learn.EqVar || s.Method == learn.Exact):
		return s, fmt.Errorf("--loss logistic: %s compares variances of errors, which 0/1 data do not have (choose notears or dagma)", s.Method)
	case o.solverFlag() != "" && s.Method != "" && !s.Method.Continuous():
		return s, fmt.Errorf("%s is for the solvers of notears and dagma, and %s has none (choose notears or dagma)", o.solverFlag(), s.Method)
	case threshold == "auto" && (o.plain || s.Loss == learn.Logistic):
		return s, errors.New("--threshold auto needs selected parents, which neither --plain nor --loss logistic has (give a number)")
	}
	if threshold == "auto" {
		return s, nil
	}
	cut, err := strconv.ParseFloat(threshold, 64)
	if err != nil || !(cut >= 0) {
		return s, fmt.Errorf("--threshold %q: give a number from 0 on, or auto", threshold)
	}
	s.Threshold = cut
	return s, nil
}

// methods are the names of the methods.
func methods() (names []string) {
	for _, m := range learn.Methods {
		names = append(names, string(m))
	}
	return names
}

// solverFlag is the first given flag that only notears and dagma read, or "".
func (o options) solverFlag() string {
	switch {
	case o.plain:
		return "--plain"
	case o.lambda1 != 0:
		return "--lambda1"
	case o.groupL1 != 0:
		return "--group-l1"
	}
	return ""
}

// defaultMethod searches all orders if the error variances may be any, the columns are few and no flag is for a solver.
func (o options) defaultMethod(s learn.Options, columns int) learn.Method {
	if s.Standardise && columns <= learn.MaxExact && o.solverFlag() == "" {
		return learn.Exact
	}
	return learn.DAGMA
}
