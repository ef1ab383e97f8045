//! Landlock and seccomp.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::OnceLock;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, RestrictionStatus, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, path_beneath_rules,
};
use rustix::thread::{CapabilitySet, CapabilitySets, capabilities, set_capabilities};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

use super::{Strength, Walls};

/// The newest rules of Landlock that are asked for; an older kernel has fewer.
const NEWEST: ABI = ABI::V6;

/// The system's own files, which programs need to start and to find out about the machine. The environment and the memory
/// of a process outside of the walls can't be read in `/proc`.
const SYSTEM: [&str; 22] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/nix/store",
    "/gnu/store",
    "/proc",
    "/sys/fs/cgroup",
    "/sys/devices/system",
    "/sys/kernel/mm/transparent_hugepage",
    "/etc/ld.so.cache",
    "/etc/ld.so.preload",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/locale.alias",
    "/etc/os-release",
    "/etc/nsswitch.conf",
    "/dev/zero",
    "/dev/random",
    "/dev/urandom",
];
/// What may be written beside the program's own folder.
const DEVICES: [&str; 2] = ["/dev/null", "/dev/full"];

/// How much of the walls can be raised here; nothing where the kernel can't raise any.
pub(super) fn strength() -> Option<Strength> {
    static STRENGTH: OnceLock<Option<Strength>> = OnceLock::new();
    *STRENGTH.get_or_init(|| {
        let nothing = Walls {
            read: Vec::new(),
            own: PathBuf::from("/dev/null"),
            network: false,
        };
        // A thread that ends at once tries it.
        std::thread::spawn(move || nothing.raise().ok()).join().ok().flatten()
    })
}

impl Walls {
    /// Starts a command within the walls.
    ///
    /// # Errors
    /// The walls can't be raised, or the command can't be started.
    pub(in crate::run) fn start(&self, command: &mut Command) -> io::Result<Child> {
        let start = || {
            self.raise()?;
            command.spawn()
        };
        std::thread::scope(|scope| {
            let within = scope.spawn(start);
            within.join().unwrap_or_else(|_| Err(io::Error::other("the walls around a program fell")))
        })
    }

    /// Surrounds this thread, for good.
    fn raise(&self) -> io::Result<Strength> {
        // Root keeps its rights over files that are within reach, and no other: with `no_new_privs` no program gets them back.
        let rights = CapabilitySet::DAC_OVERRIDE & capabilities(None)?.permitted;
        let rights = CapabilitySets {
            effective: rights,
            permitted: rights,
            inheritable: CapabilitySet::empty(),
        };
        set_capabilities(None, rights)?;
        let status = self.landlock().map_err(io::Error::other)?;
        seccompiler::apply_filter(&self.filter()?).map_err(io::Error::other)?;
        match status.ruleset {
            RulesetStatus::NotEnforced => Err(io::Error::other("the kernel has no Landlock")),
            RulesetStatus::PartiallyEnforced => Ok(Strength::Part),
            RulesetStatus::FullyEnforced => Ok(Strength::Whole),
        }
    }

    fn landlock(&self) -> Result<RestrictionStatus, RulesetError> {
        // A device that is made in the own folder would be the disk itself.
        let own = AccessFs::from_all(NEWEST) & !(AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::IoctlDev);
        let devices: BitFlags<AccessFs> = AccessFs::ReadFile | AccessFs::WriteFile;
        let read = AccessFs::from_read(NEWEST);
        let mut rules = Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(NEWEST))?
            .scope(Scope::from_all(NEWEST))?;
        if !self.network {
            rules = rules.handle_access(AccessNet::from_all(NEWEST))?;
        }
        rules
            .create()?
            .add_rules(path_beneath_rules(SYSTEM, read))?
            .add_rules(path_beneath_rules(&self.read, read))?
            .add_rules(path_beneath_rules(DEVICES, devices))?
            .add_rules(path_beneath_rules([&self.own], own))?
            .restrict_self()
    }

    /// Refuses system calls by which a program would go around Landlock, change files that it can only read, look into
    /// other processes, change the machine, or open a network.
    fn filter(&self) -> io::Result<BpfProgram> {
        let mut calls: BTreeMap<i64, Vec<SeccompRule>> =
            CALLS.iter().chain(OLD_CALLS).map(|call| (*call, Vec::new())).collect();
        if !self.network {
            // A program may have sockets of its own, which `socketpair` makes.
            calls.insert(libc::SYS_socket, Vec::new());
        }
        // With a path it is another file's time.
        let has_path = SeccompCondition::new(1, SeccompCmpArgLen::Qword, SeccompCmpOp::Ne, 0);
        let has_path = has_path.and_then(|it| SeccompRule::new(vec![it])).map_err(io::Error::other)?;
        calls.insert(libc::SYS_utimensat, vec![has_path]);
        let refuse = SeccompAction::Errno(libc::EACCES.cast_unsigned());
        let architecture = std::env::consts::ARCH.try_into().map_err(io::Error::other)?;
        let filter = SeccompFilter::new(calls, SeccompAction::Allow, refuse, architecture);
        filter.and_then(BpfProgram::try_from).map_err(io::Error::other)
    }
}

