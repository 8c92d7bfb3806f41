/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A program under test, with what it prints. It is killed when the test program dies, however that
 * happens, so that nothing stays behind. What it printed goes into the message of a failure. */
typedef struct _BitketTestProcess BitketTestProcess;

/**
 * bitket_test_process_spawn:
 * @argv: (array zero-terminated=1): the program is looked up in PATH
 * @environment: (nullable) (array zero-terminated=1): "NAME=VALUE" on top of the test's own
 * environment; "NAME" alone takes a variable away
 *
 * Returns: (transfer full): free with bitket_test_process_free()
 */
BitketTestProcess *bitket_test_process_spawn (const char *const *argv,
                                              const char *const *environment);
/** bitket_test_process_free: (nullable): kills it when it still runs, and waits for its end */
void bitket_test_process_free (BitketTestProcess *process);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketTestProcess, bitket_test_process_free)

/**
 * bitket_test_process_wait_for_line:
 * @prefix: beginning of a line of the standard output, such as "listening on "
 * @timeout_s: the test aborts after it, or as soon as the output ends without such a line
 *
 * A line is found once; the next call goes on behind it.
 *
 * Returns: (transfer full): the line behind @prefix, without the newline
 */
char *
bitket_test_process_wait_for_line (BitketTestProcess *process, const char *prefix, guint timeout_s);
/** bitket_test_process_send_line: @line and a newline to its standard input */
void bitket_test_process_send_line (BitketTestProcess *process, const char *line);
/** bitket_test_process_close_input: its standard input ends */
void bitket_test_process_close_input (BitketTestProcess *process);

/** bitket_test_process_signal: sends @signum, when it still runs */
void bitket_test_process_signal (BitketTestProcess *process, int signum);
/**
 * bitket_test_process_wait:
 * @timeout_s: the test aborts after it
 *
 * Closes the standard input, waits for the end and for all output.
 *
 * Returns: the exit status, or 128 + the signal that ended it
 */
int bitket_test_process_wait (BitketTestProcess *process, guint timeout_s);
/** bitket_test_process_stop: sends SIGTERM and waits for the end, at most 30 s; the input stays
 * open, so that it is the signal that ends it. Returns: as bitket_test_process_wait() */
int bitket_test_process_stop (BitketTestProcess *process);
/** bitket_test_process_kill: the same with SIGKILL */
int bitket_test_process_kill (BitketTestProcess *process);

/** bitket_test_process_get_pid: 0 once it has ended */
pid_t bitket_test_process_get_pid (BitketTestProcess *process);
/** bitket_test_process_get_output: what it printed on its standard output until now */
const char *bitket_test_process_get_output (BitketTestProcess *process);
/** bitket_test_process_get_errors: the same of its standard error */
const char *bitket_test_process_get_errors (BitketTestProcess *process);

/**
 * bitket_test_run:
 * @input: (nullable): for its standard input
 * @output: (out) (optional): its standard output
 * @errors: (out) (optional): its standard error
 *
 * Runs a program to its end, for at most two minutes.
 *
 * Returns: the exit status, or 128 + the signal that ended it
 */
int bitket_test_run (const char *const *argv,
                     const char *const *environment,
                     const char *input,
                     char **output,
                     char **errors);

G_END_DECLS
