// Command report draws the dashboard of a training again, from details.json in its output folder. Package report does the
// work; start reading there.
package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"deepcausalmmm/internal/cli"
	"deepcausalmmm/report"
	"deepcausalmmm/train"
)

func main() { cli.Main(command()) }

func command() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "report --out FOLDER",
		Short: "Draw the dashboard of a training again",
		Long: "Report reads " + train.DetailsFile + " in the output folder of a training and draws " + train.Dashboard + " there: one\n" +
			"page that needs no network and no other file.",
		Example: "  report --out out",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dir == "" {
				return errors.New("--out is missing: name the output folder of a training")
			}
			result, err := train.LoadResult(dir)
			if err != nil {
				return err
			}
			if err := report.Write(dir, result); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "written to %s\n", filepath.Join(dir, train.Dashboard))
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "out", "", "output folder of a training (required)")
	return cmd
}
