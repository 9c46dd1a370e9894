/*
 * A disk that can be full, for tests: loaded in front of the C library (LD_PRELOAD) by a studio and all that it starts.
 * It counts the calls that change files below one folder, writes them down, and answers those it is told to with ENOSPC.
 *
 *   FAULTS_FOLDER  files below it are watched
 *   FAULTS_STATE   a file of four 64-bit numbers, shared by all processes: calls so far; the first call that fails
 *                  (0: none); how many fail from there; how many have failed
 *   FAULTS_LOG     a line for each call: number, process, call, path, other path, answer
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

struct state {
  uint64_t calls, from, count, failed;
};

static struct state *state;
static const char *folder;
static size_t folder_length;
static int log_file = -1;

__attribute__((constructor)) static void begin(void) {
  const char *file = getenv("FAULTS_STATE");
  folder = getenv("FAULTS_FOLDER");
  if (file == NULL || folder == NULL) return;
  folder_length = strlen(folder);
  int opened = syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC);
  if (opened < 0) return;
  void *mapped = mmap(NULL, sizeof(struct state), PROT_READ | PROT_WRITE, MAP_SHARED, opened, 0);
  syscall(SYS_close, opened);
  if (mapped == MAP_FAILED) return;
  const char *log = getenv("FAULTS_LOG");
  if (log != NULL) log_file = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  state = mapped;
}

static int watched(const char *path) {
  return state != NULL && strncmp(path, folder, folder_length) == 0 &&
         (path[folder_length] == '/' || path[folder_length] == '\0');
}

/** The path of a descriptor; empty where it has none. */
static void path_of(int descriptor, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  path[length < 0 ? 0 : length] = '\0';
}

/** A path that may be relative to a folder's descriptor. */
static void path_at(int at, const char *name, char *path) {
  if (name[0] == '/') {
    snprintf(path, PATH_MAX, "%s", name);
    return;
  }
  char base[PATH_MAX];
  if (at != AT_FDCWD) path_of(at, base);
  else if (getcwd(base, sizeof base) == NULL) base[0] = '\0';
  if ((size_t)snprintf(path, PATH_MAX, "%s/%s", base, name) >= PATH_MAX) path[0] = '\0';
}

static void note(uint64_t number, const char *call, const char *path, const char *other, const char *answer) {
  char line[2 * PATH_MAX + 128];
  if (log_file < 0) return;
  int length = snprintf(line, sizeof line, "%llu\t%d\t%s\t%s\t%s\t%s\n", (unsigned long long)number, getpid(), call, path,
                        other, answer);
  syscall(SYS_write, log_file, line, (size_t)length);
}

/** Counts a call. True where it has to fail: errno says why then. */
static int refused(const char *call, const char *path, const char *other) {
  int before = errno;
  uint64_t number = __atomic_add_fetch(&state->calls, 1, __ATOMIC_SEQ_CST);
  uint64_t from = __atomic_load_n(&state->from, __ATOMIC_SEQ_CST);
  uint64_t count = __atomic_load_n(&state->count, __ATOMIC_SEQ_CST);
  int fails = from != 0 && number >= from && number - from < count;
  if (fails) __atomic_add_fetch(&state->failed, 1, __ATOMIC_SEQ_CST);
  note(number, call, path, other, fails ? "full" : "done");
  errno = fails ? ENOSPC : before;
  return fails;
}

#define REAL(name) ((__typeof__(&name))real(#name))
static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

/* What gets a descriptor: the path is asked of the system. */
static int refused_descriptor(const char *call, int descriptor) {
  char path[PATH_MAX];
  if (state == NULL) return 0;
  path_of(descriptor, path);
  return watched(path) && refused(call, path, "");
}

static int refused_open(int at, const char *name, int flags) {
  char path[PATH_MAX];
  struct stat found;
  if (state == NULL || (flags & (O_CREAT | O_TRUNC)) == 0) return 0;
  path_at(at, name, path);
  if (!watched(path)) return 0;
  /* A file that is there is opened, or emptied, on a full disk too. */
  if (syscall(SYS_newfstatat, AT_FDCWD, path, &found, 0) == 0) {
    if ((flags & O_TRUNC) != 0) note(0, "truncate", path, "", "done");
    return 0;
  }
  return (flags & O_CREAT) != 0 && refused("create", path, "");
}

#define MODE(flags)                           \
  mode_t mode = 0;                            \
  if (((flags) & (O_CREAT | O_TMPFILE)) != 0) { \
    va_list more;                             \
    va_start(more, flags);                    \
    mode = va_arg(more, mode_t);              \
    va_end(more);                             \
  }

