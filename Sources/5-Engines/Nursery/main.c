/*
 * martlet-nursery: supervises the processes of jobs for one data directory, and outlives the server that asked for them.
 *
 *   martlet-nursery FOLDER
 *
 * FOLDER/nursery.sock   where the server connects (its owner only)
 * FOLDER/nursery.lock   held while it runs: a second one ends at once
 * FOLDER/attempts/ID/   one folder for each attempt; that it can come to be only once is what makes a start happen at most once
 *     output            what the attempt writes to stdout and stderr
 *     work/             its scratch folder
 *     record            lines "attempt ID", "process PID START-TICKS WALL-MICROSECONDS MEMORY-LIMIT-MIB BOOT-ID" and, once it has
 *                       ended, how, up to a line "end"; lines are only appended, and what is not whole does not count
 *     offset, oom       the server's own notes
 * FOLDER/spare/N        folders of released attempts, to be used again
 *
 * Folders are used again because file systems are slow to make files after many were deleted: ext4 looks at every inode deleted
 * in the last minute before it takes another, which at a thousand short jobs a second costs ten times what the jobs do.
 *
 * Nothing is fsynced: after a power failure the processes are gone too, and an attempt without an exit file is lost, which the server
 * records and its retry strategy decides about.
 *
 * Frames, both ways: 32 bit length (host order), one byte of type, then texts each ended by NUL. Whoever sends anything else is
 * disconnected.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ASK_SPAWN = 1, ASK_SIGNAL = 2, ASK_LIST = 3, ASK_RELEASE = 4, ASK_QUIT = 5 };
enum { SAY_SPAWNED = 1, SAY_EXISTS = 2, SAY_EXITED = 3, SAY_RUNNING = 4, SAY_LISTED = 5, SAY_RELEASED = 6 };

#define LONGEST_FRAME (4u << 20)
#define LONGEST_BACKLOG (8u << 20)
#define MOST_CLIENTS 16
#define LONGEST_ID 128
#define IDLE_MILLISECONDS 60000
#define BUCKETS 4096
#define MOST_SPARES 256
#define MOST_CHILDREN_LOOKED_AT 1024

struct client {
  int fd;
  unsigned char *in;
  size_t in_used, in_room;
  unsigned char *out;
  size_t out_used, out_room;
  int is_dead, waits_to_write;
};

struct job {
  pid_t pid;
  char id[LONGEST_ID + 1];
  struct job *next;
};

static int poller, listener, signals;
static int quits; /* as soon as no job runs, unless another server has come meanwhile */
static struct client *clients[MOST_CLIENTS];
static struct job *jobs[BUCKETS];
static size_t running;
static mode_t job_umask = 022;
static char boot_id[64] = "-";
static unsigned spares[MOST_SPARES], next_spare;
static size_t spare_count;

static int64_t microseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Letters, digits, '.', '_' and '-', and no leading dot: a name that stays inside its folder. */
static int is_id(const char *id) {
  size_t length = strlen(id);
  if (length == 0 || length > LONGEST_ID || id[0] == '.') return 0;
  for (size_t i = 0; i < length; i++) {
    char c = id[i];
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-')) return 0;
  }
  return 1;
}

/* Freed only between rounds of events, because whoever finds a client dead may be called by one who goes on using it. */
static void bury_dead(void) {
  for (int i = 0; i < MOST_CLIENTS; i++) {
    struct client *client = clients[i];
    if (!client || !client->is_dead) continue;
    clients[i] = NULL;
    close(client->fd);
    free(client->in);
    free(client->out);
    free(client);
  }
}

