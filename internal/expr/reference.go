package expr

import "slices"

// subject is what a reference is about.
type subject int

const (
	ofParameter subject = iota
	ofResult
	ofPhase
	ofRun
	ofStatus
)

// reference is one place in an expression that names a value of the run.
type reference struct {
	subject subject
	step    string
	name    string // of the parameter, the result, the field of run, or the function
	typ     Type
	text    string // as messages show it
	start   int    // its byte offset in the expression
}

// uses returns what references use.
func uses(all []reference) Uses {
	var u Uses
	for _, r := range all {
		switch r.subject {
		case ofResult:
			u.Results = true
		case ofPhase:
			u.Phases = true
		case ofParameter, ofRun, ofStatus:
			continue
		}
		if !slices.Contains(u.Steps, r.step) {
			u.Steps = append(u.Steps, r.step)
		}
	}
	return u
}

// problem returns what forbids a reference at a place; nothing if it is allowed.
func (r reference) problem(p Place) string {
	switch {
	case r.subject == ofStatus && !p.Status:
		return r.text + " can only be called in when"
	case p.Submit && r.subject != ofParameter && (r.subject != ofRun || r.name != "pipeline"):
		return r.text + " is not known when the run is submitted; here you can use parameters and run.pipeline"
	case r.subject == ofRun && r.name == "phase" && !p.Finally:
		return "run.phase is known under finally alone"
	case (r.subject == ofResult || r.subject == ofPhase) && (p.Visible == nil || !p.Visible(r.step)):
		return r.text + " cannot be used here, since step " + r.step + " is not needed, neither directly nor by others; add it to needs"
	}
	return ""
}