/// System calls that are refused.
const CALLS: &[i64] = &[
    libc::SYS_open_by_handle_at,
    libc::SYS_io_uring_setup,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_fchmodat,
    FCHMODAT2,
    libc::SYS_fchownat,
    libc::SYS_fchown,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_kcmp,
    libc::SYS_pidfd_getfd,
    libc::SYS_perf_event_open,
    libc::SYS_bpf,
    libc::SYS_userfaultfd,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_syslog,
    libc::SYS_msgget,
    libc::SYS_semget,
    libc::SYS_shmget,
    libc::SYS_mq_open,
];
/// `fchmodat2`, which not each C library knows yet; its number is the same on all machines.
const FCHMODAT2: i64 = 452;

/// Calls that only the oldest architecture has.
#[cfg(target_arch = "x86_64")]
const OLD_CALLS: &[i64] = &[
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
    libc::SYS_iopl,
    libc::SYS_ioperm,
];
#[cfg(not(target_arch = "x86_64"))]
const OLD_CALLS: &[i64] = &[];

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::path::Path;
    use std::process::Stdio;

    use super::*;

    /// Whether a script succeeds within walls, and what it prints.
    fn run(own: &Path, read: &[&Path], script: &str) -> (bool, String) {
        let walls = Walls {
            read: read.iter().map(|path| path.to_path_buf()).collect(),
            own: own.to_path_buf(),
            network: false,
        };
        let mut command = Command::new("/bin/bash");
        command.args(["-c", script]).current_dir(own).stdin(Stdio::null()).stdout(Stdio::piped());
        let output = walls.start(&mut command).unwrap().wait_with_output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    }

    #[test]
    fn a_program_reaches_its_folder_and_what_it_may_read() {
        if strength().is_none() {
            return;
        }
        let (own, data, other) =
            (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(data.path().join("a"), "data").unwrap();
        std::fs::write(other.path().join("a"), "secret").unwrap();
        let (own, data, other) = (own.path(), data.path(), other.path());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let parent = std::process::id();
        let (data, secret) = (data.join("a"), other.join("a"));
        let (data, secret, folder) = (data.display(), secret.display(), other.display());
        for (script, succeeds) in [
            ("echo x > f && cat f && mkdir d && mv f d/g && ln -s d/g h && rm -r d".to_owned(), true),
            (format!("cat {data}"), true),
            (format!("echo x > {data}"), false),
            (format!("cat {secret}"), false),
            (format!("ls {folder}"), false),
            (format!("ln -s {secret} link && cat link"), false),
            (format!("ln {secret} hard"), false),
            (format!("echo x > {folder}/b"), false),
            (format!("chmod 777 {secret}"), false),
            (format!("touch -d 2000-01-01 {secret}"), false),
            (format!("mv {secret} ."), false),
            ("mknod disk b 8 0".to_owned(), false),
            ("mount -t tmpfs none .".to_owned(), false),
            ("unshare -r true".to_owned(), false),
            (format!("exec 3<>/dev/tcp/127.0.0.1/{port}"), false),
            (format!("cat /proc/{parent}/environ"), false),
            (format!("kill -0 {parent}"), strength() != Some(Strength::Whole)),
            ("cat /proc/self/environ > /dev/null && nproc && sh -c true".to_owned(), true),
        ] {
            let read = [Path::new(&data.to_string()).to_path_buf()];
            let (succeeded, said) = run(own, &[read[0].parent().unwrap()], &script);
            assert_eq!(succeeded, succeeds, "{script}: {said}");
        }
        assert_eq!(std::fs::read_to_string(other.join("a")).unwrap(), "secret");
    }
}
