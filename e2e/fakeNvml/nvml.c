/*
 * NVML with scripted readings. They are read from the file that lies beside this library, named like it with
 * ".readings" behind, again whenever that file was replaced. e2e/fakeNvml/index.ts writes it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SUCCESS = 0, UNINITIALIZED = 1, INVALID = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, SMALL = 7, LOST = 15 };
enum { CARDS = 8, FIELDS = 24, PROCESSES = 8, WORD = 96 };

struct field { char name[32]; int code; unsigned long long value; };
struct process { unsigned pid; unsigned long long bytes; int share; char name[WORD]; };
struct card {
  char uuid[WORD], name[WORD];
  int fields, processes;
  struct field field[FIELDS];
  struct process process[PROCESSES];
};

static struct {
  char driver[WORD];
  int init, cards;
  struct card card[CARDS];
} now;
static struct timespec read_at;
static ino_t read_inode;
/* Handles are places in this list, which only grows: a card that comes back is found again by its UUID. */
static char handles[CARDS * 4][WORD];
static int handle_count, initialised;

static void readings(void) {
  char path[4096], line[512];
  Dl_info self;
  struct stat at;
  if (!dladdr((void *)readings, &self)) return;
  snprintf(path, sizeof path, "%s.readings", self.dli_fname);
  if (stat(path, &at) != 0) return;
  if (at.st_ino == read_inode && at.st_mtim.tv_sec == read_at.tv_sec && at.st_mtim.tv_nsec == read_at.tv_nsec) return;
  FILE *file = fopen(path, "r");
  if (!file) return;
  memset(&now, 0, sizeof now);
  struct card *card = NULL;
  while (fgets(line, sizeof line, file)) {
    char key[32];
    int used = 0;
    line[strcspn(line, "\n")] = 0;
    if (sscanf(line, "%31s %n", key, &used) != 1 || used == 0) continue;
    const char *rest = line + used;
    if (!strcmp(key, "driver")) snprintf(now.driver, WORD, "%s", rest);
    else if (!strcmp(key, "init")) now.init = atoi(rest);
    else if (!strcmp(key, "card") && now.cards < CARDS) {
      card = &now.card[now.cards++];
      snprintf(card->uuid, WORD, "%s", rest);
    } else if (!card) continue;
    else if (!strcmp(key, "name")) snprintf(card->name, WORD, "%s", rest);
    else if (!strcmp(key, "process") && card->processes < PROCESSES) {
      struct process *process = &card->process[card->processes++];
      int name = 0;
      long long bytes = 0;
      sscanf(rest, "%u %lld %d %n", &process->pid, &bytes, &process->share, &name);
      process->bytes = (unsigned long long)bytes;
      snprintf(process->name, WORD, "%s", rest + name);
    } else if (card->fields < FIELDS) {
      struct field *field = &card->field[card->fields++];
      snprintf(field->name, sizeof field->name, "%s", key);
      if (rest[0] == '!') field->code = atoi(rest + 1);
      else field->value = strtoull(rest, NULL, 10);
    }
  }
  fclose(file);
  read_inode = at.st_ino;
  read_at = at.st_mtim;
}

/* The card behind a handle, or why it cannot be asked. */
static int find(void *device, struct card **card) {
  readings();
  if (!initialised) return UNINITIALIZED;
  if (now.init) return now.init;
  int index = (int)(intptr_t)device - 1;
  if (index < 0 || index >= handle_count) return INVALID;
  for (int each = 0; each < now.cards; each++)
    if (!strcmp(now.card[each].uuid, handles[index])) {
      *card = &now.card[each];
      return SUCCESS;
    }
  return LOST;
}

static int get(void *device, const char *name, unsigned long long *value) {
  struct card *card;
  int code = find(device, &card);
  if (code) return code;
  for (int each = 0; each < card->fields; each++)
    if (!strcmp(card->field[each].name, name)) {
      *value = card->field[each].value;
      return card->field[each].code;
    }
  return NOT_SUPPORTED;
}

static int get32(void *device, const char *name, unsigned *out) {
  unsigned long long value = 0;
  int code = get(device, name, &value);
  if (!code) *out = (unsigned)value;
  return code;
}

static int put(const char *text, char *out, unsigned length) {
  if (strlen(text) >= length) return SMALL;
  strcpy(out, text);
  return SUCCESS;
}

