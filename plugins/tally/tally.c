/* Counts how often each value of a column occurs in a text file, and prints the most frequent ones.
 *
 * Columns are separated by blanks, as in the logs of web servers and systems: column 1 of an access log is the client.
 * Nothing here knows of WebAssembly: the C library of WASI reads files and prints like any other.
 */

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Different values that are counted; a file with more is refused, so that memory stays bounded. */
#define VALUES_MAX 1000000
/* Places of the table at its start; a power of two. */
#define PLACES_MIN 1024
#define COLUMN_MAX 1000
#define SHOWN_DEFAULT 10

enum { DONE = 0, FAILED = 1, USAGE = 2 };

struct value {
    char *text; /* NULL where the place is free */
    uint64_t count;
};

/* Values by their text. At most two thirds of the places are taken. */
struct table {
    struct value *places;
    size_t size;
    size_t taken;
};

static size_t place_of(const struct table *table, const char *text) {
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (const char *at = text; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 1099511628211u;
    size_t place = hash & (table->size - 1);
    while (table->places[place].text && strcmp(table->places[place].text, text) != 0)
        place = (place + 1) & (table->size - 1);
    return place;
}

/* Doubles the places. Returns 0, or -1 when there is no memory for them. */
static int grow(struct table *table) {
    struct table larger = {.size = table->size ? table->size * 2 : PLACES_MIN, .taken = table->taken};
    larger.places = calloc(larger.size, sizeof *larger.places);
    if (!larger.places)
        return -1;
    for (size_t i = 0; i < table->size; i++)
        if (table->places[i].text)
            larger.places[place_of(&larger, table->places[i].text)] = table->places[i];
    free(table->places);
    *table = larger;
    return 0;
}

/* Counts one value. Returns NULL, or what is wrong. */
static const char *count(struct table *table, const char *text) {
    if (table->taken * 3 >= table->size * 2 && grow(table) != 0)
        return "out of memory: raise the job's `limits.memory`";
    struct value *value = &table->places[place_of(table, text)];
    if (!value->text) {
        if (table->taken == VALUES_MAX)
            return "the column has too many different values to count";
        value->text = strdup(text);
        if (!value->text)
            return "out of memory: raise the job's `limits.memory`";
        table->taken++;
    }
    value->count++;
    return NULL;
}

/* Returns the column of a line, which is cut up, or NULL when the line has fewer. */
static char *column_of(char *line, long column) {
    char *rest = NULL;
    char *word = strtok_r(line, " \t\r\n", &rest);
    for (long i = 1; word && i < column; i++)
        word = strtok_r(NULL, " \t\r\n", &rest);
    return word;
}

/* Counts the column of all lines. Returns NULL, or what is wrong. */
static const char *read_all(FILE *file, long column, struct table *table, uint64_t *lines) {
    char *line = NULL;
    size_t room = 0;
    const char *wrong = NULL;
    while (!wrong && getline(&line, &room, file) != -1) {
        ++*lines;
        const char *value = column_of(line, column);
        if (value)
            wrong = count(table, value);
    }
    if (!wrong && ferror(file))
        wrong = strerror(errno);
    free(line);
    return wrong;
}

/* The most frequent first; equally frequent ones by their text. Free places have a count of 0 and come last. */
static int by_count(const void *left, const void *right) {
    const struct value *a = left, *b = right;
    if (a->count != b->count)
        return a->count < b->count ? 1 : -1;
    return a->text && b->text ? strcmp(a->text, b->text) : 0;
}

static void print(struct table *table, uint64_t lines, long shown) {
    if (table->taken > 0)
        qsort(table->places, table->size, sizeof *table->places, by_count);
    for (size_t i = 0; i < table->taken && i < (size_t)shown; i++)
        printf("%8llu  %s\n", (unsigned long long)table->places[i].count, table->places[i].text);
    printf("%zu different values in %llu lines\n", table->taken, (unsigned long long)lines);
}

/* Returns a number from 1 to `most`, or 0 when the text is none. */
static long number(const char *text, long most) {
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    return errno == 0 && *end == '\0' && end != text && value >= 1 && value <= most ? value : 0;
}

int main(int argc, char **argv) {
    long column = argc > 2 ? number(argv[2], COLUMN_MAX) : 1;
    long shown = argc > 3 ? number(argv[3], VALUES_MAX) : SHOWN_DEFAULT;
    if (argc < 2 || argc > 4 || column == 0 || shown == 0) {
        fprintf(stderr, "usage: tally FILE [COLUMN [SHOWN]]\nhint: `-` reads the job's `stdin`; columns count from 1\n");
        return USAGE;
    }
    FILE *file = strcmp(argv[1], "-") == 0 ? stdin : fopen(argv[1], "r");
    if (!file) {
        fprintf(stderr, "failed to open `%s`: %s\nhint: grant its directory in `dirs`\n", argv[1], strerror(errno));
        return FAILED;
    }
    struct table table = {0};
    uint64_t lines = 0;
    const char *wrong = read_all(file, column, &table, &lines);
    if (wrong) {
        fprintf(stderr, "failed to read `%s`: %s\n", argv[1], wrong);
        return FAILED;
    }
    print(&table, lines, shown);
    return DONE;
}
