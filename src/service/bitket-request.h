/* SPDX-License-Identifier: MIT */
#pragma once

#include <json-glib/json-glib.h>

#include "bitket-clock.h"
#include "bitket-config.h"
#include "bitket-db.h"
#include "bitket-directory.h"
#include "bitket-http.h"
#include "bitket-id.h"
#include "bitket-limiter.h"
#include "bitket-metrics.h"
#include "bitket-pool.h"
#include "bitket-provider.h"
#include "bitket-queue.h"
#include "bitket-reply.h"
#include "bitket-schema.h"
#include "bitket-till.h"

G_BEGIN_DECLS

/* One request, from its headers to its answer. Made by the main context, then handed to a worker,
 * which fills in who asks and what is to be told to others once it is committed; then handed back.
 */

typedef enum
{
  BITKET_METHOD_NONE = 0,
  BITKET_METHOD_GET = 1 << 0,
  BITKET_METHOD_POST = 1 << 1,
  BITKET_METHOD_DELETE = 1 << 2,
  BITKET_METHOD_OPTIONS = 1 << 3,
  BITKET_METHOD_HEAD = 1 << 4, /* as GET, without the body */
  BITKET_METHOD_OTHER = 1 << 5,
  BITKET_METHOD_PATCH = 1 << 6,
} BitketMethod;

typedef enum
{
  BITKET_CALLER_NONE, /* anonymous */
  BITKET_CALLER_USER,
  BITKET_CALLER_DOOR,
} BitketCallerKind;

/* Who asks. */
typedef struct
{
  BitketCallerKind kind;
  char id[BITKET_ID_SIZE];    /* the user's or the door's */
  char *name;                 /* (owned) (nullable) */
  char *email;                /* (owned) (nullable) of a user */
  char *nin;                  /* (owned) (nullable) */
  char *liu_id;               /* (owned) (nullable) */
  char *student_union;        /* (owned) (nullable) */
  gboolean is_staff;          /* of the whole platform, as in the original */
  GHashTable *roles;          /* (owned) (nullable) organization's id → BitketRoles */
  char event[BITKET_ID_SIZE]; /* a door's */
  gint64 revoked_us;          /* a door's; 0: not */
} BitketCaller;

void bitket_caller_clear (BitketCaller *caller);
/** bitket_caller_get_roles: what a user may do for @organization; staff of the platform may all */
BitketRoles bitket_caller_get_roles (const BitketCaller *caller, const char *organization);
/** bitket_caller_is_staff_of_any: staff of the platform, or of at least one organization */
gboolean bitket_caller_is_staff_of_any (const BitketCaller *caller);

/* What the whole service shares; outlives every request. */
typedef struct
{
  char *secret_key;            /* (owned) wiped when freed */
  BitketClock *clock;          /* (owned) */
  BitketLimiter *limiter;      /* (owned) */
  BitketMetrics *metrics;      /* (owned) */
  BitketConfig *config;        /* (owned) */
  BitketHttp *http;            /* (owned) for what the service asks of others */
  BitketTill *till;            /* (owned) card payments */
  BitketLimiter *code_limiter; /* (owned) sign-in through providers, by address */
  BitketProviders *providers;  /* (owned) who say who somebody is */
  BitketDirectory *directory;  /* (owned) of LiU's students */
  BitketPool *pool;            /* (unowned) only to see how much waits there */
} BitketShared;

/* Something to tell the streams of an event once the transaction is committed. */
typedef struct
{
  char event[BITKET_ID_SIZE];
  char *message;          /* (owned) JSON text; (nullable): only that the counts changed */
  gboolean closes_caller; /* @message is the id of a door whose streams are to end */
} BitketNotice;

struct _BitketRoute;

typedef struct
{
  const BitketShared *shared;       /* (unowned) */
  const struct _BitketRoute *route; /* (nullable) static */
  BitketMethod method;
  char *name;             /* (owned) (nullable) its id: in the log, and in X-Request-Id */
  char *method_name;      /* (owned) as sent */
  char *path;             /* (owned) */
  char *base;             /* (owned) "https://host" */
  char *remote;           /* (owned) the client's address, without the port */
  GHashTable *query;      /* (owned) (element-type utf8 utf8) the last of each name */
  char *raw_query;        /* (owned) (nullable) */
  char *authorization;    /* (owned) (nullable) wiped when freed */
  char *accept;           /* (owned) (nullable) */
  char *accept_language;  /* (owned) (nullable) */
  char *content_type;     /* (owned) (nullable) */
  char *if_none_match;    /* (owned) (nullable) */
  char *if_match;         /* (owned) (nullable) */
  char *prefer;           /* (owned) (nullable) */
  char *idempotency_key;  /* (owned) (nullable) as sent; its length is not checked yet */
  char *stripe_signature; /* (owned) (nullable) */
  gboolean accepts_gzip;
  gboolean is_preflight; /* a browser asks whether it may ask: see bitket-cors.h */
  GBytes *body;          /* (owned) (nullable) */
  gint64 now_us;
  gboolean may_write; /* the transaction is a writing one */

  char id[BITKET_ID_SIZE]; /* what stood for {id} in the path, "" without */
  char *word;              /* (owned) (nullable) what stood for {word} */

  BitketCaller caller;
  gboolean authenticated_by_header; /* the Authorization header decided who asks */
  GPtrArray *notices;               /* (owned) (element-type BitketNotice) */
  BitketOrder *order;               /* (owned) (nullable): is to enter the purchase queue, which
                                       answers instead */
  char *purchase;                   /* (owned) (nullable): its outcome is the answer */
  gboolean is_deferred;             /* the queue has been asked */
  gboolean responds_async;          /* the answer is that it was accepted */
} BitketRequest;

BitketRequest *bitket_request_new (const BitketShared *shared);
void bitket_request_free (BitketRequest *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketRequest, bitket_request_free)

/** bitket_request_get_query: (nullable) */
const char *bitket_request_get_query (const BitketRequest *request, const char *name);
/**
 * bitket_request_read_body:
 * The body as a JSON value; a form, of either kind, is read as an object of strings. An empty body
 * reads as {}. Errors: INVALID with the original's text, MEDIA_TYPE. Returns: (transfer full)
 */
JsonNode *bitket_request_read_body (const BitketRequest *request, GError **error);
/**
 * bitket_request_read_object:
 * The same where an object is wanted. @reply (out): what to answer when it is something else.
 * Returns: (transfer full) (nullable): %NULL with either @error or @reply set
 */
JsonNode *
bitket_request_read_object (const BitketRequest *request, BitketReply **reply, GError **error);
/** bitket_request_read_filter: ?<schema's name>=, an id or a hyperlink; "" without. Returns: %FALSE
 * with @reply (out): 400 */
gboolean bitket_request_read_filter (const BitketRequest *request,
                                     const BitketSchema *schema,
                                     char id[BITKET_ID_SIZE],
                                     BitketReply **reply);
/** bitket_request_link: Returns: (transfer full): the hyperlink of a resource */
char *bitket_request_link (const BitketRequest *request, const char *collection, const char *id);
/** bitket_request_notify: @message: (transfer full) (nullable), see #BitketNotice */
void bitket_request_notify (BitketRequest *request, const char *event, char *message);
/** bitket_request_notify_revoked: the door's streams end */
void bitket_request_notify_revoked (BitketRequest *request, const char *event, const char *door);
/** bitket_request_forget_notices: the transaction is rolled back */
void bitket_request_forget_notices (BitketRequest *request);

G_END_DECLS
