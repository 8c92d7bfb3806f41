/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-mailer.h"

#include <gmime/gmime.h>

#include "bitket-backoff.h"
#include "bitket-outbox.h"
#include "bitket-smtp.h"
#include "bitket-store.h"
#include "bitket-ticket-mail.h"
#include "bitket-time.h"

/* Longer than handing over can take. */
#define LEASE_US (5 * BITKET_TIME_MINUTE_US)
/* Other processes on the database do not wake this one; so it looks now and then. */
#define LOOK_US (5 * BITKET_TIME_SECOND_US)
/* Between two tries of a mail: a minute, doubled each time. */
#define FIRST_WAIT_US     BITKET_TIME_MINUTE_US
#define MAX_WAIT_US       (6 * 60 * BITKET_TIME_MINUTE_US)
#define MAX_POSTPONED     20 /* tries, in about three days */
#define MAX_REFUSED       5  /* tries, in about a quarter of an hour */
#define FIRST_PAUSE_MS    1000
#define MAX_PAUSE_MS      60000
#define MAX_DB_ATTEMPTS   10
#define DB_PAUSE_FIRST_MS 50
#define DB_PAUSE_MAX_MS   2000

struct _BitketMailer
{
  BitketDb *db;         /* (owned) the thread's alone */
  BitketConfig *config; /* (owned) */
  BitketClock *clock;   /* (owned) */
  GThread *thread;      /* (owned) (nullable): nothing is sent */
  BitketBackoff backoff;
  GMutex mutex;
  GCond cond;
  gboolean is_woken; /* (mutex mutex) */
  gint is_stopping;  /* (atomic) */
};

static gboolean
is_stopping (BitketMailer *self)
{
  return g_atomic_int_get (&self->is_stopping);
}

/* The end of the service cuts either short. */
typedef enum
{
  PAUSE_NONE,
  PAUSE_UNTIL_WOKEN,
  PAUSE_WHOLE,
} Pause;

static void
pause_for (BitketMailer *self, Pause pause, gint64 wait_us)
{
  gint64 end_us = g_get_monotonic_time () + wait_us;

  g_mutex_lock (&self->mutex);
  while (!is_stopping (self) && !(pause == PAUSE_UNTIL_WOKEN && self->is_woken) &&
         g_cond_wait_until (&self->cond, &self->mutex, end_us))
    continue;
  self->is_woken = FALSE;
  g_mutex_unlock (&self->mutex);
}

/* Returns: %FALSE with @error; *@is_wanted as bitket_ticket_mail_load() */
static gboolean
load_mail (BitketMailer *self,
           const BitketOutboxItem *item,
           BitketTicketMail *mail,
           gboolean *is_wanted,
           GError **error)
{
  if (!bitket_db_begin (self->db, BITKET_DB_TRANSACTION_WRITE, error))
    return FALSE;
  if (!bitket_ticket_mail_load (mail, self->db, item->ownership, is_wanted, error) ||
      !bitket_db_commit (self->db, error))
    {
      bitket_db_rollback (self->db);
      return FALSE;
    }
  mail->id = g_strdup (item->id);
  mail->from = g_strdup (self->config->mail_from);
  mail->public_url = g_strdup (self->config->public_url);
  return TRUE;
}

static gint64
get_next_try_us (const BitketOutboxItem *item, BitketSmtpOutcome outcome, gint64 now_us)
{
  gint64 wait_us = FIRST_WAIT_US;

  if (item->n_attempts >= (outcome == BITKET_SMTP_REFUSED ? MAX_REFUSED : MAX_POSTPONED))
    return 0;
  for (gint64 i = 1; i < item->n_attempts && wait_us < MAX_WAIT_US; i++)
    wait_us *= 2;
  return now_us + MIN (wait_us, MAX_WAIT_US);
}

/* Writes down what became of a mail. It was handed over perhaps, so this is tried until it is
 * written, as long as the database comes back. */
static void
settle (BitketMailer *self,
        const BitketOutboxItem *item,
        BitketSmtpOutcome outcome,
        gint64 next_us,
        const char *reason)
{
  BitketBackoff backoff = BITKET_BACKOFF_INIT (DB_PAUSE_FIRST_MS, DB_PAUSE_MAX_MS);

  for (guint i = 0; i < MAX_DB_ATTEMPTS; i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 now_us = bitket_clock_get_now_us (self->clock);

      if (outcome == BITKET_SMTP_SENT
              ? bitket_outbox_finish (self->db, item, &error)
              : bitket_outbox_postpone (self->db, item, now_us, next_us, reason, &error))
        return;
      g_warning ("%s", error->message);
      bitket_db_ping (self->db, NULL);
      pause_for (self, PAUSE_WHOLE, bitket_backoff_fail (&backoff) * (gint64) 1000);
    }
}