/* Writes what it can. */
static void flush_client(struct client *client) {
  if (client->is_dead) return;
  size_t done = 0;
  while (done < client->out_used) {
    ssize_t count = send(client->fd, client->out + done, client->out_used - done, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (count <= 0) {
      client->is_dead = 1;
      return;
    }
    done += (size_t)count;
  }
  if (done == 0 && client->out_used == 0) return;
  memmove(client->out, client->out + done, client->out_used - done);
  client->out_used -= done;
  int waits = client->out_used > 0;
  if (waits == client->waits_to_write) return;
  client->waits_to_write = waits;
  struct epoll_event event = {.events = EPOLLIN | (waits ? EPOLLOUT : 0), .data.ptr = client};
  epoll_ctl(poller, EPOLL_CTL_MOD, client->fd, &event);
}

/* Keeps a frame for the client until the next flush; a client that does not read what it is told is dropped. */
static void say(struct client *client, unsigned char type, const char *first, const char *second) {
  if (client->is_dead) return;
  size_t a = first ? strlen(first) + 1 : 0, b = second ? strlen(second) + 1 : 0;
  uint32_t length = (uint32_t)(1 + a + b);
  size_t needed = client->out_used + 4 + length;
  if (needed > LONGEST_BACKLOG) {
    client->is_dead = 1;
    return;
  }
  if (needed > client->out_room) {
    size_t room = client->out_room ? client->out_room : 4096;
    while (room < needed) room *= 2;
    unsigned char *grown = realloc(client->out, room);
    if (!grown) {
      client->is_dead = 1;
      return;
    }
    client->out = grown;
    client->out_room = room;
  }
  memcpy(client->out + client->out_used, &length, 4);
  client->out[client->out_used + 4] = type;
  if (a) memcpy(client->out + client->out_used + 5, first, a);
  if (b) memcpy(client->out + client->out_used + 5 + a, second, b);
  client->out_used = needed;
}

static void broadcast(unsigned char type, const char *id) {
  for (int i = 0; i < MOST_CLIENTS; i++) {
    if (clients[i]) say(clients[i], type, id, NULL);
  }
}

/* Adds to the attempt's record. */
static int append(const char *id, const char *text) {
  char path[256];
  snprintf(path, sizeof path, "attempts/%s/record", id);
  int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return 0;
  size_t length = strlen(text);
  int good = write(fd, text, length) == (ssize_t)length;
  close(fd);
  return good;
}

/* Reads a file of a line or two; NULL when there is none. */
static char *read_small(const char *path, char *text, size_t room) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return NULL;
  ssize_t count = read(fd, text, room - 1);
  close(fd);
  if (count <= 0) return NULL;
  text[count] = 0;
  return text;
}

/* All answers of a round of events go out together. */
static void flush_all(void) {
  for (int i = 0; i < MOST_CLIENTS; i++)
    if (clients[i]) flush_client(clients[i]);
}

/* Clock ticks between the machine's start and the process's: with the pid, a name that is never used twice. */
static unsigned long long start_ticks(pid_t pid) {
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  if (!read_small(path, text, sizeof text)) return 0;
  char *rest = strrchr(text, ')');
  if (!rest) return 0;
  unsigned long long ticks = 0;
  int field = 2;
  for (char *word = strtok(rest + 1, " "); word; word = strtok(NULL, " "))
    if (++field == 22) ticks = strtoull(word, NULL, 10);
  return ticks;
}

static void record_failure(const char *id, const char *message) {
  char text[1024];
  snprintf(text, sizeof text, "attempt %s\nfailed %.500s\nat %lld\nend\n", id, message, (long long)microseconds());
  append(id, text);
  broadcast(SAY_EXITED, id);
}

/* The program's path, looked for in the job's own PATH as a shell would. */
static int find_program(const char *name, char **environment, char *found, size_t room) {
  if (strchr(name, '/')) {
    snprintf(found, room, "%s", name);
    return 1;
  }
  const char *path = "/usr/local/bin:/usr/bin:/bin";
  for (char **entry = environment; *entry; entry++)
    if (strncmp(*entry, "PATH=", 5) == 0) path = *entry + 5;
  while (*path) {
    size_t length = strcspn(path, ":");
    int count = snprintf(found, room, "%.*s/%s", (int)length, path, name);
    /* Relative entries would be looked for in the nursery's folder, not in the job's. */
    if (path[0] == '/' && count > 0 && (size_t)count < room && access(found, X_OK) == 0) {
      struct stat status;
      if (stat(found, &status) == 0 && S_ISREG(status.st_mode)) return 1;
    }
    path += length;
    if (*path == ':') path++;
  }
  return 0;
}

