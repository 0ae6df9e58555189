package driver

import (
	"context"
	"strings"

	"go.uber.org/zap"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/podspec"
	"github.com/stepherd/stepherd/internal/retry"
)

// refusalBytes bounds what the record says of an invalid plan.
const refusalBytes = 2 << 10

// refuse ends a run whose plan cannot be run: the reason goes into the record, and only then is the exit code given that
// ends the Job.
func refuse(ctx context.Context, c Config, cause error) int {
	c.Logger.Error("the plan cannot be run", zap.Error(cause))
	port := c.Record("")
	now := metav1.Now()
	head := record.Head{
		Version: record.Version, Phase: v1alpha1.RunRunning, StartedAt: &now,
	}
	var record record.Record
	code, ok := insist(ctx, c.Logger, "take the record", func() (err error) {
		record, err = port.Take(ctx, head)
		return err
	})
	if !ok {
		return code
	}
	if record.Head.Phase.Ended() {
		return exitOf(record.Head.Phase, record.Head.Reason)
	}
	record.Head.Phase, record.Head.Reason = v1alpha1.RunFailed, v1alpha1.ReasonInvalidPlan
	record.Head.Message, record.Head.FinishedAt = firstProblems(cause), &now
	code, ok = insist(ctx, c.Logger, "write the record", func() error {
		_, err := port.Save(ctx, record, []int{0})
		return err
	})
	if !ok {
		return code
	}
	return podspec.ExitInvalidPlan
}

// insist makes a call of the record until it succeeds; otherwise it gives the exit code.
func insist(ctx context.Context, log *zap.Logger, what string, call func() error) (int, bool) {
	for failures := 0; ; failures++ {
		err := call()
		if err == nil {
			return 0, true
		}
		if code, ended := ends(err); ended {
			log.Error("this driver stops", zap.Error(err), zap.Int("exitCode", code))
			return code, false
		}
		if ctx.Err() != nil {
			return podspec.ExitTerminated, false
		}
		wait := retry.APICalls.Delay(failures)
		logRetry(log, what, err, wait)
		_ = retry.Sleep(ctx, wait) // the next try returns why it ended
	}
}

// firstProblems is as much of a list of problems as the record should carry, in whole lines.
func firstProblems(err error) string {
	text := err.Error()
	if len(text) <= refusalBytes {
		return text
	}
	cut := text[:refusalBytes]
	if i := strings.LastIndexByte(cut, '\n'); i > 0 {
		cut = cut[:i]
	}
	return strings.ToValidUTF8(cut, "") + "\n..."
}
