package expr

import (
	"cel.dev/cel-go/common"
)

// faultsOf turns CEL's errors into faults.
func faultsOf(text string, all []*common.Error) []Fault {
	var faults []Fault
	for _, one := range all {
		faults = append(faults, Fault{offsetOf(text, one.Location), one.Message})
	}
	return faults
}

// offsetOf returns the byte offset of CEL's line and column; the column counts characters.
func offsetOf(text string, at common.Location) int {
	line, column := 1, 0
	for i, r := range text {
		if line == at.Line() && column == at.Column() {
			return i
		}
		column++
		if r == '\n' {
			line, column = line+1, 0
		}
	}
	return len(text)
}
