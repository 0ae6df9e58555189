package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// whyWidth is how long a reason may be in a row of the table. What a kubelet says of an image would wrap through the table.
const whyWidth = 80

// longReasons are those that do not fit into a row: they stand below the table, once for all steps that have the same.
type longReasons struct {
	texts []string
	steps map[string][]string
}

// fit is a step's reason as its row shows it.
func (l *longReasons) fit(s *v1alpha1.StepStatus) string {
	reason, message := reasonOf(s)
	whole := why(reason, message)
	if utf8.RuneCountInString(whole) <= whyWidth {
		return whole
	}
	if l.steps == nil {
		l.steps = map[string][]string{}
	}
	if l.steps[whole] == nil {
		l.texts = append(l.texts, whole)
	}
	l.steps[whole] = append(l.steps[whole], s.Name)
	if reason != "" {
		return reason + " (see below)"
	}
	return "see below"
}

func (l *longReasons) write(w io.Writer) error {
	var b strings.Builder
	for _, text := range l.texts {
		fmt.Fprintf(&b, "\n%s: %s\n", names(l.steps[text]), text)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// names are the names of steps, of many the first.
func names(steps []string) string {
	if len(steps) > maxNeeds+1 {
		return fmt.Sprintf("%s and %d more", strings.Join(steps[:maxNeeds], ", "), len(steps)-maxNeeds)
	}
	return strings.Join(steps, ", ")
}
