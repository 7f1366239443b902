package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"deepcausalmmm/internal/cli"
	"deepcausalmmm/internal/files"
	"deepcausalmmm/train"
)

// propose writes a configuration for a table, and says what to look at. It replaces no file.
func propose(o options, stdout io.Writer) error {
	if o.out != "" || o.data != "" || o.resume != "" {
		return errors.New("--init writes a configuration and trains nothing (leave --out, --data and --resume away)")
	}
	file := o.config
	if file == "" {
		base := filepath.Base(o.table)
		name, _, _ := strings.Cut(strings.TrimPrefix(base, "."), ".")
		file = name + ".yaml"
	}
	if exists(file) {
		return fmt.Errorf("%s: is already there (name another file with --config)", file)
	}
	p, err := train.Propose(o.table, o.sheet, file)
	if err != nil {
		return err
	}
	err = files.Write(filepath.Dir(file), files.As(filepath.Base(file), func(w io.Writer) error {
		_, err := io.WriteString(w, p.Text)
		return err
	}))
	if err != nil {
		return cli.Failure(err)
	}
	if o.quiet {
		return nil
	}
	for _, line := range p.Lines {
		fmt.Fprintln(stdout, line)
	}
	for _, line := range p.Unsure {
		fmt.Fprintln(stdout, "unsure:", line)
	}
	for _, line := range p.Questions {
		fmt.Fprintln(stdout, "to decide:", line)
	}
	first := ""
	if len(p.Questions) > 0 {
		first = "decide there, "
	}
	_, err = fmt.Fprintf(stdout, "written to %s; %sthen: train --config %[1]s --out out\n", file, first)
	return err
}
