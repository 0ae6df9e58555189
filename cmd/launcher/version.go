package main

import (
	"fmt"
	"runtime"

	"github.com/urfave/cli/v2"

	"github.com/stepherd/stepherd/internal/report"
)

// versionInfo is what `version -o json` shows.
type versionInfo struct {
	Version     string `json:"version"`
	DriverImage string `json:"driverImage"`
	Go          string `json:"go"`
	Platform    string `json:"platform"`
}

func versionCommand(p *program) *cli.Command {
	return &cli.Command{
		Name:  "version",
		Usage: "print the launcher's version and its default driver image",
		Flags: []cli.Flag{outputFlag("text (default) or json")},
		Action: func(c *cli.Context) error {
			if _, err := p.positionals(c, 0); err != nil {
				return err
			}
			format, err := output(c, "text", "json")
			if err != nil {
				return err
			}
			v := versionInfo{version, defaultDriverImage(), runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
			if format == "json" {
				return report.JSON(p.stdout, v)
			}
			_, err = fmt.Fprintf(p.stdout, "launcher %s\ndriver image %s\n", v.Version, v.DriverImage)
			return err
		},
	}
}
