package report

import (
	"io"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
)

// Table writes one line for each run under a heading.
func Table(w io.Writer, runs []v1alpha1.Run, o Options) error {
	head := []cell{{text: "NAME"}, {text: "PIPELINE"}, {text: "PHASE"}, {text: "AGE"}, {text: "TOOK"}}
	if o.Wide {
		head = append(head, cell{text: "UID"}, cell{text: "PARAMETERS"}, cell{text: "WHY"})
	}
	rows := [][]cell{head}
	for _, r := range runs {
		row := []cell{
			{text: r.Metadata.Name},
			{text: r.Pipeline},
			{text: string(r.Phase), color: runColor(r.Phase)},
			{text: age(r.CreatedAt, o.Now)},
			{text: span(r.StartedAt, r.FinishedAt, o.Now)},
		}
		if o.Wide {
			row = append(row, cell{text: r.Metadata.UID}, cell{text: valuesText(r.Parameters)}, cell{text: runWhy(r)})
		}
		rows = append(rows, row)
	}
	return columns{limits: []int{0, 0, 0, 0, 0, 0, valuesWidth}, color: o.Color}.write(w, rows)
}

// why joins a reason and a message; either may be missing.
func why(reason, message string) string {
	message = wording.Elide(printable(message), maxWhy)
	switch {
	case reason == "":
		return message
	case message == "":
		return reason
	}
	return reason + ": " + message
}

// runWhy leaves out a reason that is the phase once more: Cancelled.
func runWhy(r v1alpha1.Run) string {
	if string(r.Reason) == string(r.Phase) {
		return why("", r.Message)
	}
	return why(string(r.Reason), r.Message)
}
