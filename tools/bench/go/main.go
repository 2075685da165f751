// The operator of the benchmark on controller-runtime; ../src/operator is the same on the reconcile SDK.
package main

import (
	"flag"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"bench/operator/api"
)

func main() {
	// --kubeconfig is controller-runtime's own flag. Its configuration has no client-side rate limit.
	namespace := flag.String("namespace", "default", "where the Lease is")
	concurrency := flag.Int("concurrency", 4, "keys worked on at once")
	metrics := flag.String("metrics-address", "127.0.0.1:0", "where metrics are served")
	probes := flag.String("probes-address", "127.0.0.1:0", "where probes are served")
	lease := flag.Duration("lease-duration", 15*time.Second, "how long others wait for a silent leader")
	renew := flag.Duration("renew-deadline", 10*time.Second, "how long the leader tries to renew")
	retry := flag.Duration("retry-period", 2*time.Second, "between two tries")
	lean := flag.Bool("lean", false, "applies only what differs, and caches no managedFields")
	strict := flag.Bool("strict", false, "reads its own writes, and looks at what it decides by past the cache before it writes")
	flag.Parse()
	ctrl.SetLogger(zap.New())
	manager := ctrl.Options{
		Metrics:                       metricsserver.Options{BindAddress: *metrics},
		HealthProbeBindAddress:        *probes,
		LeaderElection:                true,
		LeaderElectionID:              "bench-operator-leader",
		LeaderElectionNamespace:       *namespace,
		LeaderElectionReleaseOnCancel: true,
		LeaseDuration:                 lease,
		RenewDeadline:                 renew,
		RetryPeriod:                   retry,
	}
	if *strict {
		manager.Client.Cache = &client.CacheOptions{EnableReadYourWritesConsistency: strict}
	}
	r := &reconciler{lean: *lean, strict: *strict}
	if err := run(manager, r, *concurrency); err != nil {
		ctrl.Log.Error(err, "cannot go on")
		os.Exit(1)
	}
}

func run(options ctrl.Options, r *reconciler, concurrency int) error {
	options.Scheme = runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(options.Scheme))
	utilruntime.Must(api.AddToScheme(options.Scheme))
	options.Cache = cache.Options{ByObject: map[client.Object]cache.ByObject{
		&corev1.ConfigMap{}: {Label: labels.SelectorFromSet(labels.Set{labelKey: labelValue})},
	}}
	if r.lean {
		options.Cache.DefaultTransform = cache.TransformStripManagedFields()
	}
	mgr, err := ctrl.NewManager(ctrl.GetConfigOrDie(), options)
	if err != nil {
		return err
	}
	if err := mgr.AddHealthzCheck("healthz", healthz.Ping); err != nil {
		return err
	}
	if err := mgr.AddReadyzCheck("readyz", healthz.Ping); err != nil {
		return err
	}
	r.Client, r.live = mgr.GetClient(), mgr.GetAPIReader()
	r.events = mgr.GetEventRecorder("bench-operator")
	if err := r.setup(mgr, concurrency); err != nil {
		return err
	}
	return mgr.Start(ctrl.SetupSignalHandler())
}
