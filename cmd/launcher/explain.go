package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/reference"
)

func explainCommand(p *program) *cli.Command {
	return &cli.Command{
		Name:      "explain",
		Usage:     "explain the pipeline file, or one of its keys",
		ArgsUsage: "[PATH]",
		Description: "Prints what a key means, its type, its default, and the keys below it, as kubectl explain does. PATH is the way to the\n" +
			"key, as in " + p.name + " explain settings.retry; without it the whole file is explained.",
		Action: func(c *cli.Context) error {
			args, err := p.positionals(c, 0, "a path, as settings.retry")
			if err != nil {
				return err
			}
			known, err := reference.Load()
			if err != nil {
				return err
			}
			at, err := known.Find(args[0])
			if err != nil {
				return usagef("%v", err)
			}
			_, err = fmt.Fprint(p.stdout, known.Explain(at, v1alpha1.APIVersion))
			return err
		},
	}
}

func schemaCommand(p *program) *cli.Command {
	return &cli.Command{
		Name:  "schema",
		Usage: "print the JSON Schema of the pipeline file, for editors",
		Description: "Write it to a file, and name that file in the first line of a pipeline:\n" +
			"# yaml-language-server: $schema=pipeline.schema.json",
		Action: func(c *cli.Context) error {
			if _, err := p.positionals(c, 0); err != nil {
				return err
			}
			known, err := reference.Load()
			if err != nil {
				return err
			}
			text, err := known.Schema()
			if err != nil {
				return err
			}
			_, err = p.stdout.Write(text)
			return err
		},
	}
}
