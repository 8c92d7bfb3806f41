/* SPDX-License-Identifier: MIT */
#pragma once

#include <json-glib/json-glib.h>
#include <stdio.h>

G_BEGIN_DECLS

/* stripe-stand-in: what is outside, for tests and benches: Stripe's API over real HTTP, as strict
 * as the original where the service could go wrong. One thread, no state on disk but the log. */

/* A form, name by name. */
typedef struct
{
  GPtrArray *names;  /* (owned) */
  GPtrArray *values; /* (owned) */
} Form;

/** form_parse: @text: (nullable): "a=b&c[d]=e". Returns: (transfer full) (nullable): %NULL when it
 * is no form */
Form *form_parse (const char *text);
void form_free (Form *form);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Form, form_free)
/** form_get: (nullable) */
const char *form_get (const Form *form, const char *name);
/** form_fingerprint: Returns: (transfer full): the same of the same parameters in any order */
char *form_fingerprint (const Form *form);

/* What is answered. */
typedef struct
{
  guint status;
  JsonObject *json;  /* (owned) (nullable) */
  char *location;    /* (owned) (nullable) */
  gboolean is_saved; /* the work was begun, so that the same key answers the same from now on */
  gboolean moved_money;
} StripeReply;
void stripe_reply_clear (StripeReply *reply);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (StripeReply, stripe_reply_clear)
/** reply_error: {"error": {…}}; @code, @param: (nullable) */
void reply_error (StripeReply *reply,
                  guint status,
                  const char *type,
                  const char *code,
                  const char *param,
                  const char *message_format,
                  ...) G_GNUC_PRINTF (6, 7);
void
reply_invalid (StripeReply *reply, const char *code, const char *param, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

/* A test card. */
typedef struct
{
  const char *name; /* "visa": tok_visa, pm_card_visa */
  const char *code; /* (nullable): it is good */
  const char *decline_code;
  const char *message;
} Card;
/** card_find: (nullable): of "tok_…" or "pm_card_…" */
const Card *card_find (const char *payload);

typedef struct
{
  char *id;     /* (owned) "pi_…" */
  char *charge; /* (owned) (nullable) "ch_…" */
  guint index;
  char *account; /* (owned) "": the platform's own */
  gint64 amount;
  gint64 amount_refunded;
  char *currency;      /* (owned) */
  char *receipt_email; /* (owned) (nullable) */
  const char *status;
  const Card *card;
  JsonObject *metadata; /* (owned) */
  gint64 created;
} Intent;

typedef struct
{
  char *id; /* (owned) "re_…" */
  Intent *intent;
  gint64 amount;
  JsonObject *metadata; /* (owned) */
  gint64 created;
} Refund;

/* What goes wrong, settable while it runs. */
typedef struct
{
  guint delay_ms;
  guint fail_percent;    /* answered 500 before anything was done */
  guint decline_percent; /* of good cards */
  guint n_drop_after;    /* so many of the next: done, then the connection is cut */
  guint n_answer_500;    /* done, then answered 500, and 500 again with the same key */
  guint n_rate_limit;    /* 429 before anything was done */
  guint n_lock_timeout;  /* 429 lock_timeout */
  guint n_garbage;       /* done, then answered 200 with a page of HTML */
} Faults;

typedef struct
{
  char *key;          /* (owned) the secret key */
  char *client_id;    /* (owned) of Connect */
  FILE *log;          /* (nullable) */
  GPtrArray *intents; /* (owned) (element-type Intent) */
  GHashTable *intents_by_id;
  GHashTable *intents_by_charge;
  GHashTable *intents_by_purchase; /* purchase → how many succeeded */
  GPtrArray *refunds;              /* (owned) (element-type Refund) */
  GHashTable *accounts;            /* (owned) connected */
  GHashTable *codes;               /* (owned) authorization code → account, "" when used */
  GHashTable *keys;                /* (owned) idempotency */
  GRand *chance;                   /* (owned) */
  Faults faults;
  guint64 n_ids;
  gint64 charged;
  gint64 refunded;
  guint n_succeeded;
  guint n_declined;
  guint n_double;       /* purchases that were paid more than once */
  char *webhook_url;    /* (owned) (nullable) */
  char *webhook_secret; /* (owned) (nullable) */
  gpointer session;     /* (owned) SoupSession, for webhooks */
} StandIn;

StandIn *stand_in_new (const char *key);
void stand_in_free (StandIn *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (StandIn, stand_in_free)
char *stand_in_new_id (StandIn *self, const char *prefix);

/* The books. */
Intent *ledger_add_intent (StandIn *self, const Form *form, const char *account, const Card *card);
void ledger_settle (StandIn *self, Intent *intent, const char *status);
Refund *ledger_add_refund (StandIn *self, Intent *intent, gint64 amount, const Form *form);
JsonObject *ledger_describe_intent (const Intent *intent);
JsonObject *ledger_describe_charge (const Intent *intent);
JsonObject *ledger_describe_refund (const Refund *refund);
JsonObject *ledger_describe_error (const Intent *intent);
JsonObject *ledger_sums (StandIn *self);

/* The calls. */
typedef struct
{
  const char *method;
  const char *path;
  const char *account; /* "" for the platform's own */
  const Form *form;
} StripeCall;
void calls_run (StandIn *self, const StripeCall *call, StripeReply *reply);
void oauth_run (StandIn *self, const StripeCall *call, gboolean has_key, StripeReply *reply);

/* Checks. Each answers and returns %FALSE when it does not hold. */
gboolean check_names (const Form *form, const char *const *allowed, StripeReply *reply);
gboolean check_needed (const Form *form, const char *const *needed, StripeReply *reply);
gboolean read_integer (const Form *form,
                       const char *name,
                       gint64 min,
                       gint64 max,
                       gint64 fallback,
                       gint64 *value,
                       StripeReply *reply);

/** webhook_send: tells the service, when it was told where; @object: (transfer full) */
void webhook_send (StandIn *self, const char *type, const char *account, JsonObject *object);
/** webhook_sign: Returns: (transfer full): the header "Stripe-Signature" */
char *webhook_sign (const char *body, const char *secret, gint64 time_s);

G_END_DECLS
