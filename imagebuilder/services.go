package imagebuilder

import (
	"slices"
	"strings"
)

// service is one that an image has no use for: the rule unneeded-packages removes its package, unneeded-services masks
// its units. A package that is kept keeps its units, and its checks are for whoever keeps it.
type service struct {
	pack  string // empty where the package has other uses
	units string
	kisa  string // codes of KISA that are settled by its absence
}

// services are servers and clients of protocols without encryption, and what an image has no use for.
var services = []service{
	{"autofs", "autofs.service", "U-41"},
	{"avahi", "avahi-daemon.service avahi-daemon.socket", ""},
	{"bind", "named.service", "U-49 U-50 U-51"},
	{"bluez", "bluetooth.service", ""},
	{"cups", "cups.service cups.socket", "U-29"},
	{"cyrus-imapd", "", ""},
	{"dhcp-server", "", ""},
	{"dovecot", "", ""},
	{"exim", "exim.service", "U-45 U-46 U-47 U-48"},
	{"finger", "", ""},
	{"finger-server", "", "U-34"},
	{"ftp", "", ""},
	{"net-snmp", "snmpd.service", "U-58 U-59 U-60 U-61"},
	{"openldap-servers", "", ""},
	{"postfix", "postfix.service", "U-45 U-46 U-47 U-48"},
	{"proftpd", "proftpd.service", "U-35 U-53 U-54 U-55 U-56 U-57"},
	{"rsh", "", ""},
	{"rsh-server", "rexec.socket rlogin.socket rsh.socket", "U-36"},
	{"samba", "smb.service", "U-35"},
	{"sendmail", "sendmail.service", "U-45 U-46 U-47 U-48"},
	{"squid", "", ""},
	{"talk", "", ""},
	{"talk-server", "", "U-44"},
	{"telnet", "", ""},
	{"telnet-server", "telnet.socket", "U-52"},
	{"tftp", "", ""},
	{"tftp-server", "tftp.service tftp.socket", "U-44"},
	{"vsftpd", "vsftpd.service", "U-35 U-53 U-54 U-55 U-56 U-57"},
	{"xinetd", "xinetd.service", "U-20 U-38"},
	{"ypbind", "ypbind.service", "U-43"},
	{"ypserv", "ypserv.service", "U-43"},
	{"", "nfs-server.service", "U-39 U-40"},        // nfs-utils mounts EFS
	{"", "rpcbind.service rpcbind.socket", "U-42"}, // which nfs-utils requires
}

// UnneededPackages are what the rule unneeded-packages removes.
func UnneededPackages() []string {
	var all []string
	for _, s := range services {
		if s.pack != "" {
			all = append(all, s.pack)
		}
	}
	return all
}

// unneeded are the packages and units that go when some packages are kept.
func unneeded(kept []string) (packages, units []string) {
	for _, s := range services {
		if slices.Contains(kept, s.pack) {
			continue
		}
		if s.pack != "" {
			packages = append(packages, s.pack)
		}
		units = append(units, strings.Fields(s.units)...)
	}
	return packages, units
}

// keptFor are the packages that are kept and that a code of KISA is about.
func keptFor(code string, kept []string) []string {
	var some []string
	for _, s := range services {
		if slices.Contains(kept, s.pack) && slices.Contains(strings.Fields(s.kisa), code) {
			some = append(some, s.pack)
		}
	}
	return some
}
