// Which system calls a Python calculation needs, and which ones are reported when tried.
//
// A call in neither list does not exist for the child (ENOSYS), so what the kernel gains later is
// shut out by default. A call in FORBIDDEN fails with EPERM and is reported: it is a try at
// something, and the verdict says so. The calls whose arguments decide are in filter.c.
#pragma once

#include <sys/syscall.h>

#define CALL(name) {__NR_##name, #name}

struct call {
  int number;
  const char *name;
};

// Memory, time, threads of the process itself, and files that are open already or that Landlock
// lets it open for reading. sendmsg is here for the child's own last message to the host; the child
// has no sockets left to use it on.
static const struct call ALLOWED[] = {
    CALL(read), CALL(write), CALL(readv), CALL(writev), CALL(pread64), CALL(pwrite64),
    CALL(lseek), CALL(close), CALL(dup), CALL(dup3), CALL(pipe2), CALL(ppoll), CALL(pselect6),
    CALL(fstat), CALL(newfstatat), CALL(statx), CALL(statfs), CALL(fstatfs), CALL(faccessat),
    CALL(readlinkat), CALL(getdents64), CALL(getcwd), CALL(chdir), CALL(fchdir), CALL(umask),
    CALL(fadvise64), CALL(flock), CALL(fsync), CALL(fdatasync), CALL(sendmsg), CALL(epoll_create1),
    CALL(epoll_ctl), CALL(epoll_pwait), CALL(eventfd2), CALL(timerfd_create), CALL(timerfd_settime),
    CALL(timerfd_gettime), CALL(brk), CALL(mmap), CALL(munmap), CALL(mremap), CALL(mprotect),
    CALL(madvise), CALL(mincore), CALL(msync), CALL(futex), CALL(get_robust_list),
    CALL(set_robust_list), CALL(set_tid_address), CALL(rseq), CALL(membarrier), CALL(sched_yield),
    CALL(sched_getaffinity), CALL(sched_getparam), CALL(sched_getscheduler),
    CALL(sched_get_priority_max), CALL(sched_get_priority_min), CALL(getpriority), CALL(getcpu),
    CALL(rt_sigaction), CALL(rt_sigprocmask), CALL(rt_sigreturn), CALL(rt_sigpending),
    CALL(rt_sigtimedwait), CALL(rt_sigsuspend), CALL(sigaltstack), CALL(restart_syscall),
    CALL(setitimer), CALL(getitimer), CALL(timer_create), CALL(timer_settime), CALL(timer_gettime),
    CALL(timer_getoverrun), CALL(timer_delete), CALL(nanosleep), CALL(clock_nanosleep),
    CALL(clock_gettime), CALL(clock_getres), CALL(gettimeofday), CALL(times), CALL(getrusage),
    CALL(sysinfo), CALL(uname), CALL(getrandom), CALL(getpid), CALL(getppid), CALL(gettid),
    CALL(getuid), CALL(geteuid), CALL(getgid), CALL(getegid), CALL(getresuid), CALL(getresgid),
    CALL(getgroups), CALL(getpgid), CALL(getsid), CALL(capget), CALL(wait4), CALL(waitid),
    CALL(exit), CALL(exit_group),
    {436, "close_range"}, {439, "faccessat2"}, {441, "epoll_pwait2"}, {449, "futex_waitv"},
#ifdef __x86_64__
    CALL(stat), CALL(lstat), CALL(access), CALL(readlink), CALL(getdents), CALL(dup2), CALL(pipe),
    CALL(poll), CALL(select), CALL(epoll_create), CALL(epoll_wait), CALL(eventfd), CALL(time),
    CALL(alarm), CALL(pause), CALL(getpgrp), CALL(getrlimit), CALL(arch_prctl),
#endif
};

static const struct call FORBIDDEN[] = {
    // Networks.
    CALL(socket), CALL(socketpair), CALL(connect), CALL(bind), CALL(listen), CALL(accept),
    CALL(accept4),
    // Other processes, and new ones.
    CALL(ptrace), CALL(tkill), CALL(rt_sigqueueinfo), CALL(rt_tgsigqueueinfo),
    CALL(process_vm_readv), CALL(process_vm_writev), CALL(kcmp), CALL(setsid), CALL(setpgid),
    CALL(setpriority), CALL(execveat), {424, "pidfd_send_signal"}, {434, "pidfd_open"},
    {438, "pidfd_getfd"}, {440, "process_madvise"},
    // Files: content, names, owners, rights, times. Landlock lets no file be opened for writing,
    // but says nothing of rights, owners and times.
    CALL(truncate), CALL(ftruncate), CALL(fallocate), CALL(mkdirat), CALL(mknodat), CALL(unlinkat),
    CALL(renameat), CALL(renameat2), CALL(linkat), CALL(symlinkat), CALL(fchmod), CALL(fchmodat),
    CALL(fchown), CALL(fchownat), CALL(utimensat), CALL(setxattr), CALL(lsetxattr),
    CALL(fsetxattr), CALL(removexattr), CALL(lremovexattr), CALL(fremovexattr),
    CALL(memfd_create), CALL(name_to_handle_at), CALL(open_by_handle_at), {437, "openat2"},
    {452, "fchmodat2"}, {463, "setxattrat"}, {466, "removexattrat"}, {469, "file_setattr"},
    // Calls made where a filter does not look, and filters themselves.
    {425, "io_uring_setup"}, {426, "io_uring_enter"}, {427, "io_uring_register"}, CALL(io_setup),
    CALL(io_submit), CALL(bpf), CALL(seccomp), CALL(userfaultfd), CALL(perf_event_open),
    // The system.
    CALL(mount), CALL(umount2), CALL(pivot_root), CALL(chroot), CALL(unshare), CALL(setns),
    CALL(swapon), CALL(swapoff), CALL(reboot), CALL(sethostname), CALL(setdomainname),
    CALL(init_module), CALL(finit_module), CALL(delete_module), CALL(kexec_load), CALL(acct),
    CALL(quotactl), CALL(syslog), CALL(settimeofday), CALL(clock_settime), CALL(adjtimex),
    CALL(clock_adjtime), CALL(personality), CALL(vhangup), CALL(add_key), CALL(request_key),
    CALL(keyctl), {428, "open_tree"}, {429, "move_mount"}, {430, "fsopen"}, {431, "fsconfig"},
    {432, "fsmount"}, {433, "fspick"}, {442, "mount_setattr"},
    // Who the process is.
    CALL(setuid), CALL(setgid), CALL(setreuid), CALL(setregid), CALL(setresuid), CALL(setresgid),
    CALL(setgroups), CALL(setfsuid), CALL(setfsgid), CALL(capset),
    // Memory and queues that outlive the process.
    CALL(shmget), CALL(shmat), CALL(semget), CALL(msgget), CALL(mq_open),
#ifdef __x86_64__
    CALL(fork), CALL(vfork), CALL(creat), CALL(mkdir), CALL(rmdir), CALL(mknod), CALL(unlink),
    CALL(rename), CALL(link), CALL(symlink), CALL(chmod), CALL(chown), CALL(lchown), CALL(utime),
    CALL(utimes), CALL(futimesat), CALL(setrlimit), CALL(iopl), CALL(ioperm), CALL(modify_ldt),
#endif
};

// The arguments of these decide (filter.c).
static const struct call DECIDED[] = {
    CALL(execve), CALL(clone), CALL(kill), CALL(tgkill), CALL(openat), CALL(fcntl), CALL(ioctl),
    CALL(prctl), CALL(prlimit64),
#ifdef __x86_64__
    CALL(open),
#endif
};
