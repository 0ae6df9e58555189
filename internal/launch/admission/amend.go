package admission

import (
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// What admission controllers write about the resources that a Pod requests.
var (
	// apiserver/pkg/admission/plugin/resourcequota/controller.go and pkg/quota/v1/evaluator/core/pods.go, Constraints (v1.35).
	demanded = regexp.MustCompile(`failed quota: \S+: must specify (.*)`)
	// plugin/pkg/admission/limitranger/admission.go, minConstraint, maxConstraint and limitRequestRatioConstraint.
	tooLittle = regexp.MustCompile(`minimum (\S+) usage per (Container|Pod) is (\S+?)(?:\.\s+No (?:request|limit) is specified|, but (request|limit) is ([^\s,\]]+))`)
	tooMuch   = regexp.MustCompile(`maximum (\S+) usage per (Container|Pod) is (\S+?)(?:\.\s+No (?:request|limit) is specified|, but (request|limit) is ([^\s,\]]+))`)
	tooFar    = regexp.MustCompile(`(\S+) max limit to request ratio per (?:Container|Pod) is \S+, but`)
)

// Amend gives what a container is to ask for so that a refusal no longer holds. It reports false where the refusal is about
// something else, or about another container: then nothing has changed.
func Amend(message, container string, have corev1.ResourceRequirements) (corev1.ResourceRequirements, bool) {
	r := have.DeepCopy()
	if r.Requests == nil {
		r.Requests = corev1.ResourceList{}
	}
	if r.Limits == nil {
		r.Limits = corev1.ResourceList{}
	}
	a := amending{r: r}
	if m := demanded.FindStringSubmatch(message); m != nil {
		a.demand(m[1], container)
	}
	for _, m := range tooLittle.FindAllStringSubmatch(message, -1) {
		a.raise(corev1.ResourceName(m[1]), parsed(m[3]), m[2] == "Pod", parsed(m[5]), m[4])
	}
	for _, m := range tooMuch.FindAllStringSubmatch(message, -1) {
		a.lower(corev1.ResourceName(m[1]), parsed(m[3]), m[2] == "Pod", parsed(m[5]), m[4])
	}
	for _, m := range tooFar.FindAllStringSubmatch(message, -1) {
		a.level(corev1.ResourceName(strings.TrimPrefix(m[1], "[")))
	}
	return *r, a.changed
}

type amending struct {
	r       *corev1.ResourceRequirements
	changed bool
}

func parsed(text string) *resource.Quantity {
	q, err := resource.ParseQuantity(text)
	if err != nil {
		return nil
	}
	return &q
}

// usual is what is written where nothing is known of a container's needs.
var usual = map[corev1.ResourceName]struct{ request, limit resource.Quantity }{
	corev1.ResourceCPU:              {resource.MustParse("100m"), resource.MustParse("1")},
	corev1.ResourceMemory:           {resource.MustParse("256Mi"), resource.MustParse("256Mi")},
	corev1.ResourceEphemeralStorage: {resource.MustParse("1Gi"), resource.MustParse("1Gi")},
}

func (a *amending) set(list corev1.ResourceList, name corev1.ResourceName, q resource.Quantity) {
	if old, ok := list[name]; !ok || old.Cmp(q) != 0 {
		list[name] = q.DeepCopy()
		a.changed = true
	}
}

// demand fills in what a quota wants every container to say: `limits.cpu for: main,side; memory for: main`. A limit takes the
// request's amount; a container that has a limit has a request already.
func (a *amending) demand(text, container string) {
	for _, part := range strings.Split(strings.TrimRight(text, " ."), "; ") {
		wanted, names, _ := strings.Cut(part, " for: ")
		if !slices.Contains(strings.Split(names, ","), container) {
			continue
		}
		name, ofLimits := strings.CutPrefix(wanted, limitsPrefix)
		resourceName := corev1.ResourceName(strings.TrimPrefix(name, corev1.DefaultResourceRequestsPrefix))
		to, amount := a.r.Requests, usual[resourceName].request
		if ofLimits {
			to, amount = a.r.Limits, usual[resourceName].limit
			if request, ok := a.r.Requests[resourceName]; ok {
				amount = request
			}
		}
		if !amount.IsZero() {
			a.set(to, resourceName, amount)
		}
	}
}

// raise makes the request the least that is allowed, and the limit no less.
func (a *amending) raise(name corev1.ResourceName, least *resource.Quantity, ofPod bool, observed *resource.Quantity, side string) {
	request, limit := a.r.Requests[name], a.r.Limits[name]
	amount, ok := amended(least, ofPod, observed, sideOf(side, request, limit))
	if !ok {
		return
	}
	if request.Cmp(amount) < 0 {
		a.set(a.r.Requests, name, amount)
	}
	if _, limited := a.r.Limits[name]; (limited || name == corev1.ResourceMemory) && limit.Cmp(amount) < 0 {
		a.set(a.r.Limits, name, amount)
	}
}

// lower makes the limit the most that is allowed, and the request no more.
func (a *amending) lower(name corev1.ResourceName, most *resource.Quantity, ofPod bool, observed *resource.Quantity, side string) {
	request, limit := a.r.Requests[name], a.r.Limits[name]
	amount, ok := amended(most, ofPod, observed, sideOf(side, request, limit))
	if !ok || amount.Sign() <= 0 {
		return
	}
	if _, limited := a.r.Limits[name]; !limited || limit.Cmp(amount) > 0 {
		a.set(a.r.Limits, name, amount)
	}
	if request.Cmp(amount) > 0 {
		a.set(a.r.Requests, name, amount)
	}
}

// level makes the request as much as the limit, and both the usual request where neither is said.
func (a *amending) level(name corev1.ResourceName) {
	request, requested := a.r.Requests[name]
	limit, limited := a.r.Limits[name]
	switch {
	case limited:
		a.set(a.r.Requests, name, limit)
	case requested:
		a.set(a.r.Limits, name, request)
	default:
		if amount := usual[name].request; !amount.IsZero() {
			a.set(a.r.Requests, name, amount)
			a.set(a.r.Limits, name, amount)
		}
	}
}

func sideOf(side string, request, limit resource.Quantity) resource.Quantity {
	if side == "limit" {
		return limit
	}
	return request
}

// amended is the amount that our container is to have. What was observed of a Pod may be the sum of several containers, and
// ours then takes the difference; what was observed of a container that is not ours is none of our business.
func amended(bound *resource.Quantity, ofPod bool, observed *resource.Quantity, ours resource.Quantity) (resource.Quantity, bool) {
	switch {
	case bound == nil:
		return resource.Quantity{}, false
	case observed == nil || observed.Cmp(ours) == 0:
		return *bound, true
	case !ofPod:
		return resource.Quantity{}, false
	}
	amount := ours.DeepCopy()
	amount.Add(*bound)
	amount.Sub(*observed)
	return amount, true
}