static int launch(const char *id, const char *folder, char **arguments, char **environment, pid_t *pid, char *problem, size_t room) {
  char output[256], work[256], program[4096];
  snprintf(output, sizeof output, "attempts/%s/output", id);
  snprintf(work, sizeof work, "attempts/%s/work", id);
  if (!find_program(arguments[0], environment, program, sizeof program)) {
    snprintf(problem, room, "the command '%.200s' was not found", arguments[0]);
    return 0;
  }
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  posix_spawn_file_actions_addchdir_np(&actions, folder[0] ? folder : work);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  umask(job_umask);
  int error = posix_spawn(pid, program, &actions, &attributes, arguments, environment);
  umask(077);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error) snprintf(problem, room, "the command '%.200s' can not be run: %s", arguments[0], strerror(error));
  return error == 0;
}

/* Makes the attempt's folder, or takes a spare one; 0 with errno when that failed, EEXIST when there is one. */
static int take_folder(const char *id) {
  char path[256], spare[64];
  snprintf(path, sizeof path, "attempts/%s", id);
  while (spare_count > 0) {
    snprintf(spare, sizeof spare, "spare/%u", spares[spare_count - 1]);
    int failed = renameat2(AT_FDCWD, spare, AT_FDCWD, path, RENAME_NOREPLACE) != 0;
    if (failed && errno == EEXIST) return 0;
    spare_count--;
    if (failed) continue;
    snprintf(path, sizeof path, "attempts/%s/work", id);
    chmod(path, 0700);
    return 1;
  }
  if (mkdir(path, 0700) != 0) return 0;
  snprintf(path, sizeof path, "attempts/%s/work", id);
  mkdir(path, 0700);
  return 1;
}

/* Whether a process that some ended job left behind, in a session of its own, may still be there. */
static int has_strays(void) {
  if (running > MOST_CHILDREN_LOOKED_AT) return 1;
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
  FILE *file = fopen(path, "re");
  if (!file) return 1;
  int pid, found = 0;
  while (!found && fscanf(file, "%d", &pid) == 1) {
    struct job *job = jobs[(unsigned)pid % BUCKETS];
    while (job && job->pid != pid) job = job->next;
    found = job == NULL;
  }
  fclose(file);
  return found;
}

static int is_empty(const char *path) {
  DIR *folder = opendir(path);
  if (!folder) return 0;
  int count = 0;
  while (count < 3 && readdir(folder)) count++;
  closedir(folder);
  return count == 2;
}

static void empty_file(const char *folder, const char *name) {
  char path[320];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
  if (fd >= 0) close(fd);
}

/* Keeps an ended attempt's folder for another; 0 when it is to be removed instead: something is in its scratch folder, or somebody
   might still write to it. */
static int keep_folder(const char *id) {
  char path[256], spare[64];
  snprintf(path, sizeof path, "attempts/%s/work", id);
  if (spare_count == MOST_SPARES || !is_empty(path) || has_strays()) return 0;
  snprintf(path, sizeof path, "attempts/%s", id);
  snprintf(spare, sizeof spare, "spare/%u", next_spare);
  unsigned number = next_spare++;
  if (renameat2(AT_FDCWD, path, AT_FDCWD, spare, RENAME_NOREPLACE) != 0) return 0;
  empty_file(spare, "record");
  empty_file(spare, "output");
  empty_file(spare, "offset");
  snprintf(path, sizeof path, "%s/oom", spare);
  unlink(path);
  spares[spare_count++] = number;
  return 1;
}

