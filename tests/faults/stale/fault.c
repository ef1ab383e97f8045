/* Runs a command and disturbs one of its calls that change files; Linux alone.
 *
 *     fault MODE N FOLDER OWN COUNT COMMAND…
 *
 * MODE `count` disturbs none, and lists those that concern what is below OWN; `kill` ends the command with SIGKILL at the N-th call, of a write after half of its bytes;
 * `full` lets the N-th call and all later ones that need room fail with ENOSPC. Counted are the calls of all threads of
 * the command itself, not of the programs that it starts: writes to files below FOLDER, and whatever makes, moves, flushes
 * or removes a file. Their number is written to the file COUNT, and after it the list. A preloaded library would not see
 * them all: some are made without the C library.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>
#include <elf.h>

/* As in linux/ptrace.h, which does not go together with sys/ptrace.h everywhere. */
struct syscall_info {
    uint8_t op;
    uint8_t pad[3];
    uint32_t arch;
    uint64_t instruction_pointer, stack_pointer;
    union {
        struct { uint64_t nr, args[6]; } entry;
        struct { int64_t value; uint8_t is_error; } exit;
    };
};
#define GET_SYSCALL_INFO 0x420e
enum { ENTRY = 1, EXIT = 2 };

enum kind { NONE, WRITE, MAKE, REMOVE };
enum { MOST = 4096 };

/* Threads whose call is to end in a certain way. */
static struct { pid_t thread; enum { PASS, FAIL, KILL } end; } pending[MOST];

static int *end_of(pid_t thread) {
    for (int i = 0; i < MOST; i++) {
        if (pending[i].thread == thread) return (int *)&pending[i].end;
        if (pending[i].thread == 0) {
            pending[i].thread = thread;
            return (int *)&pending[i].end;
        }
    }
    exit(99);
}

static int is_below(pid_t thread, int64_t file, const char *folder) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/%d/fd/%d", thread, (int)file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strncmp(path, folder, strlen(folder)) == 0;
}

static enum kind kind_of(pid_t thread, const struct syscall_info *info, const char *folder) {
    const uint64_t *args = info->entry.args;
    switch (info->entry.nr) {
    case SYS_write: case SYS_writev: case SYS_pwrite64: case SYS_pwritev: case SYS_ftruncate: case SYS_fallocate:
    case SYS_fsync: case SYS_fdatasync:
        return is_below(thread, args[0], folder) ? WRITE : NONE;
    case SYS_copy_file_range:
        return is_below(thread, args[2], folder) ? WRITE : NONE;
    case SYS_sendfile:
        return is_below(thread, args[0], folder) ? WRITE : NONE;
    case SYS_openat:
        return args[2] & (O_CREAT | O_TRUNC) ? MAKE : NONE;
    case SYS_renameat2: case SYS_linkat: case SYS_symlinkat: case SYS_mkdirat:
        return MAKE;
    case SYS_unlinkat:
        return REMOVE;
#ifdef SYS_rename
    case SYS_rename: case SYS_link: case SYS_symlink: case SYS_mkdir: case SYS_creat:
        return MAKE;
    case SYS_unlink: case SYS_rmdir:
        return REMOVE;
    case SYS_open:
        return args[1] & (O_CREAT | O_TRUNC) ? MAKE : NONE;
#endif
#ifdef SYS_renameat
    case SYS_renameat:
        return MAKE;
#endif
    default:
        return NONE;
    }
}

/* Makes no call, gives one another third argument, or lets it return something else; -1 leaves what it is. */
static void set(pid_t thread, long call, long third, long returned, int has_returned) {
#if defined(__x86_64__)
    struct user_regs_struct regs;
    ptrace(PTRACE_GETREGS, thread, 0, &regs);
    if (call == -1 && third == -1 && !has_returned) regs.orig_rax = -1;
    if (third != -1) regs.rdx = third;
    if (has_returned) regs.rax = returned;
    ptrace(PTRACE_SETREGS, thread, 0, &regs);
#elif defined(__aarch64__)
    if (call == -1 && third == -1 && !has_returned) {
        int none = -1;
        struct iovec number = { &none, sizeof none };
        ptrace(PTRACE_SETREGSET, thread, (void *)0x404, &number); /* NT_ARM_SYSTEM_CALL */
        return;
    }
    struct user_regs_struct regs;
    struct iovec all = { &regs, sizeof regs };
    ptrace(PTRACE_GETREGSET, thread, (void *)NT_PRSTATUS, &all);
    if (third != -1) regs.regs[2] = third;
    if (has_returned) regs.regs[0] = returned;
    ptrace(PTRACE_SETREGSET, thread, (void *)NT_PRSTATUS, &all);
#else
#error "an architecture that this does not know"
#endif
}

