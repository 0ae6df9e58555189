package main

import (
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"text/tabwriter"
)

// printPackages prints a row for each package. With a tree of before, each figure is before -> after; - is a package that is not there.
func printPackages(out io.Writer, before, after house) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PACKAGE\tFILES\tLINES MEDIAN\tLINES MAX\tFUNCTIONS OVER 40\tLARGEST RECEIVER\tLARGEST PORT")
	all := maps.Clone(after)
	for folder, r := range before {
		if all[folder] == nil {
			all[folder] = r
		}
	}
	for _, folder := range all.folders() {
		fmt.Fprint(w, folder)
		was, is := columns(before[folder]), columns(after[folder])
		for i := range is {
			fmt.Fprint(w, "\t", change(len(before) > 0, was[i], is[i]))
		}
		fmt.Fprintln(w)
	}
	fmt.Fprint(w, "all")
	was, is := columns(before.whole()), columns(after.whole())
	for i := range is {
		fmt.Fprint(w, "\t", change(len(before) > 0, was[i], is[i]))
	}
	fmt.Fprintln(w)
	_ = w.Flush()
}

// columns are the figures of a package as texts.
func columns(r *room) []string {
	if r == nil {
		return []string{"-", "-", "-", "-", "-", "-"}
	}
	median, most := r.lines()
	return []string{
		fmt.Sprint(len(r.files)), fmt.Sprint(median), fmt.Sprint(most), fmt.Sprint(len(r.longFuncs)),
		named(largest(sorted(r.receivers))), named(largest(sorted(r.ports))),
	}
}

func named(p place) string {
	if p.size == 0 {
		return "-"
	}
	return fmt.Sprintf("%s %d", p.name, p.size)
}

func change(both bool, was, is string) string {
	if !both || was == is {
		return is
	}
	return was + " -> " + is
}

// lines returns the median and the greatest number of lines of a file.
func (r *room) lines() (median, most int) {
	var all []int
	for _, f := range r.files {
		all = append(all, f.lines)
	}
	if len(all) == 0 {
		return 0, 0
	}
	slices.Sort(all)
	return all[len(all)/2], all[len(all)-1]
}

// whole is all packages as one. Names carry their package.
func (h house) whole() *room {
	out := &room{receivers: map[string]place{}, ports: map[string]*port{}}
	for folder, r := range h {
		out.files = append(out.files, r.files...)
		out.longFuncs = append(out.longFuncs, r.longFuncs...)
		for name, p := range r.receivers {
			out.receivers[folder+"."+name] = p
		}
		for name, p := range r.ports {
			out.ports[folder+"."+name] = p
		}
	}
	return out
}

// printPorts prints how many interfaces have how many methods.
func printPorts(out io.Writer, before, after house) {
	was, is := portSizes(before), portSizes(after)
	most := max(slices.Max(append(slices.Collect(maps.Keys(was)), 0)), slices.Max(append(slices.Collect(maps.Keys(is)), 0)))
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nMETHODS\tINTERFACES")
	for n := 1; n <= most; n++ {
		if was[n]+is[n] > 0 {
			fmt.Fprintf(w, "%d\t%s\n", n, change(len(before) > 0, fmt.Sprint(was[n]), fmt.Sprint(is[n])))
		}
	}
	fmt.Fprintln(w)
	_ = w.Flush()
}

// portSizes counts the interfaces by their number of methods.
func portSizes(h house) map[int]int {
	out := map[int]int{}
	for _, r := range h {
		for _, p := range r.ports {
			out[p.size]++
		}
	}
	return out
}

// printHints lists short files, but those whose name is the reason: doc.go and main.go. Others may have a reason, too, such as a
// build tag.
func printHints(out io.Writer, h house) {
	for _, folder := range h.folders() {
		for _, f := range h[folder].files {
			if name := path.Base(f.name); f.lines < shortFile && name != "doc.go" && name != "main.go" {
				fmt.Fprintf(out, "hint: %s has %d lines: does it have a subject of its own?\n", f.name, f.lines)
			}
		}
	}
}