/* Spares of an earlier nursery are not used: nobody knows any more who writes to them. */
static void remove_spares(void) {
  static const char *const names[] = {"record", "output", "offset", "oom"};
  DIR *folder = opendir("spare");
  if (!folder) return;
  for (struct dirent *entry; (entry = readdir(folder));) {
    if (entry->d_name[0] == '.') continue;
    char path[320];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
      snprintf(path, sizeof path, "spare/%.40s/%s", entry->d_name, names[i]);
      unlink(path);
    }
    snprintf(path, sizeof path, "spare/%.40s/work", entry->d_name);
    rmdir(path);
    snprintf(path, sizeof path, "spare/%.40s", entry->d_name);
    rmdir(path);
  }
  closedir(folder);
}

static void spawn_job(
    struct client *client, const char *id, const char *folder, unsigned long memory, char **arguments, char **environment) {
  if (!take_folder(id)) {
    if (errno == EEXIST) {
      say(client, SAY_EXISTS, id, NULL);
    } else {
      /* Nothing was made: the server may try again. */
      char message[256];
      snprintf(message, sizeof message, "its folder can not be made: %s", strerror(errno));
      say(client, SAY_SPAWNED, id, message);
    }
    return;
  }
  char problem[512] = "no memory is left";
  struct job *job = calloc(1, sizeof *job);
  pid_t pid = 0;
  if (!job || !launch(id, folder, arguments, environment, &pid, problem, sizeof problem)) {
    free(job);
    say(client, SAY_SPAWNED, id, "");
    record_failure(id, problem);
    return;
  }
  job->pid = pid;
  snprintf(job->id, sizeof job->id, "%s", id);
  job->next = jobs[(unsigned)pid % BUCKETS];
  jobs[(unsigned)pid % BUCKETS] = job;
  running++;
  char text[384];
  snprintf(text, sizeof text, "attempt %s\nprocess %d %llu %lld %lu %s\n", id, pid, start_ticks(pid), (long long)microseconds(), memory,
           boot_id);
  append(id, text);
  say(client, SAY_SPAWNED, id, "");
}

static struct job *find_job(const char *id) {
  for (size_t bucket = 0; running && bucket < BUCKETS; bucket++)
    for (struct job *job = jobs[bucket]; job; job = job->next)
      if (strcmp(job->id, id) == 0) return job;
  return NULL;
}

static void signal_job(const char *id, int number) {
  struct job *job = find_job(id);
  if (job) {
    kill(-job->pid, number);
    return;
  }
  /* Begun by a nursery that was killed: only its record knows it, and it is signalled only while its pid is still its own. */
  char path[256], text[1024], boot[64] = "";
  snprintf(path, sizeof path, "attempts/%s/record", id);
  if (!read_small(path, text, sizeof text)) return;
  const char *line = strstr(text, "\nprocess ");
  int pid = 0;
  unsigned long long ticks = 0;
  if (!line || sscanf(line, "\nprocess %d %llu %*d %*u %63s", &pid, &ticks, boot) != 3) return;
  if (pid > 1 && ticks > 0 && strcmp(boot, boot_id) == 0 && start_ticks(pid) == ticks) kill(-pid, number);
}

static void release_job(struct client *client, const char *id) {
  say(client, SAY_RELEASED, id, find_job(id) ? "runs" : keep_folder(id) ? "" : "remove");
}

static void list_jobs(struct client *client) {
  for (size_t bucket = 0; bucket < BUCKETS; bucket++)
    for (struct job *job = jobs[bucket]; job; job = job->next) say(client, SAY_RUNNING, job->id, NULL);
  say(client, SAY_LISTED, NULL, NULL);
}

/* Splits `length` bytes into texts ended by NUL; NULL when the last is not ended. The list ends with NULL. */
static char **split(unsigned char *bytes, size_t length, size_t *count) {
  if (length == 0 || bytes[length - 1] != 0) return NULL;
  size_t found = 0;
  for (size_t i = 0; i < length; i++) found += bytes[i] == 0;
  char **texts = calloc(found + 1, sizeof *texts);
  if (!texts) return NULL;
  char *start = (char *)bytes;
  for (size_t i = 0; i < found; i++) {
    texts[i] = start;
    start += strlen(start) + 1;
  }
  *count = found;
  return texts;
}

