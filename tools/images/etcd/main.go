// Command etcd is the server, etcdctl and etcdutl in one file: its own name says which, or else its first argument.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/etcdctl/v3/ctlv3"
	"go.etcd.io/etcd/etcdutl/v3/etcdutl"
	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() {
	name := filepath.Base(os.Args[0])
	if len(os.Args) > 1 && (os.Args[1] == "etcdctl" || os.Args[1] == "etcdutl") {
		name = os.Args[1]
		os.Args = os.Args[1:]
	}
	switch name {
	case "etcdctl":
		ctlv3.MustStart()
	case "etcdutl":
		if err := utility().Execute(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	default:
		etcdmain.Main(os.Args)
	}
}

// The root of etcdutl is in its package main, which cannot be imported.
func utility() *cobra.Command {
	root := &cobra.Command{
		Use:          "etcdutl",
		Short:        "An administrative command line tool for etcd3.",
		SilenceUsage: true,
	}
	root.PersistentFlags().StringVarP(&etcdutl.OutputFormat, "write-out", "w", "simple",
		"set the output format (fields, json, protobuf, simple, table)")
	root.AddCommand(
		etcdutl.NewDefragCommand(),
		etcdutl.NewSnapshotCommand(),
		etcdutl.NewHashKVCommand(),
		etcdutl.NewMigrateCommand(),
		etcdutl.NewVersionCommand(),
		etcdutl.NewCompletionCommand(),
	)
	return root
}
