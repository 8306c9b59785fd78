package imagebuilder

// Log groups that the CloudWatch agent of an instance writes to; a stack makes them. Streams are named
// INSTANCE-ID/FILE.
const (
	LogGroupSystem   = "ISMS-GoldenAMI-SystemLogs"   // /var/log/messages
	LogGroupSecurity = "ISMS-GoldenAMI-SecurityLogs" // audit.log, sudo.log, aide.log
	LogGroupAuth     = "ISMS-GoldenAMI-AuthLogs"     // /var/log/secure
)

// MetricNamespace is where the CloudWatch agent of an instance publishes, with the dimensions ImageId and InstanceId,
// and totals of an image by ImageId alone: cpu_usage_active, mem_used_percent, disk_used_percent (path /),
// net_bytes_sent, net_bytes_recv.
const MetricNamespace = "ISMS-GoldenAMI"

// LogMetric is a count that a metric filter makes of a log group.
type LogMetric struct {
	Name     string // of the metric, in [MetricNamespace]
	LogGroup string
	Pattern  string // filter pattern of CloudWatch Logs
}

// LogMetrics are what is worth an alarm in the logs.
func LogMetrics() []LogMetric {
	return []LogMetric{
		{Name: "FailedLogins", LogGroup: LogGroupAuth, Pattern: `?"Failed password" ?"Failed publickey" ?"Invalid user" ?"authentication failure" ?"maximum authentication attempts exceeded"`},
		{Name: "SudoCommands", LogGroup: LogGroupAuth, Pattern: `"sudo" "COMMAND="`},
		{Name: "SudoRefused", LogGroup: LogGroupAuth, Pattern: `?"NOT in sudoers" ?"incorrect password attempts" ?"command not allowed"`},
		{Name: "FilesChanged", LogGroup: LogGroupSecurity, Pattern: `"aide: files changed"`},
	}
}