/* Returns: whether the server takes mails at all. */
static gboolean
send_mail (BitketMailer *self,
           BitketSmtp *smtp,
           const BitketOutboxItem *item,
           const BitketTicketMail *mail)
{
  gint64 now_us = bitket_clock_get_now_us (self->clock);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) message = bitket_ticket_mail_format (mail, now_us, &error);
  g_autofree char *reason = NULL;
  BitketSmtpOutcome outcome;
  gint64 next_us;

  if (message == NULL)
    {
      g_warning ("could not make mail %s: %s", item->id, error->message);
      settle (self, item, BITKET_SMTP_REFUSED, 0, "it could not be made");
      return TRUE;
    }
  outcome = bitket_smtp_send (smtp, mail->holder_email, message, &reason);
  next_us = get_next_try_us (item, outcome, now_us);
  if (outcome == BITKET_SMTP_CANCELLED)
    next_us = now_us;
  if (outcome != BITKET_SMTP_SENT && outcome != BITKET_SMTP_CANCELLED)
    g_warning ("could not send mail %s (attempt %" G_GINT64_FORMAT "%s): %s", item->id,
               item->n_attempts, next_us == 0 ? ", the last" : "", reason);
  settle (self, item, outcome, next_us, reason);
  return outcome != BITKET_SMTP_UNREACHABLE;
}

/* Returns: %FALSE when it is better to wait before the next one. */
static gboolean
handle (BitketMailer *self, BitketSmtp *smtp, const BitketOutboxItem *item)
{
  g_auto (BitketTicketMail) mail = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean is_wanted = FALSE;

  if (!load_mail (self, item, &mail, &is_wanted, &error))
    {
      /* The lease runs out, and then it is tried again. */
      g_warning ("%s", error->message);
      bitket_db_ping (self->db, NULL);
      return FALSE;
    }
  if (is_wanted)
    return send_mail (self, smtp, item, &mail);
  settle (self, item, BITKET_SMTP_SENT, 0, NULL);
  return TRUE;
}

/* One mail, or a while without any. */
static void
work (BitketMailer *self, BitketSmtp *smtp)
{
  gint64 now_us = bitket_clock_get_now_us (self->clock);
  g_autoptr (GError) error = NULL;
  BitketOutboxItem item;
  gint64 next_us = G_MAXINT64;

  if (bitket_outbox_claim (self->db, now_us, LEASE_US, &item, &next_us, &error))
    {
      if (handle (self, smtp, &item))
        bitket_backoff_reset (&self->backoff);
      else
        pause_for (self, PAUSE_WHOLE, bitket_backoff_fail (&self->backoff) * (gint64) 1000);
    }
  else if (error == NULL)
    {
      pause_for (self, PAUSE_UNTIL_WOKEN, CLAMP (next_us - now_us, 1000, LOOK_US));
    }
  else
    {
      g_warning ("%s", error->message);
      bitket_db_ping (self->db, NULL);
      pause_for (self, PAUSE_WHOLE, bitket_backoff_fail (&self->backoff) * (gint64) 1000);
    }
}

static gpointer
run_mailer (gpointer data)
{
  BitketMailer *self = data;
  g_autoptr (BitketSmtp) smtp = bitket_smtp_new (self->config, &self->is_stopping);

  while (!is_stopping (self))
    work (self, smtp);
  return NULL;
}

BitketMailer *
bitket_mailer_new (const char *uri, BitketConfig *config, BitketClock *clock, GError **error)
{
  g_autoptr (BitketMailer) self = NULL;
  gboolean has_server;

  g_return_val_if_fail (uri != NULL && config != NULL && BITKET_IS_CLOCK (clock), NULL);

  self = g_new0 (BitketMailer, 1);
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  self->config = bitket_config_ref (config);
  self->clock = g_object_ref (clock);
  self->backoff = (BitketBackoff) BITKET_BACKOFF_INIT (FIRST_PAUSE_MS, MAX_PAUSE_MS);
  self->db = bitket_store_open (uri, BITKET_DB_OPEN_DEFAULT, error);
  has_server = config->smtp_url != NULL && config->mail_from != NULL;
  if (self->db == NULL ||
      !bitket_outbox_set_state (self->db, has_server ? BITKET_OUTBOX_OPEN : BITKET_OUTBOX_CLOSED,
                                error))
    return NULL;
  if (has_server)
    {
      g_mime_init ();
      self->thread = g_thread_new ("mail", run_mailer, self);
    }
  return g_steal_pointer (&self);
}

void
bitket_mailer_free (BitketMailer *self)
{
  if (self == NULL)
    return;
  g_atomic_int_set (&self->is_stopping, TRUE);
  bitket_mailer_wake (self);
  if (self->thread != NULL)
    g_thread_join (self->thread);
  bitket_db_close (self->db);
  bitket_config_unref (self->config);
  g_object_unref (self->clock);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  g_free (self);
}

void
bitket_mailer_wake (BitketMailer *self)
{
  g_return_if_fail (self != NULL);

  g_mutex_lock (&self->mutex);
  self->is_woken = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->mutex);
}