/* Whether an argument of a call is the name of something below a folder. */
static int is_named(pid_t thread, const struct syscall_info *info, const char *folder) {
    for (int i = 0; i < 4; i++) {
        char name[512] = { 0 };
        uint64_t at = info->entry.args[i], left = 4096 - at % 4096;
        size_t first = left < sizeof name - 1 ? left : sizeof name - 1;
        struct iovec here = { name, sizeof name - 1 };
        struct iovec there[2] = { { (void *)at, first }, { (void *)(at + first), sizeof name - 1 - first } };
        if (process_vm_readv(thread, &here, 1, there, 2, 0) > 0 && strncmp(name, folder, strlen(folder)) == 0) return 1;
    }
    return 0;
}

static long own[MOST];
static int owns = 0;

static void write_count(const char *file, long count) {
    FILE *out = fopen(file, "w");
    if (!out) exit(98);
    fprintf(out, "%ld", count);
    for (int i = 0; i < owns; i++) fprintf(out, " %ld", own[i]);
    fclose(out);
}

int main(int argc, char **argv) {
    if (argc < 7) return 97;
    const char *mode = argv[1], *folder = argv[3], *owned = argv[4];
    long n = atol(argv[2]), count = 0;
    pid_t command = fork();
    if (command == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        execvp(argv[6], argv + 6);
        _exit(96);
    }
    int status;
    waitpid(command, &status, 0);
    if (ptrace(PTRACE_SETOPTIONS, command, 0, PTRACE_O_TRACECLONE | PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) != 0) {
        perror("ptrace");
        return 95;
    }
    ptrace(PTRACE_SYSCALL, command, 0, 0);
    for (;;) {
        pid_t thread = waitpid(-1, &status, __WALL);
        if (thread < 0) return 94;
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (thread != command) continue;
            write_count(argv[5], count);
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
        int signal = WSTOPSIG(status);
        if (signal != (SIGTRAP | 0x80)) {
            /* A new thread begins with a stop, and an event is none of the command's signals. */
            int own = signal == SIGSTOP || status >> 16 || signal == SIGTRAP ? 0 : signal;
            ptrace(PTRACE_SYSCALL, thread, 0, own);
            continue;
        }
        struct syscall_info info;
        ptrace(GET_SYSCALL_INFO, thread, sizeof info, &info);
        int *end = end_of(thread);
        if (info.op == ENTRY) {
            enum kind kind = kind_of(thread, &info, folder);
            int is_it = kind != NONE && ++count == n;
            int is_later = kind != NONE && count > n;
            int is_own = kind == WRITE ? is_below(thread, info.entry.args[0], owned) : is_named(thread, &info, owned);
            if (kind != NONE && is_own && owns < MOST) own[owns++] = count;
            if (strcmp(mode, "kill") == 0 && is_it) {
                if (info.entry.nr == SYS_write && info.entry.args[2] > 1) {
                    set(thread, 0, info.entry.args[2] / 2, 0, 0);
                    *end = KILL;
                } else {
                    kill(command, SIGKILL);
                }
            } else if (strcmp(mode, "full") == 0 && (is_it || is_later) && kind != REMOVE) {
                set(thread, -1, -1, 0, 0);
                *end = FAIL;
            }
        } else if (info.op == EXIT) {
            if (*end == FAIL) set(thread, 0, -1, -ENOSPC, 1);
            if (*end == KILL) kill(command, SIGKILL);
            *end = PASS;
        }
        ptrace(PTRACE_SYSCALL, thread, 0, 0);
    }
}
