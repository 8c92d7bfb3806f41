/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What whoever hosts the service decides: one file (GKeyFile), every key of which is described in
 * docs/operating.md. Secrets stand in files of their own, named there, or come from the
 * environment. Read once; never changed after. */

typedef enum
{
  BITKET_PAYMENTS_NONE,    /* only free tickets can be had */
  BITKET_PAYMENTS_STRIPE,  /* */
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

  /* [queue] */
  gint64 max_wait_us;     /* how long somebody waits for a place, two minutes */
  gint64 pay_deadline_us; /* how long a payment without an answer is asked for again, one minute */

  gint n_references; /* (atomic) */
} BitketConfig;

/** bitket_config_new: what holds where nothing is said */
BitketConfig *bitket_config_new (void);
BitketConfig *bitket_config_ref (BitketConfig *self);
void bitket_config_unref (BitketConfig *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketConfig, bitket_config_unref)

G_END_DECLS
