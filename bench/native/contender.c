/* A contender: asked in lines of JSON, answers in lines of JSON; see ../README.md. */
#include "cross-entropy.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What is open: one batch at a time. */
static float *logits, *gradient, *both;
static int *labels, rows, classes, inPlace;
static size_t count, copied;

static double run(void) { return crossEntropy(logits, labels, rows, classes, inPlace ? logits : gradient); }

/* Within one buffer, half a page apart: some processors are slow where the distance is a number of pages. */
static double copy(void) {
  memcpy(both + (copied + 1023) / 1024 * 1024 + 512, both, copied * sizeof(float));
  return both[copied];
}

static double now(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static volatile double sink;

/* The least time of a call in nanoseconds, over batches of at least 5 ms. */
static double least(double (*call)(void), double seconds) {
  double best = INFINITY, end = now(CLOCK_MONOTONIC) + 1e9 * seconds;
  for (long repetitions = 1;;) {
    double start = now(CLOCK_MONOTONIC);
    for (long i = 0; i < repetitions; i++) sink = call();
    double time = now(CLOCK_MONOTONIC) - start;
    if (time < 5e6) {
      repetitions *= 2;
      continue;
    }
    if (time / (double)repetitions < best) best = time / (double)repetitions;
    if (now(CLOCK_MONOTONIC) > end) return best;
  }
}

/* The text behind a name in a line that holds one flat object, whose strings need no escapes. */
static const char *value(const char *line, const char *name) {
  char key[64];
  snprintf(key, sizeof key, "\"%s\":", name);
  const char *found = strstr(line, key);
  if (!found) exit(fprintf(stderr, "no %s in %s\n", name, line));
  return found + strlen(key) + (found[strlen(key)] == '"');
}

static void readFile(const char *line, const char *name, void *to, size_t bytes) {
  const char *folder = value(line, "folder");
  char path[4096];
  snprintf(path, sizeof path, "%.*s/%s", (int)strcspn(folder, "\""), folder, name);
  FILE *file = fopen(path, "rb");
  if (!file || fread(to, 1, bytes, file) != bytes) exit(fprintf(stderr, "cannot read %s\n", path));
  fclose(file);
}

/* Room behind the last row, for the vectors that begin in it; touched, so that no page is new when timed. */
static void *room(size_t elements) {
  size_t bytes = ((elements + 2 * LANES) * sizeof(float) + 63) / 64 * 64;
  return memset(aligned_alloc(64, bytes), 0, bytes);
}

static void drop(void) {
  free(logits), free(gradient), free(both), free(labels);
  logits = gradient = both = NULL, labels = NULL;
}

static void openBatch(const char *line) {
  drop();
  const char *operation = value(line, "operation");
  int forward = !strncmp(operation, "forward", 7);
  inPlace = !strncmp(operation, "in place", 8);
  rows = atoi(value(line, "rows")), classes = atoi(value(line, "classes")), copied = (size_t)atol(value(line, "copied"));
  count = (size_t)rows * (size_t)classes;
  logits = room(count), both = room(2 * copied + 2048), labels = room((size_t)rows);
  gradient = forward || inPlace ? NULL : room(count);
  readFile(line, "logits", logits, count * sizeof(float));
  readFile(line, "labels", labels, (size_t)rows * sizeof(int));
}

static double squares(const float *g) {
  double sum = 0;
  for (size_t i = 0; g && i < count; i++) sum += (double)g[i] * g[i];
  return sum;
}

int main(void) {
  static char line[8192], opened[8192];
  double loss = 0, norm = 0;
  printf("{\"versions\":[\"C compiler %s, vectors of %d bits\"]}\n", __VERSION__, 8 * WIDTH);
  fflush(stdout);
  while (fgets(line, sizeof line, stdin)) {
    if (!strncmp(line, "\"drop\"", 6)) {
      drop(), *opened = 0;
      continue;
    }
    if (strcmp(line, opened)) {
      openBatch(strcpy(opened, line));
      loss = run(), norm = squares(inPlace ? logits : gradient);
    }
    double wall = now(CLOCK_MONOTONIC), busy = now(CLOCK_PROCESS_CPUTIME_ID);
    double nanoseconds = least(run, atof(value(line, "seconds")));
    double cores = (now(CLOCK_PROCESS_CPUTIME_ID) - busy) / (now(CLOCK_MONOTONIC) - wall);
    double perElement = least(copy, 0.01) / (double)copied;
    printf("{\"nanoseconds\":%g,\"copy\":%g,\"cores\":%g,\"loss\":%.9g,\"squares\":%.9g}\n", nanoseconds, perElement, cores,
           loss, norm);
    fflush(stdout);
  }
  return 0;
}
