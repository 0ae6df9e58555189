package launch

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// kubeletSays is an event by the kubelet that was first told at one second and last at another.
func kubeletSays(first, last int, kind, reason, message string) corev1.Event {
	return corev1.Event{
		ObjectMeta: metav1.ObjectMeta{Name: "pod.18" + string(rune('a'+first))},
		Type:       kind, Reason: reason, Message: message, LastTimestamp: *at(last),
		Source: corev1.EventSource{Component: "kubelet"}, InvolvedObject: corev1.ObjectReference{UID: "uid-pod"},
	}
}

func TestWhyStarting(t *testing.T) {
	const warning, normal = corev1.EventTypeWarning, corev1.EventTypeNormal
	by := func(component string, e corev1.Event) corev1.Event {
		e.Source.Component = component
		return e
	}
	secret := kubeletSays(2, 9, warning, "FailedMount", "MountVolume.SetUp failed for volume \"v\" : secret \"nope\" not found")
	noSecret := startNews{"FailedMount: MountVolume.SetUp failed for volume \"v\" : secret \"nope\" not found", true}
	pulling := func(second int) corev1.Event {
		return kubeletSays(second, second, normal, "Pulling", "Pulling image \"x:1\"")
	}
	modern := secret
	modern.Source, modern.ReportingController = corev1.EventSource{}, "kubelet"
	for _, tc := range []struct {
		name   string
		uid    string
		events []corev1.Event
		want   startNews
	}{
		{"nothing", "", nil, startNews{}},
		{"a missing Secret", "", []corev1.Event{secret}, noSecret},
		{"a reporting controller instead of a source", "", []corev1.Event{modern}, noSecret},
		{"a missing disk", "", []corev1.Event{by("attachdetach-controller", kubeletSays(2, 3, warning, "FailedAttachVolume", "Multi-Attach error\nfor volume \"d\""))},
			startNews{"FailedAttachVolume: Multi-Attach error for volume \"d\"", true}},
		{"the scheduler's words are over", "", []corev1.Event{
			secret, by("default-scheduler", kubeletSays(9, 10, warning, "FailedScheduling", "0/2 nodes")),
			by("default-scheduler", kubeletSays(10, 11, normal, "Scheduled", "Successfully assigned")),
		}, noSecret},
		{"the kubelet's summary says less", "", []corev1.Event{secret, kubeletSays(3, 12, warning, "FailedMount", "Unable to attach or mount volumes: unmounted volumes=[v]: timed out")}, noSecret},
		{"the latest", "", []corev1.Event{secret, kubeletSays(3, 8, warning, "FailedMount", "older")}, noSecret},
		{"healed", "", []corev1.Event{secret, pulling(11)}, startNews{"Pulling image \"x:1\"", false}},
		{"healed within the second", "", []corev1.Event{pulling(9), secret}, startNews{"Pulling image \"x:1\"", false}},
		{"failed within the second", "", []corev1.Event{pulling(1), kubeletSays(2, 1, warning, "Failed", "no")}, startNews{"Failed: no", true}},
		{"pulled", "", []corev1.Event{pulling(2), kubeletSays(4, 4, normal, "Pulled", "Successfully pulled image")}, startNews{}},
		{"of that Pod", "uid-pod", []corev1.Event{secret}, noSecret},
		{"of another Pod", "uid-other", []corev1.Event{secret}, startNews{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := whyStarting(tc.events, types.UID(tc.uid)); got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}
