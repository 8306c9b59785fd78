// Command sandbox runs the whole platform on this machine against an emulated AWS; `make help` lists the
// ways to call it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"assetguard/sandbox/driver"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if err := root().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(1)
	}
}

// root declares the commands. Each finds its sandbox by the working directory.
func root() *cobra.Command {
	root := &cobra.Command{
		Use: "sandbox", Short: "The whole platform on one machine",
		SilenceUsage: true, SilenceErrors: true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.AddCommand(
		plain("up", "check, build, start and deploy; may be repeated", (*driver.Driver).Up),
		expecting("preview", "show what up would change", (*driver.Driver).Preview),
		expecting("refresh", "bring the state to what there is", (*driver.Driver).Refresh),
		plain("down", "destroy everything and stop", (*driver.Driver).Down),
		plain("status", "show the server, the stack and the functions", (*driver.Driver).Status),
		plain("serve", "run the server in the foreground (up starts it by itself)", (*driver.Driver).Serve),
		plain("env", "print shell lines that point an AWS client at the sandbox",
			func(d *driver.Driver, _ context.Context) error { return d.Env() }),
		logs(), send(), inbox(), fire(), load(), burst(),
	)
	return root
}

func plain(use, short string, do func(*driver.Driver, context.Context) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		return with(func(d *driver.Driver) error { return do(d, c.Context()) })
	}}
}

func expecting(use, short string, do func(*driver.Driver, context.Context, bool) error) *cobra.Command {
	var expectNone bool
	command := plain(use, short, func(d *driver.Driver, ctx context.Context) error { return do(d, ctx, expectNone) })
	command.Flags().BoolVar(&expectNone, "expect-no-changes", false, "fail and list them when there are any")
	return command
}

func logs() *cobra.Command {
	return &cobra.Command{Use: "logs [function]", Short: "show what functions logged", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return with(func(d *driver.Driver) error { return d.Logs(append(args, "")[0]) })
		}}
}

func send() *cobra.Command {
	command := &cobra.Command{Use: "send FILE", Short: "put the event or the security finding of a file (- is standard input) where AWS would", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return with(func(d *driver.Driver) error { return d.Send(c.Context(), args[0]) })
		}}
	command.AddCommand(&cobra.Command{Use: "action ACTION FINDING...", Short: "choose a custom action of Security Hub, as repair, for findings, by their IDs", Args: cobra.MinimumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return with(func(d *driver.Driver) error { return d.Choose(c.Context(), args[0], args[1:]) })
		}})
	return command
}

func inbox() *cobra.Command {
	var asJSON bool
	var last int
	command := &cobra.Command{Use: "inbox", Short: "show the e-mails and Slack posts that left the platform", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return with(func(d *driver.Driver) error { return d.Inbox(c.Context(), asJSON, last) })
		}}
	command.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	command.Flags().IntVar(&last, "last", 0, "only so many of the latest; 0 is all")
	return command
}

func fire() *cobra.Command {
	return &cobra.Command{Use: "fire SCHEDULE", Short: "run a schedule once, now (name or group/name)", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return with(func(d *driver.Driver) error { return d.Fire(c.Context(), args[0]) })
		}}
}

func load() *cobra.Command {
	var events int
	var over time.Duration
	command := &cobra.Command{Use: "load", Short: "send create events while calls fail, and check that the outcomes add up", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return with(func(d *driver.Driver) error { return d.Load(c.Context(), events, over) })
		}}
	command.Flags().IntVar(&events, "events", 5000, "how many")
	command.Flags().DurationVar(&over, "over", time.Minute, "the time in which they are sent")
	return command
}

func burst() *cobra.Command {
	var findings, singles int
	command := &cobra.Command{Use: "burst", Short: "import findings in bulk while calls and Slack fail, and check that people were told of all", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return with(func(d *driver.Driver) error { return d.Burst(c.Context(), findings, singles) })
		}}
	command.Flags().IntVar(&findings, "findings", 10000, "how many at once")
	command.Flags().IntVar(&singles, "singles", 50, "how many one by one before, for the time that each takes")
	return command
}

func with(do func(*driver.Driver) error) error {
	d, err := driver.New(os.Stdout)
	if err != nil {
		return err
	}
	return do(d)
}