/* 0 when the frame makes no sense. */
static int serve(struct client *client, unsigned char type, unsigned char *body, size_t length) {
  if (type == ASK_LIST) {
    list_jobs(client);
    return 1;
  }
  if (type == ASK_QUIT) {
    quits = 1;
    return 1;
  }
  size_t count = 0;
  char **texts = split(body, length, &count);
  if (!texts) return 0;
  int good = 0;
  if (type == ASK_RELEASE && count == 1 && is_id(texts[0])) {
    release_job(client, texts[0]);
    good = 1;
  } else if (type == ASK_SIGNAL && count == 2 && is_id(texts[0])) {
    int number = atoi(texts[1]);
    if (number > 0 && number < 65) {
      signal_job(texts[0], number);
      good = 1;
    }
  } else if (type == ASK_SPAWN && count >= 5 && is_id(texts[0])) {
    /* id, folder, memory limit in MiB, number of arguments, arguments, environment */
    char *end, *end_of_memory;
    unsigned long memory = strtoul(texts[2], &end_of_memory, 10), arguments = strtoul(texts[3], &end, 10);
    if (*end == 0 && *end_of_memory == 0 && arguments >= 1 && arguments <= count - 4) {
      /* The argument list needs an end of its own before the environment. */
      char **list = calloc(arguments + 1, sizeof *list);
      if (list) {
        memcpy(list, texts + 4, arguments * sizeof *list);
        spawn_job(client, texts[0], texts[1], memory, list, texts + 4 + arguments);
        free(list);
        good = 1;
      }
    }
  }
  free(texts);
  return good;
}

/* Takes in what has arrived; 0 when the client is to be dropped. */
static int receive(struct client *client) {
  for (;;) {
    if (client->in_room - client->in_used < 65536) {
      size_t room = client->in_room + 65536;
      if (room > LONGEST_FRAME + 131072) return 0;
      unsigned char *grown = realloc(client->in, room);
      if (!grown) return 0;
      client->in = grown;
      client->in_room = room;
    }
    ssize_t count = recv(client->fd, client->in + client->in_used, client->in_room - client->in_used, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (count <= 0) return 0;
    client->in_used += (size_t)count;
    size_t done = 0;
    while (client->in_used - done >= 5) {
      uint32_t length;
      memcpy(&length, client->in + done, 4);
      if (length < 1 || length > LONGEST_FRAME) return 0;
      if (client->in_used - done < 4 + (size_t)length) break;
      if (!serve(client, client->in[done + 4], client->in + done + 5, length - 1)) return 0;
      done += 4 + (size_t)length;
    }
    memmove(client->in, client->in + done, client->in_used - done);
    client->in_used -= done;
  }
  return 1;
}

static struct job *take_out(pid_t pid) {
  struct job **place = &jobs[(unsigned)pid % BUCKETS];
  while (*place && (*place)->pid != pid) place = &(*place)->next;
  struct job *job = *place;
  if (job) *place = job->next;
  return job;
}

static void reap(void) {
  for (;;) {
    /* Looked at first and reaped then: until that its number can name no other group. */
    siginfo_t information = {0};
    if (waitid(P_ALL, 0, &information, WEXITED | WNOHANG | WNOWAIT) != 0 || information.si_pid == 0) return;
    pid_t pid = information.si_pid;
    struct job *job = take_out(pid);
    /* What the job left behind in its group ends with it, as in a container. What gave itself a session of its own goes on. */
    if (job) kill(-pid, SIGKILL);
    int status;
    struct rusage usage;
    pid_t reaped = wait4(pid, &status, WNOHANG, &usage);
    if (!job) continue; /* a grandchild whose parent ended before it */
    running--;
    if (reaped != pid) { /* can not be: the child was just seen, and nobody else waits */
      free(job);
      continue;
    }
    char text[192];
    long long cpu = (long long)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
    snprintf(text, sizeof text, "%s %d\nat %lld\nmemory %ld\ncpu %lld\nend\n", WIFEXITED(status) ? "exited" : "signaled",
             WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), (long long)microseconds(), usage.ru_maxrss, cpu);
    append(job->id, text);
    broadcast(SAY_EXITED, job->id);
    free(job);
  }
}

