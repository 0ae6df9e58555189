package flower

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
)

// ReadPublished reads the data set in the form in which scikit-learn ships it: a first line with the number of
// flowers, the number of measures and the names of the species, then one line per flower that ends in the number of
// its species.
func ReadPublished(r io.Reader) ([]Flower, error) {
	lines := csv.NewReader(r)
	lines.FieldsPerRecord = -1
	head, err := lines.Read()
	if err != nil {
		return nil, fmt.Errorf("read line 1: %w", err)
	}
	count, species, err := parseHead(head)
	if err != nil {
		return nil, fmt.Errorf("line 1: %w", err)
	}
	lines.FieldsPerRecord = Measures + 1
	rows, err := lines.ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) != count {
		return nil, fmt.Errorf("line 1 announces %d flowers, but %d follow", count, len(rows))
	}
	flowers := make([]Flower, 0, count)
	for i, row := range rows {
		f, err := parsePublished(row, species)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+2, err)
		}
		flowers = append(flowers, f)
	}
	return flowers, nil
}

func parseHead(head []string) (count int, species []string, err error) {
	if len(head) < 3 {
		return 0, nil, fmt.Errorf("want the number of flowers, the number of measures and the species, got %d fields", len(head))
	}
	if count, err = strconv.Atoi(head[0]); err != nil || count < 1 {
		return 0, nil, fmt.Errorf("%q is not a number of flowers", head[0])
	}
	if head[1] != strconv.Itoa(Measures) {
		return 0, nil, fmt.Errorf("%q is not the number of measures, %d", head[1], Measures)
	}
	return count, head[2:], nil
}

func parsePublished(row, species []string) (Flower, error) {
	number, err := strconv.Atoi(row[Measures])
	if err != nil || number < 0 || number >= len(species) {
		return Flower{}, fmt.Errorf("%q is not the number of one of the %d species", row[Measures], len(species))
	}
	return parseFlower(row[:Measures], species[number])
}

// parseFlower holds every measure to what a flower can have: a zero or a NaN would pass through the models and come
// out as a wrong accuracy, not as an error.
func parseFlower(fields []string, species string) (Flower, error) {
	f := Flower{Species: species}
	for i, field := range fields {
		cm, err := strconv.ParseFloat(field, 64)
		if err != nil || !(cm > 0 && cm < 100) {
			return Flower{}, fmt.Errorf("%s %q is not a length in cm", MeasureNames[i], field)
		}
		f.Measures[i] = cm
	}
	return f, nil
}