int nvmlInit_v2(void) {
  readings();
  if (now.init) return now.init;
  initialised++;
  return SUCCESS;
}
int nvmlShutdown(void) {
  if (!initialised) return UNINITIALIZED;
  initialised--;
  return SUCCESS;
}
int nvmlSystemGetDriverVersion(char *out, unsigned length) {
  readings();
  return initialised ? put(now.driver, out, length) : UNINITIALIZED;
}
int nvmlDeviceGetCount_v2(unsigned *out) {
  readings();
  if (!initialised) return UNINITIALIZED;
  if (now.init) return now.init;
  *out = (unsigned)now.cards;
  return SUCCESS;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) {
  if (!initialised) return UNINITIALIZED;
  if (index >= (unsigned)now.cards) return INVALID;
  int at = 0;
  while (at < handle_count && strcmp(handles[at], now.card[index].uuid)) at++;
  if (at == CARDS * 4) return NOT_FOUND;
  if (at == handle_count) strcpy(handles[handle_count++], now.card[index].uuid);
  *device = (void *)(intptr_t)(at + 1);
  return SUCCESS;
}
int nvmlDeviceGetUUID(void *device, char *out, unsigned length) {
  struct card *card;
  int code = find(device, &card);
  return code ? code : put(card->uuid, out, length);
}
int nvmlDeviceGetName(void *device, char *out, unsigned length) {
  struct card *card;
  int code = find(device, &card);
  return code ? code : put(card->name, out, length);
}
int nvmlDeviceGetMaxPcieLinkGeneration(void *device, unsigned *out) { return get32(device, "pcieGeneration", out); }
int nvmlDeviceGetCurrPcieLinkWidth(void *device, unsigned *out) { return get32(device, "pcieWidth", out); }
int nvmlDeviceGetUtilizationRates(void *device, unsigned out[2]) {
  out[1] = 0;
  return get32(device, "utilisation", out);
}
int nvmlDeviceGetMemoryInfo(void *device, unsigned long long out[3]) {
  int code = get(device, "memoryTotal", &out[0]);
  if (!code) code = get(device, "memoryUsed", &out[2]);
  if (!code) out[1] = out[0] - out[2];
  return code;
}
int nvmlDeviceGetPowerUsage(void *device, unsigned *out) { return get32(device, "power", out); }
int nvmlDeviceGetEnforcedPowerLimit(void *device, unsigned *out) { return get32(device, "powerLimit", out); }
int nvmlDeviceGetTemperature(void *device, int sensor, unsigned *out) {
  return sensor == 0 ? get32(device, "temperature", out) : INVALID;
}
int nvmlDeviceGetClockInfo(void *device, int type, unsigned *out) {
  if (type == 0) return get32(device, "clockGraphics", out);
  return type == 2 ? get32(device, "clockMemory", out) : INVALID;
}
/* Under its old name alone, as drivers before 535 have it. */
int nvmlDeviceGetCurrentClocksThrottleReasons(void *device, unsigned long long *out) {
  return get(device, "slowdown", out);
}
struct field_value { unsigned id, scope; long long stamp, latency; unsigned type; int code; unsigned long long value; };
int nvmlDeviceGetFieldValues(void *device, int count, struct field_value *values) {
  struct card *card;
  int code = find(device, &card);
  if (code) return code;
  for (int each = 0; each < count; each++) {
    values[each].type = 3;
    values[each].code =
        values[each].id == 198 ? get(device, "pcieReceived", &values[each].value) : NOT_SUPPORTED;
  }
  return SUCCESS;
}
int nvmlDeviceGetPcieThroughput(void *device, int counter, unsigned *out) {
  return counter == 1 ? get32(device, "pcieReceive", out) : INVALID;
}
struct running { unsigned pid; unsigned long long bytes; unsigned gi, ci; };
int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned *count, struct running *out) {
  struct card *card;
  int code = find(device, &card);
  if (code) return code;
  if (*count < (unsigned)card->processes) return SMALL;
  *count = (unsigned)card->processes;
  for (unsigned each = 0; each < *count; each++) {
    out[each] = (struct running){ card->process[each].pid, card->process[each].bytes, 0, 0 };
  }
  return SUCCESS;
}
int nvmlDeviceGetGraphicsRunningProcesses_v3(void *device, unsigned *count, struct running *out) {
  struct card *card;
  (void)out;
  *count = 0;
  return find(device, &card);
}
struct share { unsigned pid; unsigned long long stamp; unsigned sm, memory, encoder, decoder; };
int nvmlDeviceGetProcessUtilization(void *device, struct share *out, unsigned *count, unsigned long long since) {
  struct card *card;
  int code = find(device, &card), known = 0;
  unsigned used = 0;
  if (code) return code;
  for (int each = 0; each < card->processes; each++) {
    if (card->process[each].share < 0) continue;
    known = 1;
    if (card->process[each].share == 0) continue;
    if (used == *count) return SMALL;
    out[used++] = (struct share){ card->process[each].pid, since + 1, (unsigned)card->process[each].share, 0, 0, 0 };
  }
  *count = used;
  return used ? SUCCESS : known ? NOT_FOUND : NOT_SUPPORTED;
}
int nvmlSystemGetProcessName(unsigned pid, char *out, unsigned length) {
  readings();
  if (!initialised) return UNINITIALIZED;
  for (int each = 0; each < now.cards; each++)
    for (int process = 0; process < now.card[each].processes; process++)
      if (now.card[each].process[process].pid == pid) return put(now.card[each].process[process].name, out, length);
  return NOT_FOUND;
}
