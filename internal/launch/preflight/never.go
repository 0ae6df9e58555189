package preflight

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Excess is more of a resource than a quota will ever have room for.
type Excess struct {
	Quota    string
	Resource corev1.ResourceName
	// Asked is what the Pod asks for; Beside is what another one has at the same time, zero where the Pod alone is too much.
	Asked, Beside, Hard resource.Quantity
}

// NeverFits gives what quotas can never have room for: of the Pod alone, or of the Pod beside the driver's, which works as long
// as any step does. driver is nil when the Pod is the driver's own. One quota gives each amount once: `cpu` and `requests.cpu`
// are the same.
func NeverFits(quotas []corev1.ResourceQuota, pod, driver *corev1.Pod) []Excess {
	usage, beside := Usage(pod), corev1.ResourceList{}
	if driver != nil {
		beside = Usage(driver)
	}
	var found []Excess
	for i := range quotas {
		q := &quotas[i]
		if !Covers(q, pod) {
			continue
		}
		besideHere := driver != nil && Covers(q, driver)
		told := map[corev1.ResourceName]bool{}
		for _, name := range slices.Sorted(maps.Keys(q.Spec.Hard)) {
			e, never := excess(q.Spec.Hard[name], usage[name], beside[name], besideHere)
			same := corev1.ResourceName(strings.TrimPrefix(string(name), corev1.DefaultResourceRequestsPrefix))
			if never && !told[same] {
				told[same] = true
				e.Quota, e.Resource = q.Name, name
				found = append(found, e)
			}
		}
	}
	return found
}

func excess(hard, asked, beside resource.Quantity, besideHere bool) (Excess, bool) {
	if asked.Sign() <= 0 {
		return Excess{}, false
	}
	if asked.Cmp(hard) > 0 {
		return Excess{Asked: asked, Hard: hard}, true
	}
	both := asked.DeepCopy()
	both.Add(beside)
	return Excess{Asked: asked, Beside: beside, Hard: hard}, besideHere && both.Cmp(hard) > 0
}

// exceeded is how the API server refuses what a quota has no room for now
// (apiserver/pkg/admission/plugin/resourcequota/controller.go, CheckRequest, v1.35).
var exceeded = regexp.MustCompile(`exceeded quota: ([^,\s]+), requested: (\S+), used: \S+, limited: (\S+)`)

// NeverSaid gives what a refusal itself shows that its quota can never have room for: the request alone is above the limit.
func NeverSaid(message string) []Excess {
	m := exceeded.FindStringSubmatch(message)
	if m == nil {
		return nil
	}
	asked, hard := amounts(m[2]), amounts(m[3])
	var found []Excess
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		limit, limited := hard[name]
		if a := asked[name]; limited && a.Cmp(limit) > 0 {
			found = append(found, Excess{Quota: m[1], Resource: name, Asked: a, Hard: limit})
		}
	}
	return found
}

// amounts reads `cpu=1,memory=2Gi`.
func amounts(text string) corev1.ResourceList {
	list := corev1.ResourceList{}
	for _, part := range strings.Split(text, ",") {
		name, value, _ := strings.Cut(part, "=")
		if q, err := resource.ParseQuantity(value); err == nil {
			list[corev1.ResourceName(name)] = q
		}
	}
	return list
}

// Full gives the first quota that has no room now for one more object, counted under one of the names, and how much of what
// is used.
func Full(quotas []corev1.ResourceQuota, names ...corev1.ResourceName) (e Excess, full bool) {
	one := resource.MustParse("1")
	for i := range quotas {
		q := &quotas[i]
		for _, name := range names {
			hard, counted := q.Spec.Hard[name]
			used := q.Status.Used[name].DeepCopy()
			e := Excess{Quota: q.Name, Resource: name, Asked: one, Beside: used.DeepCopy(), Hard: hard}
			used.Add(one)
			if counted && used.Cmp(hard) > 0 {
				return e, true
			}
		}
	}
	return Excess{}, false
}
