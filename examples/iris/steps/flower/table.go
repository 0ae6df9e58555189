package flower

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// WriteTable writes flowers as CSV, one line each, under a line of column names.
func WriteTable(w io.Writer, flowers []Flower) error {
	lines := csv.NewWriter(w)
	rows := [][]string{tableHead()}
	for _, f := range flowers {
		row := make([]string, 0, Measures+1)
		for _, cm := range f.Measures {
			row = append(row, strconv.FormatFloat(cm, 'f', -1, 64))
		}
		rows = append(rows, append(row, f.Species))
	}
	return lines.WriteAll(rows)
}

// ReadTable reads what WriteTable wrote.
func ReadTable(r io.Reader) ([]Flower, error) {
	lines := csv.NewReader(r)
	lines.FieldsPerRecord = Measures + 1
	rows, err := lines.ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 || !slices.Equal(rows[0], tableHead()) {
		return nil, fmt.Errorf("line 1 does not name the columns %v", tableHead())
	}
	var flowers []Flower
	for i, row := range rows[1:] {
		f, err := parseFlower(row[:Measures], row[Measures])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+2, err)
		}
		flowers = append(flowers, f)
	}
	if len(flowers) == 0 {
		return nil, errors.New("the table holds no flowers")
	}
	return flowers, nil
}

func tableHead() []string {
	return append(slices.Clone(MeasureNames), "species")
}
