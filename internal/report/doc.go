// Package report shows runs on an io.Writer: one run as a tree, many as a table, either as JSON or YAML, and
// the words at the end of a run that was followed.
//
// It decides nothing and makes no request: what a run is has been settled before, the time is given, and color
// is used only where it is asked for. The same input gives the same bytes; golden files hold them.
package report