static void welcome(void) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    int place = 0;
    while (place < MOST_CLIENTS && clients[place]) place++;
    struct client *client = place < MOST_CLIENTS ? calloc(1, sizeof *client) : NULL;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    if (!client || epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0) {
      free(client);
      close(fd);
      continue;
    }
    client->fd = fd;
    clients[place] = client;
    quits = 0;
  }
}

static int is_alone(void) {
  if (running) return 0;
  for (int i = 0; i < MOST_CLIENTS; i++)
    if (clients[i]) return 0;
  return 1;
}

static int begin(const char *folder) {
  /* A child of nobody, with nothing of the server's own files. */
  pid_t self = fork();
  if (self < 0) return 1;
  if (self > 0) _exit(0);
  close_range(3, ~0U, 0);
  if (chdir(folder) != 0) {
    fprintf(stderr, "martlet-nursery: %s: %s\n", folder, strerror(errno));
    return 1;
  }
  job_umask = umask(077);
  int lock = open("nursery.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) {
    fprintf(stderr, "martlet-nursery: nursery.lock: %s\n", strerror(errno));
    return 1;
  }
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) exit(0); /* another one serves this folder */
  mkdir("attempts", 0700);
  mkdir("spare", 0700);
  remove_spares();
  if (read_small("/proc/sys/kernel/random/boot_id", boot_id, sizeof boot_id)) boot_id[strcspn(boot_id, "\n")] = 0;
  setsid();
  /* Children that lose their parents come here, so that nothing of a job escapes. */
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGCHLD);
  sigprocmask(SIG_BLOCK, &mask, NULL);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  signal(SIGINT, SIG_IGN);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  /* Relative to the folder, so that long paths do not matter. */
  snprintf(address.sun_path, sizeof address.sun_path, "nursery.sock");
  unlink("nursery.sock");
  listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  signals = signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC);
  poller = epoll_create1(EPOLL_CLOEXEC);
  if (listener < 0 || signals < 0 || poller < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
      listen(listener, 16) != 0) {
    fprintf(stderr, "martlet-nursery: %s: %s\n", folder, strerror(errno));
    return 1;
  }
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = &listener};
  epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
  event.data.ptr = &signals;
  epoll_ctl(poller, EPOLL_CTL_ADD, signals, &event);
  return 0;
}

int main(int count, char **arguments) {
  if (count != 2) {
    fprintf(stderr, "usage: martlet-nursery FOLDER\nSupervises the processes of jobs; started by 'martlet serve'.\n");
    return 64;
  }
  if (begin(arguments[1]) != 0) return 1;
  for (;;) {
    struct epoll_event events[64];
    int alone = is_alone();
    int found = epoll_wait(poller, events, 64, alone ? IDLE_MILLISECONDS : -1);
    if (found == 0 && alone) return 0;
    int children = 0;
    for (int i = 0; i < found; i++) {
      void *source = events[i].data.ptr;
      if (source == &listener) {
        welcome();
      } else if (source == &signals) {
        struct signalfd_siginfo information[32];
        while (read(signals, information, sizeof information) > 0) continue;
        children = 1;
      } else {
        struct client *client = source;
        if (!client->is_dead && (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && !receive(client)) client->is_dead = 1;
      }
    }
    if (children) reap();
    flush_all();
    bury_dead();
    if (quits && !running) return 0;
  }
}
