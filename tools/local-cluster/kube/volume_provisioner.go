package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

// The provisioner built into kube-controller-manager makes hostPath volumes of mode 0750 that belong to root:
// no pod that runs as another user can write to them. Local volumes obey fsGroup, as disks in a cloud do.
const provisionerName = "local-cluster.stateful/volumes"

// Where a volume lives: on the disk of the node that its first pod was scheduled to, or reachable from all.
const (
	placementParameter = "placement"
	placementNode      = "node"
	placementShared    = "shared"
)

func newVolumeProvisionerCommand() *cobra.Command {
	var kubeconfig, dir string
	command := &cobra.Command{
		Use:          "volume-provisioner",
		Short:        "Provisions directories below one folder as local volumes",
		SilenceUsage: true,
		RunE: func(command *cobra.Command, _ []string) error {
			return runVolumeProvisioner(command.Context(), kubeconfig, dir)
		},
	}
	command.Flags().StringVar(&kubeconfig, "kubeconfig", "", "kubeconfig of the provisioner's user")
	command.Flags().StringVar(&dir, "dir", "", "absolute path of the folder that holds all volumes")
	return command
}

func runVolumeProvisioner(ctx context.Context, kubeconfig, dir string) error {
	if ctx == nil {
		ctx = context.Background()
	}
	if !filepath.IsAbs(dir) {
		return fmt.Errorf("--dir must be an absolute path, not %q", dir)
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return fmt.Errorf("reading %s: %w", kubeconfig, err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	controller.NewProvisionController(ctx, client, provisionerName, &volumeProvisioner{dir: filepath.Clean(dir)},
		controller.LeaderElection(false),
		controller.AddFinalizer(true),
		controller.RetryIntervalMax(10*time.Second),
		controller.FailedProvisionThreshold(0),
		controller.FailedDeleteThreshold(0),
	).Run(ctx)
	return nil
}

type volumeProvisioner struct {
	dir string
}

func (p *volumeProvisioner) Provision(
	_ context.Context, options controller.ProvisionOptions,
) (*corev1.PersistentVolume, controller.ProvisioningState, error) {
	folder, affinity, err := place(options)
	if err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	path := filepath.Join(p.dir, folder, options.PVName)
	// Of root and closed to others, as the root of a new disk is; fsGroup opens it.
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	filesystem := corev1.PersistentVolumeFilesystem
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: options.PVName},
		Spec: corev1.PersistentVolumeSpec{
			PersistentVolumeReclaimPolicy: *options.StorageClass.ReclaimPolicy,
			AccessModes:                   options.PVC.Spec.AccessModes,
			MountOptions:                  options.StorageClass.MountOptions,
			VolumeMode:                    &filesystem,
			Capacity: corev1.ResourceList{
				corev1.ResourceStorage: options.PVC.Spec.Resources.Requests[corev1.ResourceStorage],
			},
			PersistentVolumeSource: corev1.PersistentVolumeSource{
				Local: &corev1.LocalVolumeSource{Path: path},
			},
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{
				NodeSelectorTerms: []corev1.NodeSelectorTerm{{
					MatchExpressions: []corev1.NodeSelectorRequirement{affinity},
				}},
			}},
		},
	}, controller.ProvisioningFinished, nil
}

// place says in which folder a volume goes and which nodes can mount it.
func place(options controller.ProvisionOptions) (string, corev1.NodeSelectorRequirement, error) {
	var none corev1.NodeSelectorRequirement
	if mode := options.PVC.Spec.VolumeMode; mode != nil && *mode == corev1.PersistentVolumeBlock {
		return "", none, errors.New("block volumes are not supported")
	}
	switch placement := options.StorageClass.Parameters[placementParameter]; placement {
	case placementNode:
		if options.SelectedNodeName == "" {
			return "", none, errors.New("a volume of one node needs volumeBindingMode WaitForFirstConsumer")
		}
		return options.SelectedNodeName, corev1.NodeSelectorRequirement{
			Key:      corev1.LabelHostname,
			Operator: corev1.NodeSelectorOpIn,
			Values:   []string{options.SelectedNodeName},
		}, nil
	case placementShared:
		return placementShared, corev1.NodeSelectorRequirement{
			Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpExists,
		}, nil
	default:
		return "", none, fmt.Errorf("parameter %s must be %s or %s, not %q",
			placementParameter, placementNode, placementShared, placement)
	}
}

func (p *volumeProvisioner) Delete(_ context.Context, volume *corev1.PersistentVolume) error {
	if volume.Spec.Local == nil {
		return fmt.Errorf("volume %s is not a local volume", volume.Name)
	}
	path := filepath.Clean(volume.Spec.Local.Path)
	if !strings.HasPrefix(path, p.dir+string(filepath.Separator)) {
		return fmt.Errorf("volume %s is at %s, outside of %s: not removed", volume.Name, path, p.dir)
	}
	return os.RemoveAll(path)
}
