package main

import (
	"cmp"
	"io"
	"path/filepath"

	"deepcausalmmm/internal/cli"
	"deepcausalmmm/report"
	"deepcausalmmm/train"
)

// compare sets two trainings side by side.
func compare(o options, after string, stdout io.Writer) error {
	c, err := train.LoadComparison(o.compare, after)
	if err != nil {
		return err
	}
	out := cmp.Or(o.out, after)
	if err := train.Prepare(out); err != nil {
		return err
	}
	if err := c.Write(out, func(w io.Writer) error { return report.DrawComparison(w, c) }); err != nil {
		return cli.Failure(err)
	}
	show := newDisplay(stdout, o.quiet)
	for _, line := range c.Lines() {
		show.logf("%s", line)
	}
	show.logf("written to %s: look at %s", out, filepath.Join(out, train.ComparePage))
	return nil
}
