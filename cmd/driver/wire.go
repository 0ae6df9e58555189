package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strings"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/driver"
	"github.com/stepherd/stepherd/internal/driver/recorder"
	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/kube"
	"github.com/stepherd/stepherd/internal/kube/podlogs"
	"github.com/stepherd/stepherd/internal/podspec"
	"github.com/stepherd/stepherd/internal/usage"
)

// drive runs the run that the environment names.
func drive(ctx context.Context, getenv func(string) string, stdout, stderr io.Writer) int {
	level := zap.NewAtomicLevelAt(zap.InfoLevel)
	log := newLogger(stderr, level)
	kube.RedirectClientLog(func(line string) { log.Named("client").Warn(line) })
	if err := setLevel(level, getenv(podspec.EnvLogLevel)); err != nil {
		log.Warn("the log level is unknown; using info", zap.Error(err))
	}
	log.Info("driver", zap.String("version", version))
	var counter usage.Counter
	c, err := configure(getenv, stdout, log, &counter)
	if err != nil {
		log.Error("the driver cannot begin", zap.Error(err))
		return podspec.ExitCrash
	}
	code := driver.Run(ctx, c)
	logUsage(log, &counter)
	_ = log.Sync() // stderr may be a pipe, which cannot be synced
	return code
}

// logUsage ends the transcript with what the run cost: for the benchmark, and for those who size a driver.
func logUsage(log *zap.Logger, counter *usage.Counter) {
	l, err := usage.Ends("driver", counter)
	if err != nil {
		log.Warn("no figures", zap.Error(err))
		return
	}
	log.Info(l.Msg, zap.Any("requests", l.Requests), zap.Int64("recordBytes", l.RecordBytes),
		zap.Int64("maxRSSBytes", l.MaxRSSBytes), zap.Float64("cpuSeconds", l.CPUSeconds))
}

// newLogger writes the transcript: JSON, a line each, times in RFC 3339.
func newLogger(w io.Writer, level zapcore.LevelEnabler) *zap.Logger {
	encoding := zap.NewProductionEncoderConfig()
	encoding.TimeKey, encoding.EncodeTime = "time", zapcore.RFC3339NanoTimeEncoder
	encoding.EncodeDuration = zapcore.StringDurationEncoder
	return zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(encoding), zapcore.Lock(zapcore.AddSync(w)), level))
}

// setLevel sets the level of the transcript; an empty or an unknown word leaves it. A run does not fail for a mistyped level.
func setLevel(level zap.AtomicLevel, word string) error {
	known := []v1alpha1.LogLevel{v1alpha1.LogDebug, v1alpha1.LogInfo, v1alpha1.LogWarn, v1alpha1.LogError}
	switch {
	case word == "":
		return nil
	case !slices.Contains(known, v1alpha1.LogLevel(word)):
		return fmt.Errorf("the environment variable %s is %q: set it to one of %v", podspec.EnvLogLevel, word, known)
	}
	return level.UnmarshalText([]byte(word))
}

// configure reads the environment, and the plan, and connects to the cluster.
func configure(getenv func(string) string, stdout io.Writer, log *zap.Logger, counter *usage.Counter) (driver.Config, error) {
	var missing []error
	need := func(name string) string {
		value := getenv(name)
		if value == "" {
			missing = append(missing, fmt.Errorf("the environment variable %s is empty: the driver is to be started by a Job that the launcher made", name))
		}
		return value
	}
	id := podspec.Identity{Run: need(podspec.EnvRun), RunUID: need(podspec.EnvRunUID), Namespace: need(podspec.EnvNamespace)}
	podUID := need(podspec.EnvPodUID)
	if err := errs.Join(missing...); err != nil {
		return driver.Config{}, err
	}
	plan, err := os.ReadFile(podspec.PlanFile)
	if err != nil {
		return driver.Config{}, fmt.Errorf("read the plan: %w", err)
	}
	c := driver.Config{Plan: plan, Identity: id, Stdout: stdout, Unread: unreadOf(stdout), Logger: log.With(zap.String("driver", getenv(podspec.EnvPodName)))}
	c.Version, c.Quit = version, quit
	if c.MinDriver, err = readMinDriver(); err != nil {
		return driver.Config{}, err
	}
	if root := getenv(podspec.EnvArchive); root != "" {
		c.Archive = keepIn(root, id)
	}
	return c, connect(&c, getenv(podspec.EnvPodName), podUID, counter)
}

// readMinDriver reads which driver the plan needs. A manifest that was written by hand need not say it.
func readMinDriver() (string, error) {
	text, err := os.ReadFile(podspec.MinDriverFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read which driver the plan needs: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// connect fills in the ports.
func connect(c *driver.Config, podName, podUID string, counter *usage.Counter) error {
	place, err := kube.Resolve(kube.TargetFlags{})
	if err != nil {
		return err
	}
	config := kube.WithDefaults(place.Config, "stepherd-driver/"+version)
	config.Wrap(counter.Wrap)
	client, err := kube.NewClient(config)
	if err != nil {
		return err
	}
	ref := kube.RunRef{Namespace: c.Identity.Namespace, Name: c.Identity.Run, UID: c.Identity.RunUID}
	core, batch := client.CoreV1().RESTClient(), client.BatchV1().RESTClient()
	c.Pods = kube.NewStepPods(core, ref)
	c.Mark = kube.NewJobMark(batch, ref)
	if podName != "" {
		c.Own = kube.NewOwnPod(core, ref.Namespace, podName, podUID)
	}
	c.Warnings = kube.NewPodWarnings(client.CoreV1(), ref.Namespace)
	if c.Logs, err = podlogs.NewMany(config, ref.Namespace); err != nil {
		return err
	}
	c.Record = func(pipeline string) recorder.Record { return kube.NewRecord(core, ref, pipeline, podUID) }
	return nil
}

// unreadOf returns a function that returns how much of stdout has not been read.
func unreadOf(stdout io.Writer) func() int {
	f, is := stdout.(*os.File)
	if !is {
		return func() int { return 0 }
	}
	return func() int { return unread(f) }
}

// quitClient goes where it is sent and nowhere else: through no proxy, and after no redirect.
var quitClient = &http.Client{
	Transport:     &http.Transport{DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// quit POSTs to a URL of the driver's own Pod, and errs unless it was answered with a success.
func quit(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, http.NoBody)
	if err != nil {
		return err
	}
	response, err := quitClient.Do(request)
	if err != nil {
		return err
	}
	_ = response.Body.Close() // nothing of it was read
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("%s was answered with %s", url, response.Status)
	}
	return nil
}
