/* SPDX-License-Identifier: MIT */
#pragma once

#include <libsoup/soup.h>

#include "bitket-session.h"

G_BEGIN_DECLS

/* A service in the test's own process: a real SoupServer, or a socket that misbehaves below HTTP.
 * Nothing waits by the clock: client_await() runs the main context until a condition holds, and a
 * guard ends the test when it never does. */

typedef struct
{
  SoupServer *server;     /* (owned) */
  GSocketService *raw;    /* (owned) (nullable) */
  char *base_url;         /* (owned) of the SoupServer */
  char *raw_url;          /* (owned) (nullable) */
  BitketSession *session; /* (owned) on base_url */
  guint n_requests;       /* that the SoupServer's handler was given */
  GPtrArray *kept;        /* (owned) connections and messages that are left hanging */
  /* What the SoupServer answers, set by the test. */
  guint status;
  const char *content_type; /* (nullable) */
  const char *body;         /* (nullable) */
  const char *header_name;  /* (nullable) one more header */
  const char *header_value; /* (nullable) */
  gboolean is_gzipped;
  guint n_failures; /* so many answers are 502 before the real one */
  /* What the last request was. */
  char *authorization; /* (owned) (nullable) */
  char *if_match;      /* (owned) (nullable) */
  char *request_body;  /* (owned) (nullable) */
} ClientFixture;

typedef enum
{
  CLIENT_RAW_HANG,     /* takes the connection, says nothing */
  CLIENT_RAW_RESET,    /* closes at once */
  CLIENT_RAW_CUT,      /* ends in the middle of a body whose length it told */
  CLIENT_RAW_TRICKLE,  /* a byte every 20 ms, without end */
  CLIENT_RAW_NOT_HTTP, /* speaks something else */
} ClientRawFault;

void client_fixture_set_up (ClientFixture *fixture, gconstpointer data);
void client_fixture_tear_down (ClientFixture *fixture, gconstpointer data);
/** client_fixture_start_raw: a misbehaving server; its address is in raw_url */
void client_fixture_start_raw (ClientFixture *fixture, ClientRawFault fault);

/** client_await: runs the main context until *@result is set */
GAsyncResult *client_await (GAsyncResult **result);
/** client_await_true: runs the main context until @condition says TRUE */
void client_await_true (gboolean (*condition) (gpointer data), gpointer data);
/** client_result_cb: a GAsyncReadyCallback that keeps the result in a GAsyncResult ** */
void client_result_cb (GObject *source, GAsyncResult *result, gpointer user_data);
/** client_request: asks and waits. Returns: (transfer full) */
BitketResponse *client_request (BitketSession *session,
                                const char *path,
                                BitketRequestFlags flags,
                                guint timeout_ms,
                                GError **error);

G_END_DECLS
