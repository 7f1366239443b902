package dag

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"gonum.org/v1/gonum/mat"
)

// WriteCSV writes an adjacency with the nodes' names as first row and first column; rows are parents. Weights read back
// to the last bit.
func WriteCSV(w io.Writer, names []string, a mat.Matrix) error {
	checkNames(names, a)
	out := csv.NewWriter(w)
	err := out.Write(append([]string{""}, names...))
	for i, name := range names {
		row := []string{name}
		for j := range names {
			row = append(row, strconv.FormatFloat(a.At(i, j), 'g', -1, 64))
		}
		err = errors.Join(err, out.Write(row))
	}
	out.Flush()
	return errors.Join(err, out.Error())
}

// ReadCSV reads what WriteCSV wrote. Errors name line and column.
func ReadCSV(r io.Reader) (names []string, a *mat.Dense, err error) {
	in := csv.NewReader(r)
	header, err := in.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil, errors.New("dag: the table is empty")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("dag: %w", err)
	}
	names = header[1:]
	if len(names) == 0 {
		return nil, nil, errors.New("dag: line 1 names no node")
	}
	a = mat.NewDense(len(names), len(names), nil)
	for i := 0; ; i++ {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			if i < len(names) {
				return nil, nil, fmt.Errorf("dag: %d rows for %d nodes", i, len(names))
			}
			return names, a, nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("dag: %w", err)
		}
		line, _ := in.FieldPos(0)
		if i >= len(names) || row[0] != names[i] {
			return nil, nil, fmt.Errorf("dag: line %d: row %q does not follow the order of the first row", line, row[0])
		}
		for j, cell := range row[1:] {
			v, err := strconv.ParseFloat(cell, 64)
			if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, nil, fmt.Errorf("dag: line %d: column %q: %q is not a finite number", line, names[j], cell)
			}
			a.Set(i, j, v)
		}
	}
}

func checkNames(names []string, a mat.Matrix) {
	if n := order(a); n != len(names) {
		panic(fmt.Sprintf("dag: %d names for %d nodes", len(names), n))
	}
}
