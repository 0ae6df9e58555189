package score

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Report prints the scores as tables; its last line names the best model, or all that share the first place.
func Report(w io.Writer, scores []Score) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "model\taccuracy\tcorrect\n")
	for _, s := range scores {
		fmt.Fprintf(table, "%s\t%.4f\t%d of %d\n", s.Model, s.Accuracy(), s.Correct(), s.Total())
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, s := range scores {
		if err := reportConfusion(w, s); err != nil {
			return err
		}
	}
	names, best := leaders(scores)
	_, err := fmt.Fprintf(w, "\nbest: %s accuracy %.4f (%d of %d)\n",
		strings.Join(names, ", "), best.Accuracy(), best.Correct(), best.Total())
	return err
}

func reportConfusion(w io.Writer, s Score) error {
	fmt.Fprintf(w, "\n%s, true species by row and predicted species by column:\n", s.Model)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "\t%s\t\n", strings.Join(s.Species, "\t"))
	for i, row := range s.Confusion {
		fmt.Fprintf(table, "%s\t", s.Species[i])
		for _, n := range row {
			fmt.Fprintf(table, "%d\t", n)
		}
		fmt.Fprintln(table)
	}
	return table.Flush()
}

// leaders compares by cross-multiplied counts, which are exact where divided ones are not.
func leaders(scores []Score) (names []string, best Score) {
	best = scores[0]
	for _, s := range scores {
		if s.Correct()*best.Total() > best.Correct()*s.Total() {
			best = s
		}
	}
	for _, s := range scores {
		if s.Correct()*best.Total() == best.Correct()*s.Total() {
			names = append(names, s.Model)
		}
	}
	return names, best
}
