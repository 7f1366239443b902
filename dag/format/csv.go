// Package format reads and writes graphs and knowledge about them: adjacencies as CSV, DOT, GraphML and node-link JSON,
// prior knowledge as YAML, true graphs as JSON. Start reading at WriteCSV and Knowledge.
package format

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/internal/cell"
)

// WriteCSV writes an adjacency with the nodes' names as first row and first column; rows are parents. Weights read back
// to the last bit, and names unchanged (a name that a spreadsheet would execute gets a leading apostrophe in the file),
// except for a carriage return before a line feed, which CSV drops.
func WriteCSV(w io.Writer, names []string, a mat.Matrix) error {
	checkNames(names, a)
	out := csv.NewWriter(w)
	header := []string{""}
	for _, name := range names {
		header = append(header, cell.Text(name))
	}
	err := out.Write(header)
	for i := range names {
		row := []string{header[1+i]}
		for j := range names {
			row = append(row, strconv.FormatFloat(a.At(i, j), 'g', -1, 64))
		}
		err = errors.Join(err, out.Write(row))
	}
	out.Flush()
	return errors.Join(err, out.Error())
}

// CSVError says what is wrong with a table, and where.
type CSVError struct {
	Line, Column int // counted from 1; column 0 is the whole line
	Problem      string
}

func (e *CSVError) Error() string {
	if e.Column == 0 {
		return fmt.Sprintf("dag: line %d: %s", e.Line, e.Problem)
	}
	return fmt.Sprintf("dag: line %d, column %d: %s", e.Line, e.Column, e.Problem)
}

// ReadCSV reads the format of WriteCSV. A table of another form is a *CSVError, text that is not CSV a *csv.ParseError;
// both hold line and column.
func ReadCSV(r io.Reader) (names []string, a *mat.Dense, err error) {
	in := csv.NewReader(r)
	in.FieldsPerRecord = -1 // parseRow counts, and knows the names
	header, err := in.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil, &CSVError{1, 0, "the table is empty"}
	}
	if err != nil {
		return nil, nil, fmt.Errorf("dag: %w", err)
	}
	for _, text := range header[1:] {
		names = append(names, cell.Name(text))
	}
	line, _ := in.FieldPos(0)
	if len(names) == 0 {
		return nil, nil, &CSVError{line, 0, "no node is named beside the first, empty cell"}
	}
	var weights []float64 // [row, column]; grown row by row, so that a header does not allocate a square
	for i := 0; ; i++ {
		row, err := in.Read()
		switch {
		case errors.Is(err, io.EOF) && i < len(names):
			return nil, nil, &CSVError{line, 0, fmt.Sprintf("the table ends before the row of %q", names[i])}
		case errors.Is(err, io.EOF):
			return names, mat.NewDense(len(names), len(names), weights), nil
		case err != nil:
			return nil, nil, fmt.Errorf("dag: %w", err)
		}
		line, _ = in.FieldPos(0)
		if i >= len(names) {
			return nil, nil, &CSVError{line, 1, fmt.Sprintf("row %q comes after all nodes of the first row", row[0])}
		}
		ofNode, bad := parseRow(row, names, i)
		if bad != nil {
			bad.Line = line
			return nil, nil, bad
		}
		weights = append(weights, ofNode...)
	}
}

// parseRow reads the weights of a node from its row; an error lacks the line.
func parseRow(row, names []string, node int) (weights []float64, bad *CSVError) {
	if cell.Name(row[0]) != names[node] {
		return nil, &CSVError{0, 1, fmt.Sprintf("row %q where the first row's order asks for %q", row[0], names[node])}
	}
	if len(row) != len(names)+1 {
		return nil, &CSVError{0, 0, fmt.Sprintf("%d cells where the first row has %d", len(row), len(names)+1)}
	}
	for j, text := range row[1:] {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			problem := fmt.Sprintf("%q, the weight of %q → %q, is not a finite number", text, names[node], names[j])
			return nil, &CSVError{0, j + 2, problem}
		}
		weights = append(weights, v)
	}
	return weights, nil
}

// checkNames panics unless each node has a name.
func checkNames(names []string, a mat.Matrix) {
	if r, c := a.Dims(); r != len(names) || c != len(names) {
		panic(fmt.Sprintf("dag: %d names for %d nodes", len(names), r))
	}
}
