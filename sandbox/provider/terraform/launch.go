package terraform

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"sync"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/vendored/tfplugin5"
	"google.golang.org/grpc"
)

// protocol is the plugin protocol of terraform-provider-aws 5.x.
const protocol = 5

// handshake is Terraform's own, fixed for all providers
// (https://developer.hashicorp.com/terraform/plugin/terraform-plugin-protocol).
var handshake = goplugin.HandshakeConfig{
	ProtocolVersion:  4,
	MagicCookieKey:   "TF_PLUGIN_MAGIC_COOKIE",
	MagicCookieValue: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
}

// Provider is a running Terraform provider. Close it when done.
type Provider struct {
	client
	close func()
	pid   int
}

var _ tfprotov6.ProviderServer = (*Provider)(nil)

// PID is the process id of the child.
func (p *Provider) PID() int { return p.pid }

// Close kills the child and returns when it is gone. It may be called more than once.
func (p *Provider) Close() { p.close() }

// Launch starts the provider binary at path. ctx bounds nothing but the start; the child runs until Close, or until
// this process ends.
func Launch(ctx context.Context, path string) (*Provider, error) {
	started := make(chan launched, 1)
	done, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		// The kernel delivers the parent-death signal when the thread that forked the child ends, not the process:
		// this goroutine keeps its thread for as long as the child is wanted.
		runtime.LockOSThread()
		plugin, l := start(path)
		started <- l
		if l.err == nil {
			<-done
		}
		plugin.Kill()
	}()
	closer := sync.OnceFunc(func() { close(done); <-gone })
	select {
	case l := <-started:
		if l.err != nil {
			<-gone
			return nil, fmt.Errorf("start %s: %w", path, l.err)
		}
		return &Provider{client: client{remote: tfplugin5.NewProviderClient(l.conn)}, close: closer, pid: l.pid}, nil
	case <-ctx.Done():
		closer()
		return nil, fmt.Errorf("start %s: %w", path, ctx.Err())
	}
}

type launched struct {
	conn *grpc.ClientConn
	pid  int
	err  error
}

// start runs the binary and connects to it. The plugin is returned in every case, so that it can be killed.
func start(path string) (*goplugin.Client, launched) {
	cmd := exec.Command(path)
	cmd.SysProcAttr = dieWithParent()
	plugin := goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig:  handshake,
		VersionedPlugins: map[int]goplugin.PluginSet{protocol: {"provider": connection{}}},
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		Cmd:              cmd,
		AutoMTLS:         true,
		Logger:           hclog.NewNullLogger(),
	})
	rpc, err := plugin.Client()
	if err != nil {
		return plugin, launched{err: err}
	}
	conn, err := rpc.Dispense("provider")
	if err != nil {
		return plugin, launched{err: err}
	}
	return plugin, launched{conn: conn.(*grpc.ClientConn), pid: cmd.Process.Pid}
}

// connection is the go-plugin plugin whose client is the bare gRPC connection.
type connection struct {
	goplugin.NetRPCUnsupportedPlugin
}

var _ goplugin.GRPCPlugin = connection{}

func (connection) GRPCServer(*goplugin.GRPCBroker, *grpc.Server) error {
	return errors.New("this process only consumes Terraform providers")
}

func (connection) GRPCClient(_ context.Context, _ *goplugin.GRPCBroker, c *grpc.ClientConn) (any, error) {
	return c, nil
}