#define OPEN(name)                                               \
  int name(const char *path, int flags, ...) {                   \
    MODE(flags)                                                  \
    if (refused_open(AT_FDCWD, path, flags)) return -1;          \
    return REAL(name)(path, flags, mode);                        \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                             \
  int name(int at, const char *path, int flags, ...) {           \
    MODE(flags)                                                  \
    if (refused_open(at, path, flags)) return -1;                \
    return REAL(name)(at, path, flags, mode);                    \
  }
OPENAT(openat)
OPENAT(openat64)

#define CREAT(name)                                                                \
  int name(const char *path, mode_t mode) {                                        \
    if (refused_open(AT_FDCWD, path, O_CREAT | O_TRUNC | O_WRONLY)) return -1;     \
    return REAL(name)(path, mode);                                                 \
  }
CREAT(creat)
CREAT(creat64)

/* A disk that fills up takes a part first, and says so at the next call. */
ssize_t write(int descriptor, const void *data, size_t size) {
  if (!refused_descriptor("write", descriptor)) return REAL(write)(descriptor, data, size);
  if (state->count > 1 && state->failed == 1 && size > 1) return REAL(write)(descriptor, data, size / 2);
  return -1;
}

#define CALL(answer, name, parameters, descriptor, arguments)    \
  answer name parameters {                                       \
    if (refused_descriptor(#name, descriptor)) return -1;        \
    return REAL(name) arguments;                                 \
  }
CALL(ssize_t, pwrite, (int d, const void *data, size_t size, off_t at), d, (d, data, size, at))
CALL(ssize_t, pwrite64, (int d, const void *data, size_t size, off64_t at), d, (d, data, size, at))
CALL(ssize_t, writev, (int d, const struct iovec *parts, int count), d, (d, parts, count))
CALL(ssize_t, pwritev, (int d, const struct iovec *parts, int count, off_t at), d, (d, parts, count, at))
CALL(ssize_t, pwritev64, (int d, const struct iovec *parts, int count, off64_t at), d, (d, parts, count, at))
CALL(int, ftruncate, (int d, off_t size), d, (d, size))
CALL(int, ftruncate64, (int d, off64_t size), d, (d, size))
CALL(int, fallocate, (int d, int mode, off_t at, off_t size), d, (d, mode, at, size))
CALL(int, fsync, (int d), d, (d))
CALL(int, fdatasync, (int d), d, (d))
CALL(ssize_t, copy_file_range,
     (int from, off64_t *at, int d, off64_t *to, size_t size, unsigned int flags), d, (from, at, d, to, size, flags))
CALL(ssize_t, sendfile64, (int d, int from, off64_t *at, size_t size), d, (d, from, at, size))
CALL(ssize_t, sendfile, (int d, int from, off_t *at, size_t size), d, (d, from, at, size))

/* Tells by its answer, not by errno. */
int posix_fallocate(int descriptor, off_t at, off_t size) {
  if (refused_descriptor("posix_fallocate", descriptor)) return ENOSPC;
  return REAL(posix_fallocate)(descriptor, at, size);
}
int posix_fallocate64(int descriptor, off64_t at, off64_t size) {
  if (refused_descriptor("posix_fallocate64", descriptor)) return ENOSPC;
  return REAL(posix_fallocate64)(descriptor, at, size);
}

static int refused_move(const char *call, int from_at, const char *from, int to_at, const char *to) {
  char source[PATH_MAX], destination[PATH_MAX];
  if (state == NULL) return 0;
  path_at(from_at, from, source);
  path_at(to_at, to, destination);
  return watched(destination) && refused(call, source, destination);
}

int rename(const char *from, const char *to) {
  if (refused_move("rename", AT_FDCWD, from, AT_FDCWD, to)) return -1;
  return REAL(rename)(from, to);
}
int renameat(int from_at, const char *from, int to_at, const char *to) {
  if (refused_move("rename", from_at, from, to_at, to)) return -1;
  return REAL(renameat)(from_at, from, to_at, to);
}
int renameat2(int from_at, const char *from, int to_at, const char *to, unsigned int flags) {
  if (refused_move("rename", from_at, from, to_at, to)) return -1;
  return REAL(renameat2)(from_at, from, to_at, to, flags);
}
int link(const char *from, const char *to) {
  if (refused_move("link", AT_FDCWD, from, AT_FDCWD, to)) return -1;
  return REAL(link)(from, to);
}
int linkat(int from_at, const char *from, int to_at, const char *to, int flags) {
  if (refused_move("link", from_at, from, to_at, to)) return -1;
  return REAL(linkat)(from_at, from, to_at, to, flags);
}

static int refused_path(const char *call, int at, const char *name) {
  char path[PATH_MAX];
  if (state == NULL) return 0;
  path_at(at, name, path);
  return watched(path) && refused(call, path, "");
}

int mkdir(const char *path, mode_t mode) {
  struct stat found;
  if (state != NULL && syscall(SYS_newfstatat, AT_FDCWD, path, &found, 0) != 0 && refused_path("mkdir", AT_FDCWD, path))
    return -1;
  return REAL(mkdir)(path, mode);
}
int mkdirat(int at, const char *path, mode_t mode) {
  struct stat found;
  if (state != NULL && syscall(SYS_newfstatat, at, path, &found, 0) != 0 && refused_path("mkdir", at, path)) return -1;
  return REAL(mkdirat)(at, path, mode);
}

/* Nothing can be too full to be removed: that is only written down. */
static void noted_removal(int at, const char *name) {
  char path[PATH_MAX];
  if (state == NULL) return;
  path_at(at, name, path);
  if (watched(path)) note(0, "unlink", path, "", "done");
}

int unlink(const char *path) {
  noted_removal(AT_FDCWD, path);
  return REAL(unlink)(path);
}
int unlinkat(int at, const char *path, int flags) {
  noted_removal(at, path);
  return REAL(unlinkat)(at, path, flags);
}
