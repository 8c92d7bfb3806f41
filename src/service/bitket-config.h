/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What whoever hosts the service decides: one file (GKeyFile), every key of which is described in
 * docs/operating.md. Secrets stand in files of their own, named there, or come from the
 * environment. Read once; never changed after, and then of any thread. */

typedef enum
{
  BITKET_PAYMENTS_NONE,    /* only free tickets can be had */
  BITKET_PAYMENTS_STRIPE,  /* cards, through Stripe */
  BITKET_PAYMENTS_SANDBOX, /* pretends; says so on every page and answer */
} BitketPayments;

typedef struct
{
  char *client_id;     /* (owned) (nullable): the way is closed */
  char *client_secret; /* (owned) (nullable) wiped when freed */
  char *token_url;     /* (owned) */
  char *authorize_url; /* (owned) */
  char *profile_url;   /* (owned) (nullable): the provider has none */
  char *resource;      /* (owned) (nullable) of ADFS */
  char *issuer;        /* (owned) (nullable) of ADFS: checked when given */
  char *jwks_url;      /* (owned) (nullable) of ADFS */
  char *certificate; /* (owned) (nullable) of ADFS: file with the certificate its tokens are signed
                        with */
} BitketProviderConfig;

typedef struct
{
  /* [server] */
  char *database;    /* (owned) (nullable) "sqlite:PATH", "postgresql:…" */
  char *listen;      /* (owned) "127.0.0.1:8000" */
  char *certificate; /* (owned) (nullable) file */
  char *key;         /* (owned) (nullable) file */
  char *secret_key;  /* (owned) (nullable) wiped when freed; the one kept in the database */
  char *log_level;   /* (owned) "message" */

  /* [payments] */
  BitketPayments payments;
  char *stripe_key;            /* (owned) (nullable) wiped when freed */
  char *stripe_public_key;     /* (owned) (nullable) */
  char *stripe_webhook_secret; /* (owned) (nullable) wiped when freed */
  char *stripe_client_id;      /* (owned) (nullable) of Connect */
  char *stripe_api_url;        /* (owned) "https://api.stripe.com" */
  char *stripe_connect_url;    /* (owned) "https://connect.stripe.com" */

  /* [sign-in liu], [sign-in google], [sign-in facebook] */
  BitketProviderConfig liu;
  BitketProviderConfig google;
  BitketProviderConfig facebook;

  /* [directory] */
  char *sesam_url;      /* (owned) (nullable): off */
  char *sesam_user;     /* (owned) (nullable) */
  char *sesam_password; /* (owned) (nullable) wiped when freed */
  char *kobra_url;      /* (owned) (nullable): off */
  char *kobra_user;     /* (owned) (nullable) */
  char *kobra_key;      /* (owned) (nullable) wiped when freed */

  /* [mail] */
  char *smtp_url;      /* (owned) (nullable): no mail is sent. "smtp://host:25", "smtps://…" */
  char *smtp_user;     /* (owned) (nullable) */
  char *smtp_password; /* (owned) (nullable) wiped when freed */
  char *mail_from;     /* (owned) (nullable) */
  char *public_url;    /* (owned) (nullable) where people reach the service, for links in mails */

  /* [http] */
  char **cors_origins; /* (owned) (nullable) (array zero-terminated=1); "*": any */
  char *ca_file;       /* (owned) (nullable): the system's authorities */
  char *web_root;      /* (owned) (nullable) a web client's files instead of the built-in pages */
  gint64 max_connections;   /* more are answered 503 */
  gint64 header_timeout_us; /* until a request's head is there */
  gint64 slow_timeout_us;   /* how long a body or an answer may be slower than that: */
  gint64 min_rate;          /* bytes a second */
  gint64 ping_interval_us;  /* of streams; three without an answer end one */

  /* [queue] */
  gint64 max_wait_us;     /* how long somebody waits for a place, two minutes */
  gint64 pay_deadline_us; /* how long a payment without an answer is asked for again, one minute */
  gint64 dead_after_us;   /* when others take over from a process that is silent, 15 seconds */

  gint n_references; /* (atomic) */
} BitketConfig;

/* The parser's table, one row a key. */
typedef enum
{
  BITKET_CONFIG_TEXT,
  BITKET_CONFIG_DATABASE,  /* sqlite:… or postgresql:… */
  BITKET_CONFIG_LOG_LEVEL, /* a name of bitketd's levels */
  BITKET_CONFIG_PAYMENTS,  /* none, stripe, sandbox */
  BITKET_CONFIG_URL,       /* https:, or http: of this machine */
  BITKET_CONFIG_MAIL_URL,  /* smtp: or smtps: */
  BITKET_CONFIG_MAIL,      /* an address that mails come from */
  BITKET_CONFIG_ORIGINS,   /* a list of scheme://host[:port], or * */
  BITKET_CONFIG_FILE,      /* a file that can be read */
  BITKET_CONFIG_DIRECTORY,
  BITKET_CONFIG_SECONDS, /* 1 to 3600; kept in microseconds */
  BITKET_CONFIG_COUNT,   /* 1 to a million */
  BITKET_CONFIG_SECRET,  /* names a file of mode 0600 or 0400; kept is what it holds */
} BitketConfigKind;

typedef struct
{
  const char *group;
  const char *key;
  BitketConfigKind kind;
  gsize offset;         /* of the field in BitketConfig */
  const char *variable; /* (nullable) of a secret: where it is taken from without a file */
} BitketConfigKey;

/** bitket_config_get_keys: (array length=n_keys): every key there is, group by group */
const BitketConfigKey *bitket_config_get_keys (gsize *n_keys);

/* How far a file's values are followed. */
typedef enum
{
  BITKET_CONFIG_READ_NOTHING, /* files are taken as named; secrets are "" */
  BITKET_CONFIG_READ_FILES,   /* files must be there; secrets are read, or taken from the
                                 environment, which forgets them */
} BitketConfigReads;

/** bitket_config_new: what holds where nothing is said */
BitketConfig *bitket_config_new (void);
/**
 * bitket_config_load:
 * @path: (nullable): only the environment's secrets
 *
 * Unknown groups and keys, and values that cannot be, are BITKET_STORE_ERROR_INPUT with a text that
 * names file, group and key, and never a secret. Before the first thread starts.
 */
BitketConfig *bitket_config_load (const char *path, GError **error);
/** bitket_config_parse: @name: of the file, for errors. The text of a file; see
 * bitket_config_load() */
BitketConfig *bitket_config_parse (const char *text,
                                   gsize len,
                                   const char *name,
                                   BitketConfigReads reads,
                                   GError **error);
BitketConfig *bitket_config_ref (BitketConfig *self);
void bitket_config_unref (BitketConfig *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketConfig, bitket_config_unref)

G_END_DECLS
